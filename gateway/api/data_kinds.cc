#include "gateway/api/data_kinds.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "zitadel/admin.pb.h"
#include "zitadel/management.pb.h"
#include "zitadel/org.pb.h"
#include "zitadel/user.pb.h"
#include "zitadel/v1.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using zitadel::org::v1::Domain;
using zitadel::org::v1::OrgState;
using zitadel::user::v1::UserState;
using zitadel::v1::v1::DataHumanUser;
using zitadel::v1::v1::DataMachineUser;

namespace management = zitadel::management::v1;

constexpr absl::string_view kSettings = "settings of organizations";
constexpr absl::string_view kTexts = "texts of one's own";
constexpr absl::string_view kProviders = "identity providers";
constexpr absl::string_view kActions = "actions";

// Unspecified in the older form, which says nothing of it.
OrgState StateOf(const Message& org) {
  const FieldDescriptor* field = org.GetDescriptor()->FindFieldByName("org_state");
  if (field == nullptr) return zitadel::org::v1::ORG_STATE_UNSPECIFIED;
  return static_cast<OrgState>(org.GetReflection()->GetEnumValue(org, field));
}

bool IsMade(const Message& org) {
  return org.GetReflection()->HasField(org, org.GetDescriptor()->FindFieldByName("org"));
}

bool IsInactive(const Message& org) {
  return StateOf(org) == zitadel::org::v1::ORG_STATE_INACTIVE;
}

std::unique_ptr<Message> Deactivated(const Message&) {
  return std::make_unique<management::DeactivateOrgRequest>();
}

// Requests that say a domain, and no more.
template <class Request>
std::unique_ptr<Message> OfDomain(const Message& item) {
  auto request = std::make_unique<Request>();
  request->set_domain(static_cast<const Domain&>(item).domain_name());
  return request;
}

absl::Status AdmitIn(const std::string& named, const std::string& organization) {
  if (named.empty() || named == organization) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "import.other_org",
               "It is said to be another organization's than the one that it stands in.");
}

absl::Status AdmitDomainOf(const Message& item, const std::string& organization) {
  return AdmitIn(static_cast<const Domain&>(item).org_id(), organization);
}

bool IsPrimary(const Message& item) { return static_cast<const Domain&>(item).is_primary(); }

template <class Item>
absl::Status AdmitUser(const Message& item, const std::string&) {
  const UserState state = static_cast<const Item&>(item).state();
  if (state != zitadel::user::v1::USER_STATE_DELETED &&
      state != zitadel::user::v1::USER_STATE_SUSPEND) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kUnimplemented, "import.user_state",
               "Nobody is made who is deleted or suspended: leave him out, or say that he is inactive.");
}

std::vector<DataKind> OrganizationKinds() {
  return {
      {.type = "org", .known_by = {"org_id"}, .method = "AddOrg", .request = "org",
       .chosen = "organization_id", .made = "organization_id", .asked = &IsMade},
      {.field = "domains", .type = "domain", .known_by = {"domain_name"}, .method = "AddOrgDomain",
       .make = &OfDomain<management::AddOrgDomainRequest>, .success = "domains",
       .admit = &AdmitDomainOf},
      {.field = "domains", .type = "domain", .known_by = {"domain_name"},
       .method = "SetPrimaryOrgDomain", .make = &OfDomain<management::SetPrimaryOrgDomainRequest>,
       .asked = &IsPrimary, .admit = &AdmitDomainOf},
  };
}

absl::Status AdmitOrgOf(const Message& item, const std::string& organization) {
  return AdmitIn(DataText(item, "org_id"), organization);
}

// The older form's request has a message of its own.
std::unique_ptr<Message> OrgIamPolicy(const Message& item) {
  const auto& said = static_cast<const zitadel::v1::v1::AddCustomOrgIAMPolicyRequest&>(item);
  auto request = std::make_unique<zitadel::admin::v1::AddCustomOrgIAMPolicyRequest>();
  request->set_org_id(said.org_id());
  request->set_user_login_must_be_domain(said.user_login_must_be_domain());
  return request;
}

