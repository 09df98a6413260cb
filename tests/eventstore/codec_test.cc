#include "eventstore/codec.h"

#include <catch2/catch.hpp>

#include "base/error.h"
#include "google/protobuf/util/message_differencer.h"
#include "muniment/event/v1/metadata.pb.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/test_events.pb.h"

namespace muniment::eventstore {
namespace {

using event::v1::MetadataEvent;
using event::v1::OrgEvent;
using event::v1::UserEvent;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::util::MessageDifferencer;
using test::TestEvent;

const StreamKey kUser{7, 5, AGGREGATE_USER, "u1"};
const StreamKey kTestUser{7, 60000, AGGREGATE_USER, "u1"};

// Sets every field, of submessages too, to something that tells it from the others.
void Fill(Message& message, int depth) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const std::string text = absl::StrCat("t-", field->name(), "-", depth);
    if (field->is_map()) continue;
    if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (depth > 2) continue;
      if (field->is_repeated()) {
        Fill(*reflection->AddMessage(&message, field), depth + 1);
        reflection->AddMessage(&message, field);
        Fill(*reflection->AddMessage(&message, field), depth + 2);
      } else {
        Fill(*reflection->MutableMessage(&message, field), depth + 1);
      }
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      if (field->is_repeated())
        reflection->AddString(&message, field, text);
      else
        reflection->SetString(&message, field, text);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
      reflection->SetBool(&message, field, true);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
      reflection->SetInt64(&message, field, 7);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM && !field->is_repeated()) {
      reflection->SetEnumValue(&message, field, 1);
    }
  }
}

TEST_CASE("every kind of event comes back from the log as it went in, with its published name") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  int kinds = 0;
  store::v1::Context context;
  context.set_ip("192.0.2.1");
  context.set_user_agent("curl/8");
  for (uint32_t type = 1; type <= 60000; type = type == 99 ? 60000 : type + 1) {
    const StreamTypeInfo* info = codec.FindStreamType(type);
    if (info == nullptr) continue;
    for (int i = 0; i < info->descriptor->field_count(); ++i) {
      const FieldDescriptor* kind = info->descriptor->field(i);
      if (kind->full_name() == "muniment.test.TestEvent.later") continue;
      for (const Aggregate aggregate : info->aggregates) {
        const std::unique_ptr<Message> event(google::protobuf::MessageFactory::generated_factory()
                                                 ->GetPrototype(info->descriptor)
                                                 ->New());
        Fill(*event->GetReflection()->MutableMessage(event.get(), kind), 0);
        const StreamKey stream{7, type, aggregate, "a1"};
        const auto encoded = codec.Encode(Draft(stream, 3, *event, "actor", &context), keys);
        REQUIRE(encoded.ok());
        const auto decoded = codec.Decode(Store(*encoded, 5), keys);
        REQUIRE(decoded.ok());
        INFO(decoded->meta.type);
        CHECK(MessageDifferencer::Equals(*decoded->event, *event));
        CHECK(decoded->complete);
        CHECK(decoded->meta.stream == stream);
        CHECK(decoded->meta.version == 3);
        CHECK(decoded->meta.position == 5);
        CHECK(decoded->meta.owner == "org1");
        CHECK(decoded->meta.actor == "actor");
        CHECK(decoded->meta.type == codec.TypeName(type, aggregate, kind->number()));
        CHECK(decoded->meta.type.find('*') == std::string::npos);
        CHECK(decoded->meta.keep == encoded->keep);
        CHECK(decoded->context->ip() == "192.0.2.1");
        CHECK(decoded->context->user_agent() == "curl/8");
        CHECK(encoded->body.find("192.0.2.1") == std::string::npos);
        ++kinds;
      }
    }
  }
  CHECK(kinds > 50);
  CHECK(codec.TypeName(5, AGGREGATE_USER, 1) == "user.human.added");
  CHECK(codec.TypeName(4, AGGREGATE_ORG, 1) == "org.member.added");
  CHECK(codec.TypeName(4, AGGREGATE_INSTANCE, 1) == "instance.member.added");
  CHECK(codec.TypeName(4, AGGREGATE_USER, 1).empty());
  CHECK(codec.AggregateNames() ==
        std::vector<std::string>{"auth_request", "device_auth", "feature", "group", "import",
                                 "instance", "oidc_session", "org", "project", "restrictions",
                                 "session", "session_logout", "user", "usergrant", "web_key"});
}

