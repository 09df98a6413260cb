// Enums of the older interface and the newer one, and of what is stored: each value arrives as its
// namesake, or is refused by name.
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/api/binding.h"
#include "gateway/api/enum_names.h"
#include "gateway/api/message_map.h"
#include "gateway/services.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/text_format.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"
#include "zitadel/project/v2/query.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::TextFormat;

using Path = std::vector<const FieldDescriptor*>;

// "OIDCAppType" is "OIDC_APP_TYPE".
std::string UpperSnake(const std::string& name) {
  std::string snake;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool word = i > 0 && absl::ascii_isupper(name[i]) &&
                      (absl::ascii_islower(name[i - 1]) ||
                       (i + 1 < name.size() && absl::ascii_islower(name[i + 1])));
    if (word) snake += '_';
    snake += absl::ascii_toupper(name[i]);
  }
  return snake;
}

// What the value is called, behind its enum's name: told here by that name, and by no look at other
// values.
std::string Called(const EnumValueDescriptor& value) {
  std::string name = UpperSnake(value.type()->name());
  if (name == "OIDC_APPLICATION_TYPE" && absl::StartsWith(value.name(), "OIDC_APP_TYPE_")) {
    name = "OIDC_APP_TYPE";
  }
  const std::string all = absl::AsciiStrToUpper(value.name());
  INFO(value.full_name());
  REQUIRE(absl::StartsWith(all, name + "_"));
  return all.substr(name.size() + 1);
}

const EnumValueDescriptor* Namesake(const EnumValueDescriptor& value, const EnumDescriptor& other) {
  for (int i = 0; i < other.value_count(); ++i) {
    if (Called(*other.value(i)) == Called(value)) return other.value(i);
  }
  return nullptr;
}

std::unique_ptr<Message> New(const Descriptor& type) {
  return std::unique_ptr<Message>(
      MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

void Put(Message& message, const Path& path, int element, int number) {
  Message* at = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const auto& reflection = *at->GetReflection();
    if (!path[i]->is_repeated()) {
      at = reflection.MutableMessage(at, path[i]);
      continue;
    }
    while (reflection.FieldSize(*at, path[i]) <= element) reflection.AddMessage(at, path[i]);
    at = reflection.MutableRepeatedMessage(at, path[i], element);
  }
  if (path.back()->is_repeated()) {
    at->GetReflection()->AddEnumValue(at, path.back(), number);
  } else {
    at->GetReflection()->SetEnumValue(at, path.back(), number);
  }
}

// Nothing for a list without one; zero where nobody says anything.
std::optional<int> ReadAt(const Message& message, const Path& path, int element) {
  const Message* at = &message;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const auto& reflection = *at->GetReflection();
    if (!path[i]->is_repeated()) {
      at = &reflection.GetMessage(*at, path[i]);
    } else if (reflection.FieldSize(*at, path[i]) > element) {
      at = &reflection.GetRepeatedMessage(*at, path[i], element);
    } else {
      return std::nullopt;
    }
  }
  const auto& reflection = *at->GetReflection();
  if (!path.back()->is_repeated()) return reflection.GetEnumValue(*at, path.back());
  if (reflection.FieldSize(*at, path.back()) != 1) return std::nullopt;
  return reflection.GetRepeatedEnumValue(*at, path.back(), 0);
}

// All enums that are mapped between a method and its twin.
struct Bound {
  Bound() {
    for (const auto* method : PublishedMethods()) {
      const auto binding = Binding::Of(*method, maps);
      REQUIRE(binding.status().message() == "");
    }
    enums = maps.enums();
  }
  MessageMaps maps;
  std::vector<MappedEnum> enums;
};

// What goes in, on which way, and what comes out.
struct Way {
  explicit Way(const MappedEnum& mapped)
      : in(mapped.to_twin ? Path{mapped.own} : mapped.path),
        out(mapped.to_twin ? mapped.path : Path{mapped.own}),
        own(*mapped.own->containing_type()),
        mapped(mapped) {}

  absl::Status Send(int number) {
    const auto from = New(mapped.to_twin ? own : *mapped.twin);
    Put(*from, in, mapped.element, number);
    const auto to = New(mapped.to_twin ? *mapped.twin : own);
    const absl::Status sent = mapped.map->Apply(*from, *to);
    arrived = ReadAt(*to, out, mapped.element);
    return sent;
  }
  const EnumDescriptor& from() const { return *in.back()->enum_type(); }
  const EnumDescriptor& to() const { return *out.back()->enum_type(); }
  std::string refusal() const { return absl::StrCat("request.", mapped.own->name(), ".undefined"); }

