// Methods that are others' twins: every one that is declared fits, and what goes through arrives.
#include <catch2/catch.hpp>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/api/binding.h"
#include "gateway/api/tight.h"
#include "gateway/services.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"
#include "zitadel/admin.pb.h"
#include "zitadel/auth.pb.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/org/v2/org_service.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptorProto;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using google::protobuf::util::MessageDifferencer;

template <typename T>
T Read(const std::string& text) {
  T message;
  REQUIRE(TextFormat::ParseFromString(text, &message));
  return message;
}

const google::protobuf::MethodDescriptor& Method(const std::string& name) {
  const auto* found = DescriptorPool::generated_pool()->FindMethodByName(name);
  REQUIRE(found != nullptr);
  return *found;
}

struct Given {
  explicit Given(const std::string& method,
                 const std::string& service = "zitadel.auth.v1.AuthService") {
    auto made = Binding::Of(Method(service + "." + method), maps);
    REQUIRE(made.status().message() == "");
    binding = *std::move(made);
    caller.user_id = "7";
    caller.organization_id = "home";
  }
  // Grant g of project p is to the organization o, and there is no other.
  absl::StatusOr<std::unique_ptr<Message>> Make(const Message& own) const {
    return binding->Request(own, caller, [](const std::string& project, const std::string& grant) {
      return project == "p" && grant == "g" ? "o" : "";
    });
  }
  template <typename T>
  void Requests(const Message& own, const std::string& twin) {
    const auto made = Make(own);
    REQUIRE(made.status().message() == "");
    CHECK((*made)->ShortDebugString() == Read<T>(twin).ShortDebugString());
  }
  template <typename T>
  void Answers(const Message& twin, const std::string& own, const Told& told = {}) {
    const auto made = binding->Answer(twin, told);
    REQUIRE(made.status().message() == "");
    CHECK((*made)->ShortDebugString() == Read<T>(own).ShortDebugString());
  }

  MessageMaps maps;
  std::unique_ptr<const Binding> binding;
  Caller caller;
};

TEST_CASE("every method that is another's twin fits it") {
  MessageMaps maps;
  int twins = 0;
  for (const auto* method : PublishedMethods()) {
    INFO(method->full_name());
    const auto binding = Binding::Of(*method, maps);
    CHECK(binding.status().message() == "");
    twins += binding.ok() && *binding != nullptr;
    CHECK((binding.ok() && *binding != nullptr) == method->options().HasExtension(binds));
  }
  CHECK(twins > 30);
}

TEST_CASE("a request goes to its twin with the caller's id, whatever else it says") {
  Given set("SetMyEmail");
  zitadel::auth::v1::SetMyEmailRequest request;
  request.set_email("mo@example.com");
  set.Requests<zitadel::user::v2::SetEmailRequest>(request, "user_id: '7' email: 'mo@example.com'");
  // A text of the request that looks like the place of the caller's id stays what it is.
  request.set_email("{caller}");
  set.Requests<zitadel::user::v2::SetEmailRequest>(request, "user_id: '7' email: '{caller}'");
}

TEST_CASE("what always stands in a request is there beside what it says") {
  Given factors("ListMyAuthFactors");
  factors.Requests<zitadel::user::v2::ListAuthenticationFactorsRequest>(
      zitadel::auth::v1::ListMyAuthFactorsRequest(),
      "user_id: '7' states: [AUTH_FACTOR_STATE_NOT_READY, AUTH_FACTOR_STATE_READY]");
}

TEST_CASE("what the v1 interface replaces is set, empty too, and enums go by name") {
  Given update("UpdateMyProfile");
  update.Requests<zitadel::user::v2::UpdateHumanUserRequest>(
      Read<zitadel::auth::v1::UpdateMyProfileRequest>(
          "first_name: 'Mo' last_name: 'E' display_name: 'M' gender: GENDER_DIVERSE"),
      "user_id: '7' profile { given_name: 'Mo' family_name: 'E' nick_name: '' display_name: 'M' "
      "preferred_language: '' gender: GENDER_DIVERSE }");
}

