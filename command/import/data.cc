#include "command/import/data.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/error.h"
#include "base/key_pair.h"
#include "command/management/person.h"
#include "command/project/grant.h"
#include "command/rule.h"
#include "command/user/machine_credentials.h"
#include "google/protobuf/util/time_util.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"
#include "zitadel/v1.pb.h"

namespace muniment::command {
namespace {

using google::protobuf::Message;
using google::protobuf::util::TimeUtil;
using zitadel::admin::v1::ImportDataRequest;
using zitadel::management::v1::AddProjectGrantResponse;
using zitadel::management::v1::ImportHumanUserResponse;
using zitadel::user::v2::AddKeyRequest;
using zitadel::user::v2::AddKeyResponse;
using zitadel::v1::v1::DataHumanUser;
using zitadel::user::v2::CreateUserRequest;
using zitadel::user::v2::CreateUserResponse;
using zitadel::v1::v1::DataMachineKey;
using zitadel::v1::v1::DataMachineUser;
using zitadel::v1::v1::DataProjectGrant;

constexpr absl::string_view kImportHumanUser =
    "zitadel.management.v1.ManagementService/ImportHumanUser";
constexpr absl::string_view kAddProjectGrant =
    "zitadel.management.v1.ManagementService/AddProjectGrant";
constexpr absl::string_view kCreateUser = "zitadel.user.v2.UserService/CreateUser";
constexpr absl::string_view kAddKey = "zitadel.user.v2.UserService/AddKey";

constexpr absl::Duration kLeastTime = absl::Milliseconds(1);
constexpr absl::Duration kMostTime = absl::Hours(1);

// What a published method's handler says to a request that fits its target.
template <class Response, class Request>
absl::StatusOr<Response> AsPublished(absl::string_view method, Unit& unit, const Request& request) {
  const auto& all = Handlers();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [method](const Handler& one) { return one.method == method; });
  MUNIMENT_CHECK(found != all.end());
  ASSIGN_OR_RETURN(const std::unique_ptr<Message> answer, found->run(unit, request));
  return static_cast<const Response&>(*answer);
}

// In the commit that makes him, so that who is locked elsewhere signs in here at no moment.
absl::Status Close(Unit& unit, const std::string& user_id, zitadel::user::v1::UserState state) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(user_id));
  if (state == zitadel::user::v1::USER_STATE_LOCKED) {
    unit.Raise(user, event::v1::UserLocked());
  } else if (state == zitadel::user::v1::USER_STATE_INACTIVE) {
    unit.Raise(user, event::v1::UserDeactivated());
  }
  return absl::OkStatus();
}

absl::StatusOr<ImportHumanUserResponse> AddHumanOf(Unit& unit, const DataHumanUser& data) {
  ASSIGN_OR_RETURN(auto person, ImportedPerson(data.user()));
  if (!data.user_id().empty()) person.set_user_id(data.user_id());
  ASSIGN_OR_RETURN(auto response, AddPerson<ImportHumanUserResponse>(unit, person));
  RETURN_IF_ERROR(Close(unit, response.user_id(), data.state()));
  return response;
}

absl::StatusOr<CreateUserResponse> AddMachineOf(Unit& unit, const DataMachineUser& data) {
  const auto& user = data.user();
  const std::string& id = data.user_id().empty() ? user.user_id() : data.user_id();
  if (user.has_user_id() && user.user_id() != id) {
    return Error(absl::StatusCode::kInvalidArgument, "import.two_ids",
                 "Two different ids are chosen for it.");
  }
  CreateUserRequest request;
  if (!id.empty()) request.set_user_id(id);
  request.set_username(user.user_name());
  request.mutable_machine()->set_name(user.name());
  if (!user.description().empty()) request.mutable_machine()->set_description(user.description());
  // The types share their numbers.
  request.mutable_machine()->set_access_token_type(
      static_cast<zitadel::user::v2::AccessTokenType>(user.access_token_type()));
  ASSIGN_OR_RETURN(auto response, AsPublished<CreateUserResponse>(kCreateUser, unit, request));
  RETURN_IF_ERROR(Close(unit, response.id(), data.state()));
  return response;
}

absl::StatusOr<AddProjectGrantResponse> AddGrantOf(Unit& unit, const DataProjectGrant& data) {
  const auto& grant = data.project_grant();
  AddProjectGrantResponse response;
  ASSIGN_OR_RETURN(
      *response.mutable_grant_id(),
      GrantProject(unit, grant.granted_org_id(), grant.role_keys(), data.grant_id()));
  return response;
}

// The published method gives each key an id of its own, so the same import again would add it again.
absl::Status MustBeNew(Unit& unit, const DataMachineKey& data) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const std::string key, CheckPublicKey(data.public_key()));
  ASSIGN_OR_RETURN(const auto credentials, unit.LoadAny<MachineCredentials>(user.id()));
  for (const auto& [id, added] : credentials->keys) {
    if (added.public_key() != key) continue;
    return Error(absl::StatusCode::kAlreadyExists, "machine_key.already_exists",
                 absl::StrCat("The machine has this key, by the id ", id, "."));
  }
  return absl::OkStatus();
}

absl::StatusOr<AddKeyResponse> AddKeyOf(Unit& unit, const DataMachineKey& data) {
  RETURN_IF_ERROR(MustBeNew(unit, data));
  AddKeyRequest request;
  request.set_user_id(data.user_id());
  request.set_public_key(data.public_key());
  *request.mutable_expiration_date() = data.expiration_date();
  if (!data.has_expiration_date()) {
    request.mutable_expiration_date()->set_seconds(TimeUtil::kTimestampMaxSeconds);
  }
  return AsPublished<AddKeyResponse>(kAddKey, unit, request);
}

// `field`: where the item has what the method's request has in the field that its rule names.
template <class Item, class Response>
Handler HandlerOf(absl::string_view method, const std::string& field,
                  absl::StatusOr<Response> (*function)(Unit&, const Item&)) {
  Handler handler = MakeHandler<Item, Response, Unit>(method, function);
  const auto rule = RuleOf(method);
  MUNIMENT_CHECK(rule.ok());
  handler.rule = rule->rule;
  handler.rule->set_field(field);
  return handler;
}

}  // namespace

const Handler* DataHandler(const google::protobuf::Descriptor& item) {
  static const auto* const handlers = new std::vector<Handler>{
      HandlerOf(kImportHumanUser, "", &AddHumanOf),
      HandlerOf(kCreateUser, "", &AddMachineOf),
      HandlerOf(kAddProjectGrant, "project_grant.project_id", &AddGrantOf),
      HandlerOf(kAddKey, "user_id", &AddKeyOf),
  };
  const auto found = std::find_if(handlers->begin(), handlers->end(),
                                  [&item](const Handler& one) { return one.request == &item; });
  return found == handlers->end() ? nullptr : &*found;
}

absl::StatusOr<absl::Duration> ImportTime(const ImportDataRequest& request) {
  if (request.timeout().empty()) return absl::InfiniteDuration();
  absl::Duration time;
  if (!absl::ParseDuration(request.timeout(), &time)) {
    return Error(absl::StatusCode::kInvalidArgument, "request.timeout.malformed",
                 "timeout: a duration, such as 90s or 5m");
  }
  if (time < kLeastTime || time > kMostTime) {
    return Error(absl::StatusCode::kInvalidArgument, "request.timeout.out_of_range",
                 absl::StrCat("timeout: from ", absl::FormatDuration(kLeastTime), " to ",
                              absl::FormatDuration(kMostTime)));
  }
  return time;
}

}  // namespace muniment::command
