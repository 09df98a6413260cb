// Methods of zitadel.management.v1 that are others' twins: what their requests say besides a name,
// and answers that are not what was asked for.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "base/error.h"
#include "gateway/api/binding.h"
#include "google/protobuf/text_format.h"
#include "zitadel/admin.pb.h"
#include "zitadel/application/v2/application_service.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

namespace v1 = zitadel::management::v1;
namespace v2 = zitadel::user::v2;

using google::protobuf::DescriptorPool;
using google::protobuf::Message;
using google::protobuf::TextFormat;

template <typename T>
T Read(const std::string& text) {
  T message;
  REQUIRE(TextFormat::ParseFromString(text, &message));
  return message;
}

struct Twin {
  explicit Twin(const std::string& method) {
    const auto* found = DescriptorPool::generated_pool()->FindMethodByName(
        "zitadel.management.v1.ManagementService." + method);
    REQUIRE(found != nullptr);
    auto made = Binding::Of(*found, maps);
    REQUIRE(made.status().message() == "");
    binding = *std::move(made);
    caller.user_id = "7";
    caller.organization_id = "home";
    caller.chosen_organization_id = "acme";
  }
  absl::StatusOr<std::unique_ptr<Message>> Make(const Message& own) const {
    return binding->Request(own, caller,
                            [](const std::string&, const std::string&) { return ""; });
  }
  template <typename Own, typename Other>
  void Requests(const std::string& own, const std::string& twin) const {
    const auto made = Make(Read<Own>(own));
    REQUIRE(made.status().message() == "");
    CHECK((*made)->ShortDebugString() == Read<Other>(twin).ShortDebugString());
  }

  MessageMaps maps;
  std::unique_ptr<const Binding> binding;
  Caller caller;
};

TEST_CASE("what the older interface denies the newer asserts, said or not") {
  const Twin set("SetHumanPassword");
  set.Requests<v1::SetHumanPasswordRequest, v2::SetPasswordRequest>(
      "user_id: '1' password: 'x'",
      "user_id: '1' new_password { password: 'x' change_required: true }");
  set.Requests<v1::SetHumanPasswordRequest, v2::SetPasswordRequest>(
      "user_id: '1' password: 'x' no_change_required: true",
      "user_id: '1' new_password { password: 'x' }");
}

TEST_CASE("what the older interface never says stands in the twin's request all the same") {
  const Twin first("SetHumanInitialPassword");
  first.Requests<v1::SetHumanInitialPasswordRequest, v2::SetPasswordRequest>(
      "user_id: '1' password: 'x'",
      "user_id: '1' new_password { password: 'x' change_required: true }");
  const Twin config("UpdateAPIAppConfig");
  config.Requests<v1::UpdateAPIAppConfigRequest,
                  zitadel::application::v2::UpdateApplicationRequest>(
      "project_id: 'p' app_id: 'a'", "project_id: 'p' application_id: 'a' api_configuration {}");
}

TEST_CASE("what is empty is left out where it says so, and else replaces") {
  const Twin add("AddMachineUser");
  add.Requests<v1::AddMachineUserRequest, v2::CreateUserRequest>(
      "user_name: 'job' name: 'A job'",
      "organization_id: 'acme' username: 'job' machine { name: 'A job' }");
  const Twin update("UpdateMachine");
  update.Requests<v1::UpdateMachineRequest, v2::UpdateUserRequest>(
      "user_id: '1' name: 'A job'",
      "user_id: '1' machine { name: 'A job' description: '' "
      "access_token_type: ACCESS_TOKEN_TYPE_BEARER }");
  const Twin email("UpdateHumanEmail");
  email.Requests<v1::UpdateHumanEmailRequest, v2::SetEmailRequest>(
      "user_id: '1' email: 'a@example.com'", "user_id: '1' email: 'a@example.com'");
  email.Requests<v1::UpdateHumanEmailRequest, v2::SetEmailRequest>(
      "user_id: '1' email: 'a@example.com' is_email_verified: true",
      "user_id: '1' email: 'a@example.com' is_verified: true");
}

TEST_CASE("a time that is not said is the one that always stands in the twin's request") {
  const Twin add("AddPersonalAccessToken");
  add.Requests<v1::AddPersonalAccessTokenRequest, v2::AddPersonalAccessTokenRequest>(
      "user_id: '1'", "user_id: '1' expiration_date { seconds: 253402300799 }");
  add.Requests<v1::AddPersonalAccessTokenRequest, v2::AddPersonalAccessTokenRequest>(
      "user_id: '1' expiration_date { seconds: 5 }", "user_id: '1' expiration_date { seconds: 5 }");
}