TEST_CASE("an answer is made of its twin's, by path and by value's name") {
  const auto user = Read<zitadel::user::v2::GetUserByIDResponse>(
      "user { user_id: '7' state: USER_STATE_INITIAL username: 'mo' login_names: ['a', 'b'] "
      "human { profile { given_name: 'Mo' gender: GENDER_DIVERSE } "
      "email { email: 'e' is_verified: true } } } "
      "details { sequence: 9 change_date { seconds: 5 } resource_owner: 'o' }");
  Given profile("GetMyProfile");
  profile.Answers<zitadel::auth::v1::GetMyProfileResponse>(
      user,
      "details { sequence: 9 change_date { seconds: 5 } resource_owner: 'o' } "
      "profile { first_name: 'Mo' gender: GENDER_DIVERSE }");
  Given email("GetMyEmail");
  email.Answers<zitadel::auth::v1::GetMyEmailResponse>(
      user,
      "details { sequence: 9 change_date { seconds: 5 } resource_owner: 'o' } "
      "email { email: 'e' is_email_verified: true }");
  // A machine has none of it.
  profile.Answers<zitadel::auth::v1::GetMyProfileResponse>(
      Read<zitadel::user::v2::GetUserByIDResponse>("user { machine { name: 'x' } }"), "");
}

TEST_CASE("bytes that stand for an object hold its JSON, and others are refused by name") {
  Given verify("VerifyMyAuthFactorU2F");
  auto request = Read<zitadel::auth::v1::VerifyMyAuthFactorU2FRequest>(
      R"(verification { public_key_credential: '{"id": "x"}' token_name: 'Blue' })");
  verify.Requests<zitadel::user::v2::VerifyU2FRegistrationRequest>(
      request,
      "user_id: '7' token_name: 'Blue' public_key_credential { fields { key: 'id' "
      "value { string_value: 'x' } } }");
  for (const char* bytes : {"", "x", "[]", "{\"a\":", "\xff\xfe"}) {
    INFO(bytes);
    request.mutable_verification()->set_public_key_credential(bytes);
    const auto made = verify.Make(request);
    CHECK(Reason(made.status()) == "request.public_key_credential.malformed");
    CHECK(made.status().code() == absl::StatusCode::kInvalidArgument);
  }
}

TEST_CASE("an enum value that the twin does not have is refused by name") {
  Given list("ListMyMetadata");
  auto request = Read<zitadel::auth::v1::ListMyMetadataRequest>(
      "queries { key_query { key: 'a' method: TEXT_QUERY_METHOD_CONTAINS } }");
  list.Requests<zitadel::user::v2::ListUserMetadataRequest>(
      request,
      "user_id: '7' filters { key_filter { key: 'a' method: TEXT_FILTER_METHOD_CONTAINS } }");
  request.mutable_queries(0)->mutable_key_query()->set_method(
      static_cast<zitadel::v1::TextQueryMethod>(99));
  CHECK(Reason(list.Make(request).status()) == "request.method.undefined");
}

constexpr char kAdmin[] = "zitadel.admin.v1.AdminService";
constexpr char kManagement[] = "zitadel.management.v1.ManagementService";

TEST_CASE("a request goes where the call works: the caller's organization, or the one he named") {
  using zitadel::org::v2::UpdateOrganizationRequest;
  Given update("UpdateOrg", kManagement);
  const auto request = Read<zitadel::management::v1::UpdateOrgRequest>("name: '{organization}'");
  update.Requests<UpdateOrganizationRequest>(request,
                                             "organization_id: 'home' name: '{organization}'");
  update.caller.chosen_organization_id = "there";
  update.Requests<UpdateOrganizationRequest>(request,
                                             "organization_id: 'there' name: '{organization}'");
}

TEST_CASE("a field by a repeated one is of its one element, and a list may be of one") {
  using zitadel::org::v2::AddOrganizationRequest;
  using zitadel::org::v2::AddOrganizationResponse;
  Given set_up("SetUpOrg", kAdmin);
  set_up.Requests<AddOrganizationRequest>(
      Read<zitadel::admin::v1::SetUpOrgRequest>(
          "org { name: 'Acme' } roles: ['ORG_OWNER', 'ORG_OWNER_VIEWER'] human { user_name: 'mo' "
          "profile { first_name: 'Mo' last_name: 'E' } email { email: 'mo@example.com' } }"),
      "name: 'Acme' admins { roles: ['ORG_OWNER', 'ORG_OWNER_VIEWER'] human { username: 'mo' "
      "profile { given_name: 'Mo' family_name: 'E' } email { email: 'mo@example.com' } } }");
  // Nobody is made where nobody is named.
  set_up.Requests<AddOrganizationRequest>(
      Read<zitadel::admin::v1::SetUpOrgRequest>("org { name: 'Acme' }"), "name: 'Acme'");
  set_up.Answers<zitadel::admin::v1::SetUpOrgResponse>(
      Read<AddOrganizationResponse>("organization_id: '3' created_admins { user_id: '4' } "
                                    "created_admins { user_id: '5' } details { sequence: 9 }"),
      "details { sequence: 9 } org_id: '3' user_id: '4'");
  set_up.Answers<zitadel::admin::v1::SetUpOrgResponse>(
      Read<AddOrganizationResponse>("organization_id: '3'"), "org_id: '3'");

  Given remove("RemoveOrgMetadata", kManagement);
  remove.Requests<zitadel::org::v2::DeleteOrganizationMetadataRequest>(
      Read<zitadel::management::v1::RemoveOrgMetadataRequest>("key: 'colour'"),
      "organization_id: 'home' keys: 'colour'");
  Given entry("SetOrgMetadata", kManagement);
  entry.Requests<zitadel::org::v2::SetOrganizationMetadataRequest>(
      Read<zitadel::management::v1::SetOrgMetadataRequest>("key: 'colour' value: 'green'"),
      "organization_id: 'home' metadata { key: 'colour' value: 'green' }");
}

