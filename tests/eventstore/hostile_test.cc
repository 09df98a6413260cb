// What stands in a file is not trusted: any byte may have been changed, by a disk or by somebody.
#include <catch2/catch.hpp>
#include <random>

#include "base/error.h"
#include "eventstore/codec.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/test_events.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::OrgEvent;
using event::v1::UserEvent;
using store::v1::Body;

struct Written {
  Written() : codec(kTestClaimsKey, TestOptions()) {
    UserEvent event;
    event.mutable_human_added()->set_organization_id("org1");
    event.mutable_human_added()->set_username("grace");
    event.mutable_human_added()->mutable_profile()->set_given_name("Grace");
    store::v1::Context context;
    context.set_ip("192.0.2.1");
    const auto encoded =
        codec.Encode(Draft({7, 5, AGGREGATE_USER, "u1"}, 1, event, "admin", &context), keys);
    REQUIRE(encoded.ok());
    stored = Store(*encoded);
    REQUIRE(body.ParseFromString(stored.body));
  }
  std::string ReasonOf(const Body& changed) {
    StoredEvent event = stored;
    event.body = changed.SerializeAsString();
    const auto decoded = codec.Decode(event, keys);
    const auto clear = codec.DecodeClear(event);
    if (!clear.ok()) CHECK(Reason(clear.status()) == Reason(decoded.status()));
    return Reason(decoded.status());
  }

  Codec codec;
  FixedKeys keys;
  StoredEvent stored;
  Body body;
};

TEST_CASE("every changed bit of an event with sealed parts is noticed on reading") {
  Written written;
  for (size_t i = 0; i < written.stored.body.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      StoredEvent changed = written.stored;
      changed.body[i] = static_cast<char>(changed.body[i] ^ (1 << bit));
      const auto inspection = written.codec.Inspect(changed, written.keys);
      // A changed key id names a key that is neither there nor of an erased subject, which
      // verification tells.
      const bool noticed = !inspection.ok() || inspection->keys.size() < 2 ||
                           !inspection->keys[0].opened || !inspection->keys[1].opened;
      INFO("byte " << i << " bit " << bit);
      CHECK(noticed);
    }
  }
}

TEST_CASE("a sealed part opens in no other event, stream, instance or place") {
  Written written;
  const auto reason = [&](auto change) {
    Body changed = written.body;
    change(changed);
    return written.ReasonOf(changed);
  };
  CHECK(reason([](Body&) {}).empty());
  CHECK(reason([](Body& b) { b.set_version(2); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.set_stream_id("u2"); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.set_actor("other"); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.set_owner("org2"); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.clear_clear(); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.add_claim()->set_slot("username"); }) == "store.damaged");
  CHECK(reason([](Body& b) { *b.mutable_payload() = b.context(); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.mutable_payload()->mutable_ciphertext()->pop_back(); }) ==
        "store.damaged");
  StoredEvent moved = written.stored;
  moved.instance = 8;
  // Instance 8 has a key of the same id only if somebody put it there.
  FixedKeys keys;
  class Any final : public KeySource {
   public:
    absl::StatusOr<std::optional<OpenKey>> SealingKey(uint64_t, absl::string_view) override {
      return std::nullopt;
    }
    absl::StatusOr<std::optional<OpenKey>> OpeningKey(uint64_t, absl::string_view id) override {
      for (const char* subject : {"u1", "admin"}) {
        const OpenKey key = FixedKeys::KeyOf(7, subject);
        if (key.id == id) return key;
      }
      return std::nullopt;
    }
  } any;
  CHECK(written.codec.Decode(written.stored, any).ok());
  CHECK(Reason(written.codec.Decode(moved, any).status()) == "store.damaged");
  StoredEvent elsewhere = written.stored;
  elsewhere.keep = SIGN_IN;
  CHECK(Reason(written.codec.Decode(elsewhere, any).status()) == "store.damaged");
}

