// Our declarations, all of them, and broken ones that must be noticed.
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/text_format.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "muniment/options.pb.h"
#include "tests/proto/descriptor_rules.h"

namespace muniment::proto_test {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;

google::protobuf::FileDescriptorSet Compiled() {
  google::protobuf::FileDescriptorSet set;
  std::ifstream file(MUNIMENT_DESCRIPTORS, std::ios::binary);
  REQUIRE(set.ParseFromIstream(&file));
  return set;
}

const Files& All() {
  static const Files* files = [] {
    auto* found = new Files;
    const auto set = Compiled();
    for (const FileDescriptorProto& file : set.file()) {
      const auto* linked = DescriptorPool::generated_pool()->FindFileByName(file.name());
      if (linked != nullptr) found->push_back(linked);
    }
    return found;
  }();
  return *files;
}

// A file made of a descriptor in text form, as hostile as it likes.
class Broken {
 public:
  explicit Broken(const std::string& text) : pool_(DescriptorPool::generated_pool()) {
    FileDescriptorProto file;
    REQUIRE(google::protobuf::TextFormat::ParseFromString(
        R"(name: "broken.proto" syntax: "proto3" package: "zitadel.broken"
           dependency: "muniment/options.proto" dependency: "google/api/annotations.proto" )" +
            text,
        &file));
    file_ = pool_.BuildFile(file);
    REQUIRE(file_ != nullptr);
  }
  Files files() const { return {file_}; }

 private:
  DescriptorPool pool_;
  const FileDescriptor* file_;
};

constexpr char kRequest[] = R"(
  message_type { name: "Request"
    field { name: "user_id" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL }
    field { name: "ids" number: 2 type: TYPE_STRING label: LABEL_REPEATED } })";

Broken Method(const std::string& options) {
  return Broken(std::string(kRequest) +
                R"(service { name: "S" method { name: "M" input_type: ".zitadel.broken.Request"
                   output_type: ".zitadel.broken.Request" options { )" +
                options + " } } }");
}

}  // namespace

TEST_CASE("every declared file is linked into the program") {
  CHECK(All().size() == static_cast<size_t>(Compiled().file_size()));
  CHECK(All().size() > 30);
}

TEST_CASE("every declared method says who may call it") { CHECK(CheckRules(All()) == Faults{}); }

TEST_CASE("every declared method has a route of its own") { CHECK(CheckRoutes(All()) == Faults{}); }

TEST_CASE("every event kind is whole and stands once") { CHECK(CheckEvents(All()) == Faults{}); }

TEST_CASE("unique, personal, secret and subject fields fit their messages") {
  CHECK(CheckEventFields(All()) == Faults{});
}

TEST_CASE("every table's keys, indexes and counters name its columns") {
  CHECK(CheckTables(All()) == Faults{});
}

TEST_CASE("every limit fits its field") { CHECK(CheckLimits(All()) == Faults{}); }

TEST_CASE("what is a name or a chosen id is limited to such") { CHECK(CheckNames(All()) == Faults{}); }

TEST_CASE("what is not served says what it waits for") { CHECK(CheckUnserved(All()) == Faults{}); }

TEST_CASE("a file that defines options is not optimized for size") {
  for (const FileDescriptor* file : All()) {
    INFO(file->name());
    const bool small = file->options().optimize_for() == google::protobuf::FileOptions::CODE_SIZE;
    CHECK_FALSE((small && file->extension_count() > 0));
  }
}

TEST_CASE("every aggregate has a name and every class but forever an age") {
  for (int i = 1; i < Aggregate_descriptor()->value_count(); ++i) {
    CHECK_FALSE(Aggregate_descriptor()->value(i)->options().GetExtension(aggregate_name).empty());
  }
  for (int i = 0; i < Keep_descriptor()->value_count(); ++i) {
    const auto* keep = Keep_descriptor()->value(i);
    INFO(keep->name());
    CHECK((keep->options().GetExtension(max_age_days) > 0) == (keep->number() > FOREVER));
  }
}

TEST_CASE("a method without a rule is noticed") {
  CHECK(CheckRules(Method("").files()).size() == 1);
}

TEST_CASE("a method without a route is noticed where others of its service have one") {
  CHECK(CheckRoutes(Method("").files()).empty());
  const std::string second = R"( } } method { name: "N" input_type: ".zitadel.broken.Request"
      output_type: ".zitadel.broken.Request" options { [google.api.http] { get: '/v2/n' })";
  CHECK(CheckRoutes(Method(second).files()).size() == 1);
}

TEST_CASE("a rule that guards nothing is noticed") {
  const auto faults = [](const std::string& rule) {
    return CheckRules(Method("[muniment.rule] { " + rule + " }").files()).size();
  };
  CHECK(faults("open: true") == 0);
  CHECK(faults("authenticated: true") == 0);
  CHECK(faults("permission: 'user.read' target: TARGET_USER field: 'user_id'") == 0);
  CHECK(faults("permission: 'user.read' open: true target: TARGET_INSTANCE") == 1);
  CHECK(faults("permission: 'user.read'") == 1);
  CHECK(faults("permission: 'user.read' target: TARGET_USER") == 1);
  CHECK(faults("permission: 'user.read' target: TARGET_USER field: 'id'") == 1);
  CHECK(CheckRules(Method("[muniment.binds] { method: 'none.Service/None' }").files()).size() == 1);
  CHECK(CheckRules(Method("[muniment.binds] { method: 'zitadel.user.v2.UserService/GetUserByID' }")
                       .files())
            .empty());
  CHECK(faults("permission: 'user.read' target: TARGET_USER field: 'ids'") == 1);
  CHECK(faults("permission: 'user.read' target: TARGET_USER field: 'user_id.x'") == 1);
  CHECK(faults("permission: 'org.read' target: TARGET_INSTANCE self: SELF_ALLOW") == 1);
  const std::string application = "permission: 'project.app.read' target: TARGET_APPLICATION ";
  CHECK(faults(application) == 1);
  CHECK(faults(application + "field: 'user_id'") == 0);
  CHECK(faults(application + "field: 'user_id' within: 'user_id'") == 0);
  CHECK(faults(application + "field: 'user_id' within: 'ids'") == 1);
  CHECK(faults("permission: 'org.read' target: TARGET_ORG within: 'user_id'") == 1);
}