TEST_CASE("what is none when it is empty is left out, and said where it is not") {
  using zitadel::org::v2::AddOrganizationRequest;
  Given set_up("SetUpOrg", kAdmin);
  const std::string rest = "org { name: 'A' } human { user_name: 'mo' profile { first_name: 'M' "
                           "last_name: 'E' nick_name: 'N' display_name: 'D' "
                           "preferred_language: 'de' gender: GENDER_FEMALE } "
                           "phone { phone: '+41791234567' ";
  set_up.Requests<AddOrganizationRequest>(
      Read<zitadel::admin::v1::SetUpOrgRequest>(
          rest + "is_phone_verified: true } email { email: 'e' is_email_verified: true } "
                 "password: 'x' }"),
      "name: 'A' admins { human { username: 'mo' profile { given_name: 'M' family_name: 'E' "
      "nick_name: 'N' display_name: 'D' preferred_language: 'de' gender: GENDER_FEMALE } "
      "email { email: 'e' is_verified: true } password { password: 'x' } "
      "phone { phone: '+41791234567' is_verified: true } } }");
  set_up.Requests<AddOrganizationRequest>(
      Read<zitadel::admin::v1::SetUpOrgRequest>(rest + "} email { email: 'e' } }"),
      "name: 'A' admins { human { username: 'mo' profile { given_name: 'M' family_name: 'E' "
      "nick_name: 'N' display_name: 'D' preferred_language: 'de' gender: GENDER_FEMALE } "
      "email { email: 'e' } phone { phone: '+41791234567' } } }");
}

TEST_CASE("a grant's own id goes to the twin as the organization that it is to") {
  using zitadel::internal_permission::v2::CreateAdministratorRequest;
  Given add("AddProjectGrantMember", kManagement);
  auto request = Read<zitadel::management::v1::AddProjectGrantMemberRequest>(
      "project_id: 'p' grant_id: 'g' user_id: '9' roles: 'PROJECT_GRANT_OWNER'");
  add.Requests<CreateAdministratorRequest>(
      request,
      "user_id: '9' resource { project_grant { project_id: 'p' organization_id: 'o' } } "
      "roles: 'PROJECT_GRANT_OWNER'");
  // An organization's id is none of a grant, and a grant of another project is not this one's.
  for (const auto& [project, grant] : {std::pair("p", "o"), {"q", "g"}}) {
    request.set_project_id(project);
    request.set_grant_id(grant);
    add.Requests<CreateAdministratorRequest>(
        request, absl::StrCat("user_id: '9' resource { project_grant { project_id: '", project,
                              "' organization_id: '' } } roles: 'PROJECT_GRANT_OWNER'"));
  }
}

TEST_CASE("an answer whose twin tells no details is told those of the commit") {
  using zitadel::management::v1::UpdateOrgResponse;
  Given update("UpdateOrg", kManagement);
  const command::Stamp stamp = {.sequence = 8,
                                .created = absl::FromUnixSeconds(3),
                                .changed = absl::FromUnixSeconds(5),
                                .owner = "home"};
  update.Answers<UpdateOrgResponse>(
      Read<zitadel::org::v2::UpdateOrganizationResponse>("change_date { seconds: 5 }"),
      "details { sequence: 8 creation_date { seconds: 3 } change_date { seconds: 5 } "
      "resource_owner: 'home' }",
      {.sequence = 9, .stamp = &stamp});
  Given list("ListOrgMetadata", kManagement);
  list.Answers<zitadel::management::v1::ListOrgMetadataResponse>(
      Read<zitadel::org::v2::ListOrganizationMetadataResponse>("pagination { total_result: 2 }"),
      "details { total_result: 2 processed_sequence: 9 view_timestamp { seconds: 6 } }",
      {.sequence = 9, .now = absl::FromUnixSeconds(6)});
}