  const Path in, out;
  const Descriptor& own;
  const MappedEnum& mapped;
  std::optional<int> arrived;
};

// By any name that its number has.
const EnumValueDescriptor* NamesakeOfAny(const EnumValueDescriptor& value,
                                         const EnumDescriptor& to) {
  for (int i = 0; i < value.type()->value_count(); ++i) {
    const EnumValueDescriptor& one = *value.type()->value(i);
    if (one.number() != value.number()) continue;
    if (const EnumValueDescriptor* found = Namesake(one, to); found != nullptr) return found;
  }
  return nullptr;
}

TEST_CASE("each value that a client sends arrives at the twin as its namesake, or is refused by name") {
  const Bound bound;
  std::set<std::string> refused;
  int sent = 0;
  for (const MappedEnum& mapped : bound.enums) {
    if (!mapped.to_twin) continue;
    Way way(mapped);
    INFO(mapped.own->full_name() << " to " << way.out.back()->full_name());
    const bool not_zero = way.out.back()->options().GetExtension(limit).not_zero();
    const bool own_not_zero = mapped.own->options().GetExtension(limit).not_zero();
    for (int i = 0; i < way.from().value_count(); ++i) {
      const EnumValueDescriptor& value = *way.from().value(i);
      INFO(value.full_name());
      // Such a request comes no further than its limits.
      if (own_not_zero && value.number() == 0) continue;
      const EnumValueDescriptor* wanted = Namesake(value, way.to());
      const absl::Status status = way.Send(value.number());
      ++sent;
      if (wanted != nullptr && !(not_zero && wanted->number() == 0)) {
        CHECK(status.ToString() == "OK");
        CHECK(way.arrived == wanted->number());
      } else {
        CHECK(Reason(status) == way.refusal());
        CHECK(absl::IsInvalidArgument(status));
        refused.insert(value.full_name());
      }
    }
    CHECK(Reason(way.Send(99)) == way.refusal());
  }
  CHECK(sent > 100);
  // What is listed here was looked at: there are no such users, and no such factors.
  CHECK(refused == std::set<std::string>{"zitadel.user.v1.USER_STATE_SUSPEND",
                                         "zitadel.policy.v1.MULTI_FACTOR_TYPE_UNSPECIFIED",
                                         "zitadel.policy.v1.SECOND_FACTOR_TYPE_UNSPECIFIED"});
}

TEST_CASE("each value that the twin answers arrives as its namesake, but for those that nobody misses") {
  const Bound bound;
  std::set<LeftOut> left_out;
  int sent = 0;
  for (const MappedEnum& mapped : bound.enums) {
    if (mapped.to_twin) continue;
    Way way(mapped);
    INFO(mapped.own->full_name() << " of " << way.in.back()->full_name());
    for (int i = 0; i < way.from().value_count(); ++i) {
      const EnumValueDescriptor& value = *way.from().value(i);
      INFO(value.full_name());
      const EnumValueDescriptor* wanted = NamesakeOfAny(value, way.to());
      CHECK(way.Send(value.number()).ToString() == "OK");
      ++sent;
      if (wanted != nullptr) {
        CHECK(way.arrived == wanted->number());
        continue;
      }
      left_out.emplace(&way.to(), &value);
      // Not as anything else.
      CHECK((!way.arrived.has_value() || (way.arrived == 0 && !mapped.own->is_repeated() &&
                                          Called(*way.to().value(0)) == "UNSPECIFIED")));
    }
  }
  CHECK(sent > 40);
  const auto listed = AllLeftOut();
  CHECK(left_out == std::set<LeftOut>(listed.begin(), listed.end()));
}

// A message of an older interface as somebody might declare it: it has the field "state".
absl::Status Declared(const std::string& values) {
  FileDescriptorProto file;
  REQUIRE(TextFormat::ParseFromString(
      "name: 'older.proto' package: 'older' syntax: 'proto3' "
      "enum_type { name: 'State' " + values + " } "
      "message_type { name: 'Project' field { name: 'state' number: 1 label: LABEL_OPTIONAL "
      "type: TYPE_ENUM type_name: '.older.State' } }",
      &file));
  DescriptorPool pool(DescriptorPool::generated_pool());
  const auto* built = pool.BuildFile(file);
  REQUIRE(built != nullptr);
  MessageMaps maps;
  return maps
      .FromTwin(*built->message_type(0), *zitadel::project::v2::Project::descriptor())
      .status();
}

