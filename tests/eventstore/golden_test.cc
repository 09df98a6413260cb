// FORMAT.md, held by bytes. tests/golden/events.txt has a line an event: its name and its stored
// body in hex, made of fixed keys, salts and ids. tests/golden/kinds.txt has a line a field of
// everything that can stand in the log. golden_store_test.cc holds what stands around the bodies.
#include <catch2/catch.hpp>
#include <map>

#include "eventstore/codec.h"
#include "google/protobuf/util/message_differencer.h"
#include "muniment/event/v1/metadata.pb.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/event/v1/user.pb.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/golden.h"
#include "tests/eventstore/test_events.pb.h"

namespace muniment::eventstore {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct GoldenEvent {
  std::string name;
  StreamKey stream;
  uint64_t version;
  std::string actor;
  std::shared_ptr<Message> event;
  store::v1::Context context;
  store::v1::Reported reported = {};
  std::string reported_of = {};
};

template <typename Event, typename Fill>
GoldenEvent Make(std::string name, StreamKey stream, uint64_t version, std::string actor,
                 Fill fill) {
  auto event = std::make_shared<Event>();
  GoldenEvent golden{std::move(name), std::move(stream), version, std::move(actor), event, {}};
  fill(*event, golden.context);
  return golden;
}

std::vector<GoldenEvent> GoldenEvents() {
  using event::v1::MetadataEvent;
  using event::v1::OrgEvent;
  using event::v1::UserEvent;
  using store::v1::Context;
  std::vector<GoldenEvent> events;
  events.push_back(
      Make<OrgEvent>("org_added_by_system", {1, 2, AGGREGATE_ORG, "o1"}, 1, "",
                     [](OrgEvent& e, Context&) { e.mutable_added()->set_name("Acme"); }));
  events.push_back(Make<UserEvent>("human_added", {1, 5, AGGREGATE_USER, "u1"}, 1, "admin",
                                   [](UserEvent& e, Context& c) {
                                     auto* added = e.mutable_human_added();
                                     added->set_organization_id("o1");
                                     added->set_username("Gr\u00e4ce");
                                     added->set_username_scope("o1");
                                     added->mutable_profile()->set_given_name("Grace");
                                     added->mutable_profile()->set_gender(event::v1::GENDER_FEMALE);
                                     added->set_email("grace@example.com");
                                     added->set_email_verified(true);
                                     added->set_password_hash("$2y$04$abc");
                                     c.set_ip("192.0.2.1");
                                     c.set_user_agent("curl/8.0");
                                   }));
  events.push_back(Make<UserEvent>("user_removed", {1, 5, AGGREGATE_USER, "u1"}, 2, "u1",
                                   [](UserEvent& e, Context& c) {
                                     e.mutable_removed();
                                     c.set_ip("2001:db8::1");
                                   }));
  events.push_back(Make<MetadataEvent>("org_metadata_set", {2, 7, AGGREGATE_ORG, "o1"}, 9, "",
                                       [](MetadataEvent& e, Context& c) {
                                         e.mutable_set()->set_key("k");
                                         e.mutable_set()->set_value(std::string("\0\xff", 2));
                                         c.set_user_agent("system");
                                       }));
  events.push_back(Make<test::TestEvent>("sealed_deeper_down", {1, 60000, AGGREGATE_USER, "u1"}, 1,
                                         "admin", [](test::TestEvent& e, Context&) {
                                           auto* nested = e.mutable_nested();
                                           nested->mutable_home()->set_country("NO");
                                           nested->mutable_home()->set_street("Storgata 1");
                                           nested->add_more()->set_country("SE");
                                           nested->add_more()->set_street("Gatan 2");
                                           (*nested->mutable_labels())["b"] = "2";
                                           (*nested->mutable_labels())["a"] = "1";
                                         }));
  events.push_back(Make<test::TestEvent>("claims_clear_and_sealed", {1, 60000, AGGREGATE_ORG, "o1"},
                                         1, "admin", [](test::TestEvent& e, Context&) {
                                           auto* linked = e.mutable_linked();
                                           linked->mutable_link()->set_provider("GitHub");
                                           linked->mutable_link()->set_account("4711");
                                           linked->set_code("aB");
                                         }));
  events.push_back(Make<UserEvent>("reported_of_a_person", {1, 5, AGGREGATE_USER, "u1"}, 3, "admin",
                                   [](UserEvent& e, Context& c) {
                                     e.mutable_email_verified();
                                     c.set_ip("192.0.2.1");
                                   }));
  events.back().reported.set_session_id("s1");
  events.back().reported.set_ip("198.51.100.7");
  events.back().reported.set_user_agent("Firefox");
  events.back().reported.set_fingerprint_id("f1");
  events.back().reported_of = "u1";
  return events;
}

// Name and hex of everything the log's bytes are made of.
GoldenLines EventLines() {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  GoldenLines lines;
  for (const GoldenEvent& golden : GoldenEvents()) {
    EventDraft draft =
        Draft(golden.stream, golden.version, *golden.event, golden.actor, &golden.context);
    draft.reported = &golden.reported;
    draft.reported_of = golden.reported_of;
    const auto encoded = codec.Encode(draft, keys);
    REQUIRE(encoded.ok());
    lines[golden.name] = HexEncode(encoded->body);
    for (size_t i = 0; i < encoded->claims.size(); ++i) {
      lines[absl::StrCat(golden.name, ".claim", i)] =
          absl::StrCat(encoded->claims[i].slot, "=", HexEncode(encoded->claims[i].key));
    }
  }
  return lines;
}

void AddFields(const std::string& prefix, const Descriptor* message,
               GoldenLines& lines) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    const auto& options = field->options();
    const std::string path = absl::StrCat(prefix, "/", field->number());
    if (lines.contains(absl::StrCat(path, "/1")) || std::count(path.begin(), path.end(), '/') > 8) {
      continue;
    }
    lines[path] = absl::StrCat(
        field->name(), " ", field->type_name(), field->is_repeated() ? " repeated" : "",
        field->has_presence() && field->message_type() == nullptr ? " optional" : "");
    if (options.HasExtension(muniment::event_kind)) {
      const EventKind& kind = options.GetExtension(muniment::event_kind);
      absl::StrAppend(&lines[path], " ", kind.type(), " ", Keep_Name(kind.keep()), " level ",
                      std::max<uint32_t>(kind.level(), 1),
                      kind.releases_claims() ? " releases" : "",
                      kind.destroys_keys() ? " destroys keys" : "");
    }
    if (options.HasExtension(muniment::unique)) {
      absl::StrAppend(&lines[path], " unique {",
                      options.GetExtension(muniment::unique).ShortDebugString(), "}");
    }
    if (field->message_type() != nullptr && field->message_type() != message) {
      AddFields(path, field->message_type(), lines);
    }
  }
}