TEST_CASE("conditions that a request says in fields stand beside each other, and before its own") {
  const Twin get("GetMachineKeyByIDs");
  get.Requests<v1::GetMachineKeyByIDsRequest, v2::ListKeysRequest>(
      "user_id: '1' key_id: '2'",
      "filters { user_id_filter { id: '1' } } filters { key_id_filter { id: '2' } }");
  const Twin list("ListApps");
  list.Requests<v1::ListAppsRequest, zitadel::application::v2::ListApplicationsRequest>(
      "project_id: 'p' queries { name_query { name: 'a' method: TEXT_QUERY_METHOD_CONTAINS } }",
      "filters { project_id_filter { project_id: 'p' } } "
      "filters { name_filter { name: 'a' method: TEXT_FILTER_METHOD_CONTAINS } }");
  const Twin users("ListUsers");
  users.Requests<v1::ListUsersRequest, v2::ListUsersRequest>(
      "queries { state_query { state: USER_STATE_INITIAL } }",
      "queries { organization_id_query { organization_id: 'acme' } } "
      "queries { state_query { state: USER_STATE_INITIAL } } "
      "sorting_column: USER_FIELD_NAME_UNSPECIFIED");
}

TEST_CASE("a part of a project is named behind it") {
  const Twin changes("ListAppChanges");
  changes.Requests<v1::ListAppChangesRequest, zitadel::admin::v1::ListEventsRequest>(
      "project_id: 'p' app_id: 'a' query { limit: 3 asc: true }",
      "aggregate_id: 'p/a' aggregate_types: 'project' limit: 3 asc: true");
}

TEST_CASE("a value that the twin takes for nothing said is not sent as one") {
  const Twin add("AddOIDCApp");
  auto request = Read<v1::AddOIDCAppRequest>(
      "project_id: 'p' name: 'a' response_types: [OIDC_RESPONSE_TYPE_CODE]");
  const auto made = add.Make(request);
  REQUIRE(made.ok());
  const auto& twin = static_cast<const zitadel::application::v2::CreateApplicationRequest&>(**made);
  CHECK(twin.oidc_configuration().response_types(0) ==
        zitadel::application::v2::OIDC_RESPONSE_TYPE_CODE);
  request.add_response_types(static_cast<zitadel::app::v1::OIDCResponseType>(9));
  CHECK(Reason(add.Make(request).status()) == "request.response_types.undefined");
}

TEST_CASE("what was asked for and is not in the answer is not found") {
  const Twin get("GetPersonalAccessTokenByIDs");
  const auto none = get.binding->Answer(v2::ListPersonalAccessTokensResponse());
  CHECK(none.status().code() == absl::StatusCode::kNotFound);
  CHECK(Reason(none.status()) == "personal_access_token.not_found");
  const auto found = get.binding->Answer(Read<v2::ListPersonalAccessTokensResponse>(
      "result { id: '2' organization_id: 'acme' creation_date { seconds: 5 } }"));
  REQUIRE(found.ok());
  CHECK((*found)->ShortDebugString() ==
        Read<v1::GetPersonalAccessTokenByIDsResponse>(
            "token { id: '2' details { creation_date { seconds: 5 } resource_owner: 'acme' } }")
            .ShortDebugString());

  const Twin app("GetAppByID");
  const auto answer = Read<zitadel::application::v2::GetApplicationResponse>(
      "application { application_id: 'a' project_id: 'p' state: APPLICATION_STATE_ACTIVE }");
  auto asked = Read<v1::GetAppByIDRequest>("project_id: 'p' app_id: 'a'");
  const auto same = app.binding->Answer(answer, {.owner = "acme", .request = &asked});
  REQUIRE(same.ok());
  CHECK((*same)->ShortDebugString() ==
        Read<v1::GetAppByIDResponse>(
            "app { id: 'a' details { resource_owner: 'acme' } state: APP_STATE_ACTIVE }")
            .ShortDebugString());
  asked.set_project_id("another");
  const auto other = app.binding->Answer(answer, {.request = &asked});
  CHECK(Reason(other.status()) == "application.not_found");
}

}  // namespace
}  // namespace muniment::gateway