TEST_CASE("an answer that could lose a value is told when the server starts, and which") {
  const auto message = [](const absl::Status& status) {
    CHECK(Reason(status) == "api.binding");
    return std::string(status.message());
  };
  using Catch::Contains;
  const std::string none = "value { name: 'STATE_UNSPECIFIED' number: 0 } ";
  const std::string active = "value { name: 'STATE_ACTIVE' number: 5 } ";
  const std::string inactive = "value { name: 'STATE_INACTIVE' number: 6 } ";
  CHECK(Declared(none + active + inactive).ok());
  CHECK(Declared(none + inactive + active + "value { name: 'STATE_MORE' number: 7 }").ok());
  CHECK_THAT(message(Declared(none + active)),
             Contains("older.Project.state has no name for") && Contains("PROJECT_STATE_INACTIVE"));
  // What the twin does not say would be told as a state.
  CHECK_THAT(message(Declared("value { name: 'STATE_ACTIVE' number: 0 } " + inactive +
                              "value { name: 'STATE_UNSPECIFIED' number: 8 } ")),
             Contains("PROJECT_STATE_UNSPECIFIED"));
}

// ---------------------------------------------------------------------- by number

const EnumDescriptor& Enum(const std::string& name) {
  const auto* found = DescriptorPool::generated_pool()->FindEnumTypeByName(name);
  INFO(name);
  REQUIRE(found != nullptr);
  return *found;
}

// Behind what all names of the enum begin with.
std::string Last(const EnumDescriptor& type, int number) {
  const auto* value = type.FindValueByNumber(number);
  if (value == nullptr) return "";
  std::string prefix = absl::AsciiStrToUpper(type.value(0)->name());
  for (int i = 1; i < type.value_count(); ++i) {
    while (!absl::StartsWith(absl::AsciiStrToUpper(type.value(i)->name()), prefix)) {
      prefix.pop_back();
    }
  }
  return absl::AsciiStrToUpper(value->name()).substr(prefix.rfind('_') + 1);
}

TEST_CASE("enums that are taken for each other by their numbers have the same names") {
  const std::string event = "muniment.event.v1.", row = "muniment.row.v1.";
  const std::string app = "zitadel.app.v1.", application = "zitadel.application.v2.";
  struct Pair {
    std::string one, other;
    std::set<int> but;  // numbers that were looked at
  };
  for (const auto& [one, other, but] : std::vector<Pair>{
           {"zitadel.user.v2.Gender", event + "Gender", {}},
           {"zitadel.user.v2.AccessTokenType", event + "AccessTokenType", {}},
           {"zitadel.settings.v1.SecretGeneratorType", event + "GeneratorType", {}},
           // Requests name one; none is for a domain that nobody proved.
           {"zitadel.org.v2.DomainValidationType", event + "DomainProof", {0}},
           // Of the project's owner, and of the user's.
           {"zitadel.project.v2.PrivateLabelingSetting", event + "PrivateLabeling", {1, 2}},
           {application + "APIAuthMethodType", event + "ApiAuthMethod", {}},
           {application + "OIDCResponseType", event + "OidcResponseType", {}},
           {application + "OIDCGrantType", event + "OidcGrantType", {}},
           {application + "OIDCApplicationType", event + "OidcApplicationType", {}},
           {application + "OIDCAuthMethodType", event + "OidcAuthMethod", {}},
           {application + "OIDCTokenType", event + "OidcTokenType", {}},
           {app + "OIDCGrantType", application + "OIDCGrantType", {}},
           {app + "OIDCAppType", application + "OIDCApplicationType", {}},
           {app + "OIDCAuthMethodType", application + "OIDCAuthMethodType", {}},
           {app + "OIDCTokenType", application + "OIDCTokenType", {}},
           // No row says of somebody that he was deleted, or has yet to begin.
           {"zitadel.user.v2.UserState", row + "UserState", {3, 5}},
           {"zitadel.user.v1.UserGrantState", row + "GrantState", {}},
           {"zitadel.authorization.v2.State", row + "GrantState", {}},
           {"zitadel.project.v1.ProjectGrantState", row + "GrantState", {}},
           {"zitadel.project.v2.ProjectGrantState", row + "GrantState", {}},
           {"zitadel.project.v2.GrantedProjectState", row + "GrantState", {}},
           // Of a removed one nothing is answered.
           {"zitadel.project.v2.ProjectState", row + "ProjectState", {3}},
       }) {
    const EnumDescriptor &a = Enum(one), &b = Enum(other);
    INFO(one << " and " << other);
    std::set<int> differ;
    for (const EnumDescriptor* type : {&a, &b}) {
      for (int i = 0; i < type->value_count(); ++i) {
        const int number = type->value(i)->number();
        if (Last(a, number) != Last(b, number)) differ.insert(number);
      }
    }
    CHECK(differ == but);
  }
}

}  // namespace
}  // namespace muniment::gateway