// Before all that they are about.
std::vector<DataKind> SettingKinds() {
  return {
      {.field = "domain_policy", .type = "domain_policy",
       .method = "zitadel.admin.v1.AdminService/AddCustomDomainPolicy", .admit = &AdmitOrgOf},
      {.field = "iam_policy", .type = "iam_policy",
       .method = "zitadel.admin.v1.AdminService/AddCustomOrgIAMPolicy", .make = &OrgIamPolicy,
       .admit = &AdmitOrgOf},
      {.field = "lockout_policy", .type = "lockout_policy", .method = "AddCustomLockoutPolicy"},
      {.field = "login_policy", .type = "login_policy", .method = "AddCustomLoginPolicy"},
      {.field = "second_factors", .type = "second_factor", .known_by = {"type"},
       .method = "AddSecondFactorToLoginPolicy"},
      {.field = "multi_factors", .type = "multi_factor", .known_by = {"type"},
       .method = "AddMultiFactorToLoginPolicy"},
      {.field = "password_complexity_policy", .type = "password_complexity_policy",
       .method = "AddCustomPasswordComplexityPolicy"},
      {.field = "privacy_policy", .type = "privacy_policy", .method = "AddCustomPrivacyPolicy"},
  };
}

std::vector<DataKind> ProjectKinds() {
  return {
      {.field = "projects", .type = "project", .known_by = {"project_id"}, .method = "AddProject",
       .request = "project", .chosen = "project_id", .made = "project_id",
       .success = "project_ids"},
      {.field = "project_roles", .type = "project_role", .known_by = {"project_id", "role_key"},
       .method = "AddProjectRole", .success = "project_roles"},
      {.field = "api_apps", .type = "api_app", .known_by = {"app_id"}, .method = "AddAPIApp",
       .request = "app", .chosen = "application_id", .made = "application_id",
       .success = "api_app_ids"},
      {.field = "oidc_apps", .type = "oidc_app", .known_by = {"app_id"}, .method = "AddOIDCApp",
       .request = "app", .chosen = "application_id", .made = "application_id",
       .success = "oidc_app_ids"},
  };
}

std::vector<DataKind> UserKinds() {
  return {
      {.field = "human_users", .type = "human_user", .known_by = {"user_id"},
       .method = "ImportHumanUser", .made = "user_id", .success = "human_user_ids",
       .admit = &AdmitUser<DataHumanUser>},
      {.field = "machine_users", .type = "machine_user", .known_by = {"user_id"},
       .method = "AddMachineUser", .made = "id", .success = "machine_user_ids",
       .admit = &AdmitUser<DataMachineUser>},
      {.field = "machine_keys", .type = "machine_key", .known_by = {"key_id"},
       .method = "AddMachineKey", .made = "key_id", .success = "machine_keys"},
      {.field = "user_metadata", .type = "user_metadata", .known_by = {"id", "key"},
       .method = "SetUserMetadata", .success = "user_metadata"},
  };
}

std::vector<DataKind> AccessKinds() {
  return {
      {.field = "project_grants", .type = "project_grant",
       .known_by = {"grant_id", "project_grant.project_id", "project_grant.granted_org_id"},
       .method = "AddProjectGrant", .made = "grant_id", .success = "project_grants"},
      {.field = "user_grants", .type = "user_grant", .known_by = {"project_id", "user_id"},
       .method = "AddUserGrant", .success = "user_grants"},
      {.field = "org_members", .type = "org_member", .known_by = {"user_id"},
       .method = "AddOrgMember", .success = "org_members"},
      {.field = "project_members", .type = "project_member", .known_by = {"project_id", "user_id"},
       .method = "AddProjectMember", .success = "project_members"},
      {.field = "project_grant_members", .type = "project_grant_member",
       .known_by = {"project_id", "grant_id", "user_id"}, .method = "AddProjectGrantMember",
       .success = "project_grant_members"},
      {.field = "org_state", .type = "org_state", .known_by = {"org_id"}, .method = "DeactivateOrg",
       .make = &Deactivated, .asked = &IsInactive, .closes = true},
  };
}