UserEvent Human(const std::string& name) {
  UserEvent event;
  auto* added = event.mutable_human_added();
  added->set_organization_id("org1");
  added->set_username(name);
  added->set_username_scope("org1");
  added->mutable_profile()->set_given_name("Grace");
  added->set_email("grace@example.com");
  added->set_email_verified(true);
  added->set_password_hash("$argon2id$v=19$");
  return event;
}

TEST_CASE("personal and secret fields stand nowhere in the stored bytes") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  const auto encoded = codec.Encode(Draft(kUser, 1, Human("gracehopper")), keys);
  REQUIRE(encoded.ok());
  for (const char* text : {"gracehopper", "Grace", "grace@", "argon2id"}) {
    CHECK(encoded->body.find(text) == std::string::npos);
  }
  CHECK(keys.asked() == std::set<std::string>{"u1"});
  const auto clear = codec.DecodeClear(Store(*encoded));
  REQUIRE(clear.ok());
  CHECK(!clear->complete);
  const auto& added = static_cast<const UserEvent&>(*clear->event).human_added();
  CHECK(added.organization_id() == "org1");
  CHECK(added.email_verified());
  CHECK(added.username().empty());
  CHECK(!added.has_profile());
}

TEST_CASE("after erasure an event reads without its sealed fields and everything else stands") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  store::v1::Context context;
  context.set_ip("192.0.2.1");
  const auto encoded = codec.Encode(Draft(kUser, 1, Human("grace"), "admin", &context), keys);
  REQUIRE(encoded.ok());
  const StoredEvent stored = Store(*encoded);

  keys.Erase(7, "u1");
  auto event = codec.Decode(stored, keys);
  REQUIRE(event.ok());
  CHECK(!event->complete);
  CHECK(static_cast<const UserEvent&>(*event->event).human_added().username().empty());
  CHECK(static_cast<const UserEvent&>(*event->event).human_added().username_scope() == "org1");
  CHECK(event->context->ip() == "192.0.2.1");

  keys.Erase(7, "admin");
  event = codec.Decode(stored, keys);
  REQUIRE(event.ok());
  CHECK(!event->context.has_value());

  const auto inspection = codec.Inspect(stored, keys);
  REQUIRE(inspection.ok());
  CHECK(!inspection->claims_complete);
  CHECK(inspection->claims.empty());
  REQUIRE(inspection->keys.size() == 2);
  CHECK(inspection->keys[0].subject == "u1");
  CHECK(inspection->keys[1].subject == "admin");
  CHECK(!inspection->keys[0].opened);
}

TEST_CASE("an event for an erased subject or actor is stored without what would be sealed") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  keys.Erase(7, "u1");
  keys.Erase(7, "admin");
  store::v1::Context context;
  context.set_ip("192.0.2.1");
  const auto encoded = codec.Encode(Draft(kUser, 1, Human("grace"), "admin", &context), keys);
  REQUIRE(encoded.ok());
  CHECK(encoded->claims.empty());
  const auto event = codec.Decode(Store(*encoded), keys);
  REQUIRE(event.ok());
  CHECK(event->complete);  // nothing is sealed
  CHECK(!event->context.has_value());
  CHECK(static_cast<const UserEvent&>(*event->event).human_added().email().empty());
  CHECK(static_cast<const UserEvent&>(*event->event).human_added().email_verified());
}