// A twin of UserService/SetEmail as somebody might declare it wrongly.
absl::Status Declared(const std::string& field, const std::string& binding) {
  FileDescriptorProto file;
  REQUIRE(TextFormat::ParseFromString(
      "name: 'wrong.proto' package: 'wrong' "
      "dependency: 'muniment/options.proto' dependency: 'muniment/binding_options.proto' "
      "message_type { name: 'Request' field { number: 1 label: LABEL_OPTIONAL " + field + " } } "
      "message_type { name: 'Answer' } "
      "service { name: 'Wrong' method { name: 'Set' input_type: '.wrong.Request' "
      "output_type: '.wrong.Answer' options { [muniment.binds] { " + binding + " } } } }",
      &file));
  DescriptorPool pool(DescriptorPool::generated_pool());
  const auto* built = pool.BuildFile(file);
  REQUIRE(built != nullptr);
  MessageMaps maps;
  // The answer has no class of its own; a binding that gets so far has been held to be whole.
  return Binding::Of(*built->service(0)->method(0), maps).status();
}

TEST_CASE("a twin that does not fit is told when the server starts, and where") {
  const std::string email =
      "name: 'email' type: TYPE_STRING options { [muniment.limit] { required: true max_len: 200 "
      "email: true } }";
  const std::string to = "method: 'zitadel.user.v2.UserService/SetEmail' ";
  const auto message = [&](const std::string& field, const std::string& binding) {
    const absl::Status status = Declared(field, binding);
    CHECK(Reason(status) == "api.binding");
    return std::string(status.message());
  };
  using Catch::Contains;
  CHECK_THAT(message(email, "method: 'zitadel.user.v2.UserService/None'"), Contains("there is no"));
  CHECK_THAT(message(email, to), Contains("nothing says zitadel.user.v2.SetEmailRequest.user_id"));
  CHECK_THAT(message(email, to + "with: 'user_idd: \"{caller}\"'"), Contains("user_idd"));
  const std::string with = to + "with: 'user_id: \"{caller}\"'";
  CHECK_THAT(message("name: 'mail' type: TYPE_STRING", with), Contains("has no twin"));
  CHECK_THAT(message("name: 'email' type: TYPE_BOOL", with), Contains("another type"));
  CHECK_THAT(message("name: 'email' type: TYPE_STRING", with), Contains("held to the required"));
  CHECK_THAT(message("name: 'email' type: TYPE_STRING options { [muniment.lookup]: "
                     "LOOKUP_GRANTED_ORGANIZATION }",
                     with),
             Contains("no id of a grant"));
  CHECK_THAT(message("name: 'email' type: TYPE_STRING options { [muniment.limit] { required: true } }",
                     with),
             Contains("held to the max_len"));
  CHECK_THAT(message("name: 'email' type: TYPE_STRING options { [muniment.limit] { required: true "
                     "max_len: 200 } }",
                     with),
             Contains("held to the email"));
}

TEST_CASE("a value that is not defined does not pass by a twin that is not held to them") {
  const auto* pool = DescriptorPool::generated_pool();
  const auto* other = pool->FindFieldByName("zitadel.metadata.v2.MetadataKeyFilter.method");
  REQUIRE(other != nullptr);
  REQUIRE(other->options().GetExtension(limit).defined_only());
  FileDescriptorProto file;
  REQUIRE(TextFormat::ParseFromString(
      "name: 'loose.proto' package: 'loose' dependency: 'zitadel/filter/v2/filter.proto' "
      "enum_type { name: 'Method' value { name: 'METHOD_UNSPECIFIED' number: 0 } } "
      "message_type { name: 'Request' "
      "field { name: 'same' number: 1 label: LABEL_OPTIONAL type: TYPE_ENUM "
      "type_name: '.zitadel.filter.v2.TextFilterMethod' } "
      "field { name: 'mapped' number: 2 label: LABEL_OPTIONAL type: TYPE_ENUM "
      "type_name: '.loose.Method' } }",
      &file));
  file.set_syntax("proto3");
  DescriptorPool loose(pool);
  const auto* built = loose.BuildFile(file);
  REQUIRE(built != nullptr);
  const absl::Status same = CheckAsTight(*built->message_type(0)->field(0), *other);
  CHECK(Reason(same) == "api.binding");
  CHECK_THAT(std::string(same.message()), Catch::Contains("held to the defined_only"));
  CHECK(CheckAsTight(*built->message_type(0)->field(1), *other).ok());
}

}  // namespace
}  // namespace muniment::gateway