std::vector<DataKind> UnservedKinds() {
  return {
      {.field = "app_keys", .type = "app_key", .known_by = {"id"},
       .waits_for = "public keys of applications that are brought: AddAppKey makes a pair"},
      {.field = "label_policy", .type = "label_policy", .waits_for = kSettings},
      {.field = "idps", .type = "idp", .known_by = {"idp_id"}, .waits_for = kProviders},
      {.field = "oidc_idps", .type = "oidc_idp", .known_by = {"idp_id"}, .waits_for = kProviders},
      {.field = "jwt_idps", .type = "jwt_idp", .known_by = {"idp_id"}, .waits_for = kProviders},
      {.field = "user_links", .type = "user_link", .known_by = {"user_id", "idp_id"},
       .waits_for = kProviders},
      {.field = "actions", .type = "action", .known_by = {"action_id"}, .waits_for = kActions},
      {.field = "trigger_actions", .type = "trigger_action",
       .known_by = {"flow_type", "trigger_type"}, .waits_for = kActions},
  };
}

// Each in one language.
std::vector<DataKind> TextKinds() {
  constexpr struct {
    absl::string_view field, type, method;
  } kFields[] = {
      {"init_messages", "init_message", "SetCustomInitMessageText"},
      {"password_reset_messages", "password_reset_message", "SetCustomPasswordResetMessageText"},
      {"verify_email_messages", "verify_email_message", "SetCustomVerifyEmailMessageText"},
      {"verify_phone_messages", "verify_phone_message", "SetCustomVerifyPhoneMessageText"},
      {"domain_claimed_messages", "domain_claimed_message",
       "SetCustomDomainClaimedMessageCustomText"},
      {"passwordless_registration_messages", "passwordless_registration_message",
       "SetCustomPasswordlessRegistrationMessageCustomText"},
      {"verify_sms_otp_messages", "verify_sms_otp_message", "SetCustomVerifySMSOTPMessageText"},
      {"verify_email_otp_messages", "verify_email_otp_message",
       "SetCustomVerifyEmailOTPMessageText"},
      {"invite_user_messages", "invite_user_message", "SetCustomInviteUserMessageCustomText"},
  };
  std::vector<DataKind> kinds = {{.field = "login_texts", .type = "login_text",
                                  .known_by = {"language"}, .waits_for = kTexts}};
  for (const auto& each : kFields) {
    kinds.push_back({.field = each.field, .type = each.type, .known_by = {"language"},
                     .method = each.method});
  }
  return kinds;
}

}  // namespace

const std::vector<DataKind>& DataKinds() {
  static const auto* const kinds = [] {
    auto* all = new std::vector<DataKind>();
    for (const auto some : {&OrganizationKinds, &SettingKinds, &ProjectKinds, &UserKinds,
                            &AccessKinds, &UnservedKinds, &TextKinds}) {
      for (DataKind& kind : some()) all->push_back(std::move(kind));
    }
    return all;
  }();
  return *kinds;
}

std::string DataText(const Message& message, absl::string_view path) {
  const std::pair<absl::string_view, absl::string_view> names =
      absl::StrSplit(path, absl::MaxSplits('.', 1));
  const FieldDescriptor* field =
      message.GetDescriptor()->FindFieldByName(std::string(names.first));
  if (field == nullptr || field->is_repeated()) return {};
  const auto& reflection = *message.GetReflection();
  if (field->message_type() != nullptr) {
    return DataText(reflection.GetMessage(message, field), names.second);
  }
  if (field->enum_type() != nullptr) {
    const int number = reflection.GetEnumValue(message, field);
    const auto* value = field->enum_type()->FindValueByNumber(number);
    return value == nullptr ? absl::StrCat(number) : std::string(value->name());
  }
  return field->type() == FieldDescriptor::TYPE_STRING ? reflection.GetString(message, field)
                                                       : std::string();
}

absl::Status AdmitDataOrg(const Message& org) {
  const auto invalid = [](absl::string_view reason, absl::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, reason, message);
  };
  const OrgState state = StateOf(org);
  if (DataText(org, "org_id").size() > kMostIdBytes) {
    return invalid("import.org_id_too_long", "No organization has an id as long as this one's.");
  }
  if (!IsMade(org) && DataText(org, "org_id").empty()) {
    return invalid("import.org_missing", "An organization is made by org or named by org_id.");
  }
  if (state == zitadel::org::v1::ORG_STATE_REMOVED ||
      !zitadel::org::v1::OrgState_IsValid(state)) {
    return invalid("import.org_state", "Of an organization that is removed nothing is imported.");
  }
  return absl::OkStatus();
}

}  // namespace muniment::gateway