TEST_CASE("fields sealed deeper down part and come together, repeated ones by index") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  TestEvent event;
  auto* nested = event.mutable_nested();
  nested->set_note("clear");
  nested->mutable_home()->set_country("NO");
  nested->mutable_home()->set_street("Storgata 1");
  nested->mutable_home()->mutable_previous()->set_street("Kirkeveien 2");
  nested->add_more()->set_country("SE");
  nested->add_more()->set_street("Drottninggatan 3");
  nested->add_more();
  nested->mutable_secret()->set_country("FI");
  (*nested->mutable_labels())["b"] = "2";
  (*nested->mutable_labels())["a"] = "1";
  (*nested->mutable_plain())["x"].set_value(4);
  nested->add_tags("first");
  nested->add_tags("second");
  nested->set_flag(false);
  const auto encoded = codec.Encode(Draft(kTestUser, 1, event), keys);
  REQUIRE(encoded.ok());
  const auto whole = codec.Decode(Store(*encoded), keys);
  REQUIRE(whole.ok());
  CHECK(MessageDifferencer::Equals(*whole->event, event));

  keys.Erase(7, "u1");
  const auto shredded = codec.Decode(Store(*encoded), keys);
  REQUIRE(shredded.ok());
  TestEvent expected = event;
  auto* left = expected.mutable_nested();
  left->mutable_home()->clear_street();
  left->mutable_home()->mutable_previous()->clear_street();
  left->mutable_more(1)->clear_street();
  left->clear_secret();
  left->clear_tags();
  left->clear_flag();
  CHECK(MessageDifferencer::Equals(*shredded->event, expected));
}

TEST_CASE("the payload is sealed for its subject, the context for whoever acted") {
  const Codec codec(kTestClaimsKey, TestOptions());
  const auto asked = [&](const StreamKey& stream, const Message& event, const std::string& actor,
                         bool with_context) {
    FixedKeys keys;
    store::v1::Context context;
    context.set_ip("192.0.2.1");
    REQUIRE(
        codec.Encode(Draft(stream, 1, event, actor, with_context ? &context : nullptr), keys).ok());
    return keys.asked();
  };
  using Names = std::set<std::string>;
  const StreamKey org{7, 60000, AGGREGATE_ORG, "o1"};
  TestEvent told;
  told.mutable_told()->set_about("u9");
  told.mutable_told()->set_what("x");
  CHECK(asked(org, told, "admin", true) == Names{"u9", "admin"});
  CHECK(asked(kTestUser, told, "admin", true) == Names{"u1", "admin"});
  told.mutable_told()->clear_about();
  CHECK(asked(org, told, "", true) == Names{"/60000/2/o1"});
  told.mutable_told()->clear_what();
  CHECK(asked(org, told, "admin", false).empty());
  // An organization's own id is nobody's name: a person of that id takes nothing with him.
  MetadataEvent metadata;
  metadata.mutable_set()->set_key("k");
  metadata.mutable_set()->set_value("v");
  CHECK(asked({7, 7, AGGREGATE_ORG, "o1"}, metadata, "", false) == Names{"/7/2/o1"});
  CHECK(asked({7, 7, AGGREGATE_USER, "o1"}, metadata, "", false) == Names{"o1"});
}

TEST_CASE("what a client reports of a person's browser is sealed for the person, and goes with him") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  store::v1::Context context;
  context.set_ip("192.0.2.1");
  store::v1::Reported reported;
  reported.set_ip("198.51.100.7");
  TestEvent told;
  told.mutable_told();
  EventDraft draft = Draft({7, 60000, AGGREGATE_ORG, "o1"}, 1, told, "client", &context);
  draft.reported = &reported;
  draft.reported_of = "u9";
  const auto encoded = codec.Encode(draft, keys);
  REQUIRE(encoded.ok());
  CHECK(keys.asked() == std::set<std::string>{"client", "u9"});
  const auto inspected = codec.Inspect(Store(*encoded), keys);
  REQUIRE(inspected.ok());
  CHECK(inspected->event.reported->ip() == "198.51.100.7");
  CHECK(inspected->keys.size() == 2);
  CHECK(inspected->keys[1].subject == "u9");

  // Two addresses of two people: erasing one leaves the other's.
  keys.Erase(7, "u9");
  const auto erased = codec.Decode(Store(*encoded), keys);
  REQUIRE(erased.ok());
  CHECK_FALSE(erased->reported.has_value());
  CHECK(erased->context->ip() == "192.0.2.1");
  const auto later = codec.Encode(draft, keys);
  REQUIRE(later.ok());
  CHECK_FALSE(codec.Decode(Store(*later), keys)->reported.has_value());

  // Of nobody who is known yet it is the stream's, and dies with its class.
  draft.reported_of.clear();
  FixedKeys others;
  REQUIRE(codec.Encode(draft, others).ok());
  CHECK(others.asked() == std::set<std::string>{"client", "/60000/2/o1"});
  draft.reported_of = "/60000/2/o1";
  CHECK(Reason(codec.Encode(draft, others).status()) == "event.id_invalid");
  draft.reported_of = "u9";
  reported.set_fingerprint_id("\xff");
  CHECK(Reason(codec.Encode(draft, others).status()) == "event.text_invalid");
}

