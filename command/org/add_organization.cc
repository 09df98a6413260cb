#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "base/text.h"
#include "command/chosen_id.h"
#include "command/member/members.h"
#include "command/org/default_domain.h"
#include "command/org/org.h"
#include "command/role/defined_roles.h"
#include "command/user/add_human_user.h"
#include "command/user/seen_user.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::AddOrganizationRequest;
using zitadel::org::v2::AddOrganizationResponse;

namespace {

using Admin = AddOrganizationRequest::Admin;

// Each may bring a password to be hashed.
constexpr int kMaxAdmins = 20;

std::vector<std::string> RolesOf(const Admin& admin) {
  if (admin.roles().empty()) return {std::string(kOrgOwnerRole)};
  return {admin.roles().begin(), admin.roles().end()};
}

absl::Status CheckRequest(Unit& unit, const AddOrganizationRequest& request) {
  const auto invalid = [](absl::string_view reason, absl::string_view message) {
    return Error(absl::StatusCode::kInvalidArgument, reason, message);
  };
  if (request.has_org_id() && request.has_organization_id() &&
      request.org_id() != request.organization_id()) {
    return invalid("org.id_conflict", "org_id and organization_id differ.");
  }
  if (request.admins_size() > kMaxAdmins) {
    return invalid("org.too_many_admins",
                   absl::StrCat("At most ", kMaxAdmins, " administrators can be named."));
  }
  for (const Admin& admin : request.admins()) {
    if (admin.user_type_case() == Admin::USER_TYPE_NOT_SET) {
      return invalid("org.admin_missing", "An administrator is a user_id or a human.");
    }
    const std::vector<std::string> roles = RolesOf(admin);
    ASSIGN_OR_RETURN(const RoleBooks books, BooksFor(unit, /*organization_id=*/"", roles));
    RETURN_IF_ERROR(ValidRolesFor(Level::kOrg, roles, books));
  }
  return absl::OkStatus();
}

std::optional<std::string> ChosenId(const AddOrganizationRequest& request) {
  if (request.has_organization_id()) return request.organization_id();
  if (request.has_org_id()) return request.org_id();
  return std::nullopt;
}

// Whoever may create an organization may own it. To set somebody else over it, or himself with
// other roles, he must be one who sets people over organizations.
absl::Status MayAppoint(Unit& unit, const AddOrganizationRequest& request) {
  std::vector<absl::string_view> permissions;
  for (const Admin& admin : request.admins()) {
    const std::vector<std::string> roles = RolesOf(admin);
    const bool own = admin.user_id() == unit.caller().user_id && roles.size() == 1 &&
                     roles.front() == kOrgOwnerRole;
    if (!own) permissions.push_back("org.member.write");
    if (admin.has_human()) permissions.push_back("user.write");
  }
  for (const absl::string_view permission : permissions) {
    ASSIGN_OR_RETURN(const bool holds, unit.HoldsOnInstance(permission));
    if (!holds) {
      return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
                   absl::StrCat("Naming these administrators takes ", permission, "."));
    }
  }
  return absl::OkStatus();
}

absl::Status AddMember(Unit& unit, const Ref<Members>& members, const std::string& user_id,
                       const std::vector<std::string>& roles) {
  if (!members->RolesOf(user_id).empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "org.admin_repeated",
                 "An administrator is named twice.");
  }
  event::v1::MemberAdded added;
  added.set_user_id(user_id);
  added.mutable_role()->Assign(roles.begin(), roles.end());
  unit.Raise(members, std::move(added));
  return absl::OkStatus();
}

absl::Status AddAdmins(Unit& unit, const Ref<Org>& org, const AddOrganizationRequest& request,
                       AddOrganizationResponse& response) {
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(OrgScope(org.id())));
  if (request.admins().empty()) {
    if (unit.caller().user_id.empty()) return absl::OkStatus();
    return AddMember(unit, members, unit.caller().user_id, {std::string(kOrgOwnerRole)});
  }
  for (const Admin& admin : request.admins()) {
    std::string user_id = admin.user_id();
    if (admin.has_human()) {
      ASSIGN_OR_RETURN(const NewHuman made, AddHuman(unit, {org.id(), {}}, admin.human()));
      user_id = made.user.id();
      auto& created = *response.add_created_admins();
      created.set_user_id(user_id);
      AnswerCodes(made.codes, created);
    } else if (user_id != unit.caller().user_id) {
      RETURN_IF_ERROR(SeenUser(unit, user_id).status());
    }
    RETURN_IF_ERROR(AddMember(unit, members, user_id, RolesOf(admin)));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AddOrganizationResponse> AddOrganization(Unit& unit,
                                                        const AddOrganizationRequest& request) {
  RETURN_IF_ERROR(CheckRequest(unit, request));
  const std::optional<std::string> chosen = ChosenId(request);
  RETURN_IF_ERROR(MayAppoint(unit, request));
  if (chosen.has_value()) RETURN_IF_ERROR(AdmitChosenId(unit, "org", *chosen));
  ASSIGN_OR_RETURN(const auto org,
                   unit.LoadOrNew<Org>(chosen.has_value() ? *chosen : unit.NewId()));

  AddOrganizationResponse response;
  response.set_organization_id(org.id());
  event::v1::OrgAdded added;
  added.set_name(request.name());
  added.set_chosen_id(chosen.value_or(""));
  unit.Raise(org, std::move(added));
  RETURN_IF_ERROR(MoveDefaultDomain(unit, org.id(), /*old_name=*/"", request.name()));
  RETURN_IF_ERROR(AddAdmins(unit, org, request, response));
  return response;
}

}  // namespace muniment::command