TEST_CASE("a path variable that is no field is noticed") {
  CHECK(CheckRoutes(Method("[google.api.http] { get: '/v2/{user_id}' }").files()).empty());
  CHECK(CheckRoutes(Method("[google.api.http] { get: '/v2/{id}' }").files()).size() == 1);
  CHECK(CheckRoutes(Method("[google.api.http] { get: '/v2/{ids}' }").files()).size() == 1);
}

TEST_CASE("an event type that stands twice is noticed, also through its scope") {
  const Broken twice(R"(
    message_type { name: "E" }
    message_type { name: "A" options { [muniment.stream] { number: 901 aggregate: AGGREGATE_ORG } }
      oneof_decl { name: "kind" }
      field { name: "a" number: 1 type: TYPE_MESSAGE type_name: ".zitadel.broken.E" oneof_index: 0
        label: LABEL_OPTIONAL
        options { [muniment.event_kind] { type: "org.domain.x" keep: FOREVER } } } }
    message_type { name: "B"
      options { [muniment.stream] { number: 901 aggregate: AGGREGATE_ORG
        aggregate: AGGREGATE_USER } }
      oneof_decl { name: "kind" }
      field { name: "b" number: 1 type: TYPE_MESSAGE type_name: ".zitadel.broken.E" oneof_index: 0
        label: LABEL_OPTIONAL
        options { [muniment.event_kind] { type: "*.domain.x" keep: FOREVER } } } })");
  CHECK(CheckEvents(twice.files()) ==
        Faults{"zitadel.broken.B: stream 901 is zitadel.broken.A too",
               "zitadel.broken.B.b: org.domain.x is zitadel.broken.A.a too"});
}

TEST_CASE("a kind without a type or a class, or outside a stream, is noticed") {
  const Broken bare(R"(
    message_type { name: "E" }
    message_type { name: "A" options { [muniment.stream] { number: 901 aggregate: AGGREGATE_ORG } }
      oneof_decl { name: "kind" }
      field { name: "a" number: 1 type: TYPE_MESSAGE type_name: ".zitadel.broken.E" oneof_index: 0
        label: LABEL_OPTIONAL }
      field { name: "b" number: 2 type: TYPE_STRING label: LABEL_OPTIONAL } }
    message_type { name: "B"
      field { name: "a" number: 1 type: TYPE_MESSAGE type_name: ".zitadel.broken.E"
        label: LABEL_OPTIONAL
        options { [muniment.event_kind] { type: "org.y" keep: FOREVER } } } })");
  CHECK(CheckEvents(bare.files()).size() == 4);
}

TEST_CASE("a claim whose scope is no sibling is noticed") {
  const Broken claim(R"(message_type { name: "A"
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
      options { [muniment.unique] { kind: "n" scope: "where" item: "name" } } }
    field { name: "count" number: 2 type: TYPE_INT32 label: LABEL_OPTIONAL
      options { [muniment.unique] { } } } })");
  CHECK(CheckEventFields(claim.files()).size() == 3);
}

TEST_CASE("a sealed key and an index without a column are noticed") {
  const Broken table(R"(message_type { name: "A"
    options { [muniment.table] { number: 5 revision: 1 key: "name"
      index { name: "i" field: "nme" } counter { name: "c" field: "x.y" } } }
    field { name: "name" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
      options { [muniment.personal]: true } } })");
  CHECK(CheckTables(table.files()).size() == 3);
}

TEST_CASE("a limit that its field cannot have is noticed") {
  const auto faults = [](const std::string& type, const std::string& limit) {
    return CheckLimits(Broken("message_type { name: 'A' field { name: 'f' number: 1 type: " + type +
                              " label: LABEL_OPTIONAL options { [muniment.limit] { " + limit +
                              " } } } }")
                           .files())
        .size();
  };
  CHECK(faults("TYPE_STRING", "required: true max_len: 200 email: true") == 0);
  CHECK(faults("TYPE_INT32", "bounded: true min: 1 max: 50") == 0);
  CHECK(faults("TYPE_INT32", "max_len: 2") == 1);
  CHECK(faults("TYPE_INT32", "required: true") == 1);
  CHECK(faults("TYPE_INT32", "max: 3") == 1);
  CHECK(faults("TYPE_INT32", "bounded: true min: 3 max: 2") == 1);
  CHECK(faults("TYPE_STRING", "min_len: 3 max_len: 2") == 1);
  CHECK(faults("TYPE_STRING", "max_items: 2") == 1);
  CHECK(faults("TYPE_STRING", "defined_only: true") == 1);
  CHECK(faults("TYPE_BYTES", "uri: true") == 1);
}

TEST_CASE("a refused field that no request holds is noticed") {
  const Broken stray(R"(message_type { name: "A"
    field { name: "f" number: 1 type: TYPE_STRING label: LABEL_OPTIONAL
      options { [muniment.unserved]: "" } } })");
  CHECK(CheckUnserved(stray.files()).size() == 2);
}

}  // namespace muniment::proto_test