GoldenLines KindLines() {
  const Codec codec(kTestClaimsKey);
  GoldenLines lines;
  for (uint32_t type = 1; type < 60000; ++type) {
    const StreamTypeInfo* info = codec.FindStreamType(type);
    if (info == nullptr) continue;
    lines[absl::StrCat(type)] = info->descriptor->name();
    AddFields(absl::StrCat(type), info->descriptor, lines);
  }
  AddFields("body", store::v1::Body::descriptor(), lines);
  AddFields("part", store::v1::SealedPart::descriptor(), lines);
  AddFields("context", store::v1::Context::descriptor(), lines);
  AddFields("reported", store::v1::Reported::descriptor(), lines);
  return lines;
}

TEST_CASE("stored bytes are those of the golden file") { CheckGolden("events.txt", EventLines()); }

TEST_CASE("kinds and fields of the log are only added") { CheckGolden("kinds.txt", KindLines()); }

TEST_CASE("golden bodies read as the events they were made of") {
  const Codec codec(kTestClaimsKey, TestOptions());
  FixedKeys keys;
  auto lines = ReadGolden("events.txt");
  for (const char* subject : {"u1", "admin", "/7/2/o1", "/60000/2/o1"}) {
    for (const uint64_t instance : {1, 2}) REQUIRE(keys.SealingKey(instance, subject).ok());
  }
  for (const GoldenEvent& golden : GoldenEvents()) {
    StoredEvent stored;
    stored.instance = golden.stream.instance;
    stored.body = HexDecode(lines[golden.name]).value_or("");
    const auto event = codec.Decode(stored, keys);
    INFO(golden.name);
    REQUIRE(event.ok());
    CHECK(event->complete);
    CHECK(google::protobuf::util::MessageDifferencer::Equals(*event->event, *golden.event));
    CHECK(event->context.value_or(store::v1::Context()).SerializeAsString() ==
          golden.context.SerializeAsString());
    CHECK(event->reported.value_or(store::v1::Reported()).SerializeAsString() ==
          golden.reported.SerializeAsString());
  }
}

TEST_CASE("writes the golden files of events and kinds", "[.][write-golden]") {
  AddGolden("events.txt", EventLines());
  AddGolden("kinds.txt", KindLines());
}

}  // namespace
}  // namespace muniment::eventstore