TEST_CASE("what a newer release wrote stops the reader, whether sealed or clear") {
  Written written;
  const auto reason = [&](auto change) {
    Body changed = written.body;
    change(changed);
    return written.ReasonOf(changed);
  };
  CHECK(reason([](Body& b) { b.set_level(kFormatLevel + 1); }) == "store.level_too_high");
  CHECK(reason([](Body& b) { b.set_kind(9999); }) == "store.kind_unknown");
  CHECK(reason([](Body& b) { b.set_kind(UINT32_MAX); }) == "store.kind_unknown");
  CHECK(reason([](Body& b) { b.set_stream_type(50000); }) == "store.kind_unknown");
  CHECK(reason([](Body& b) { b.set_aggregate(2); }) == "store.kind_unknown");
  CHECK(reason([](Body& b) { b.set_aggregate(77); }) == "store.kind_unknown");
  CHECK(reason([](Body& b) { b.GetReflection()->MutableUnknownFields(&b)->AddVarint(900, 1); }) ==
        "store.field_unknown");
  CHECK(reason([](Body& b) { b.clear_level(); }) == "store.damaged");
  CHECK(reason([](Body& b) { b.clear_version(); }) == "store.damaged");

  // A field that this build does not know, in the kind and in a message of it.
  for (const bool deeper : {false, true}) {
    UserEvent event;
    auto* added = event.mutable_human_added();
    google::protobuf::Message* target =
        deeper ? static_cast<google::protobuf::Message*>(added->mutable_profile()) : added;
    target->GetReflection()->MutableUnknownFields(target)->AddLengthDelimited(900, "new");
    const auto encoded =
        written.codec.Encode(Draft({7, 5, AGGREGATE_USER, "u1"}, 1, event), written.keys);
    REQUIRE(encoded.ok());
    CHECK(Reason(written.codec.Decode(Store(*encoded), written.keys).status()) ==
          "store.field_unknown");
  }
}

TEST_CASE("no bytes, however made, do more than be refused") {
  Written written;
  std::mt19937 random(20240607);
  int refused = 0;
  const auto read = [&](const std::string& bytes) {
    StoredEvent event = written.stored;
    event.body = bytes;
    const auto whole = written.codec.Inspect(event, written.keys);
    const auto clear = written.codec.DecodeClear(event);
    if (whole.ok()) {
      CHECK(clear.ok());
    } else {
      ++refused;
      CHECK(!Reason(whole.status()).empty());
    }
  };
  for (int i = 0; i < 20000; ++i) {
    std::string bytes(random() % 200, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    read(bytes);
  }
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = written.stored.body;
    for (unsigned n = random() % 4 + 1; n > 0 && !bytes.empty(); --n) {
      const size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0:
          bytes[at] = static_cast<char>(random());
          break;
        case 1:
          bytes.erase(at, random() % 8 + 1);
          break;
        case 2:
          bytes.insert(at, random() % 8 + 1, static_cast<char>(random()));
          break;
        case 3:
          bytes.resize(at + 1);
          break;
      }
    }
    read(bytes);
  }
  CHECK(refused > 30000);

  // Nested without end: messages in messages.
  std::string deep;
  for (int i = 0; i < 500; ++i) {
    std::string around = "\x1a";  // Address.previous
    for (size_t n = deep.size();; n >>= 7) {
      around += static_cast<char>((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
      if (n <= 0x7f) break;
    }
    deep = around + deep;
  }
  test::TestEvent event;
  event.mutable_nested();
  const auto encoded =
      written.codec.Encode(Draft({7, 60000, AGGREGATE_USER, "u1"}, 1, event), written.keys);
  REQUIRE(encoded.ok());
  Body body;
  REQUIRE(body.ParseFromString(encoded->body));
  std::string size;
  for (size_t n = deep.size();; n >>= 7) {
    size += static_cast<char>((n & 0x7f) | (n > 0x7f ? 0x80 : 0));
    if (n <= 0x7f) break;
  }
  body.set_clear("\x12" + size + deep);
  CHECK(written.ReasonOf(body) == "store.damaged");
}

}  // namespace
}  // namespace muniment::eventstore