TEST_CASE("ids and texts that the log cannot hold are refused before they are written") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  const auto reason = [&](const EventDraft& draft) {
    const absl::Status status = codec.Encode(draft, keys).status();
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    return Reason(status);
  };
  const UserEvent good = Human("grace");
  CHECK(reason(Draft({7, 5, AGGREGATE_USER, ""}, 1, good)) == "event.id_invalid");
  CHECK(reason(Draft({7, 5, AGGREGATE_USER, "/2/2/o1"}, 1, good)) == "event.id_invalid");
  CHECK(reason(Draft({7, 5, AGGREGATE_USER, std::string(513, 'a')}, 1, good)) ==
        "event.id_invalid");
  CHECK(reason(Draft({7, 5, AGGREGATE_USER, "\xff"}, 1, good)) == "event.id_invalid");
  CHECK(reason(Draft(kUser, 1, good, "/x")) == "event.id_invalid");
  TestEvent told;
  told.mutable_told()->set_about("/2/2/o1");
  told.mutable_told()->set_what("x");
  CHECK(reason(Draft({7, 60000, AGGREGATE_ORG, "o1"}, 1, told)) == "event.id_invalid");
  UserEvent bad = good;
  bad.mutable_human_added()->set_email("\xc3\x28");
  CHECK(reason(Draft(kUser, 1, bad)) == "event.text_invalid");
  bad = good;
  bad.mutable_human_added()->set_organization_id("\xc3\x28");
  CHECK(reason(Draft(kUser, 1, bad)) == "event.text_invalid");
  store::v1::Context context;
  context.set_user_agent("\xff\xfe");
  CHECK(reason(Draft(kUser, 1, good, "admin", &context)) == "event.text_invalid");
  TestEvent later;
  later.mutable_later();
  CHECK(Reason(codec.Encode(Draft(kTestUser, 1, later), keys).status()) == "store.level_too_high");
}

TEST_CASE("secrets are removed from what leaves the process, personal fields are not") {
  const Codec codec(kTestClaimsKey, TestOptions());
  UserEvent human = Human("grace");
  codec.RemoveSecrets(human);
  CHECK(human.human_added().password_hash().empty());
  CHECK(human.human_added().username() == "grace");
  TestEvent nested;
  nested.mutable_nested()->mutable_secret()->set_country("FI");
  nested.mutable_nested()->mutable_home()->set_street("Storgata 1");
  codec.RemoveSecrets(nested);
  CHECK(!nested.nested().has_secret());
  CHECK(nested.nested().home().street() == "Storgata 1");
}

TEST_CASE("two events of one content share no key and no ciphertext") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  const auto one = codec.Encode(Draft(kUser, 1, Human("grace")), keys);
  const auto two = codec.Encode(Draft(kUser, 1, Human("grace")), keys);
  store::v1::Body a, b;
  REQUIRE(a.ParseFromString(one->body));
  REQUIRE(b.ParseFromString(two->body));
  CHECK(a.payload().key_id() == b.payload().key_id());
  CHECK(a.payload().salt() != b.payload().salt());
  CHECK(a.payload().commitment() != b.payload().commitment());
  CHECK(a.payload().ciphertext() != b.payload().ciphertext());
}

}  // namespace
}  // namespace muniment::eventstore
