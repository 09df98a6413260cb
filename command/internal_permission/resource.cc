#include "command/internal_permission/resource.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "command/instance/owners.h"
#include "command/member/lacking.h"
#include "command/member/org_owners.h"
#include "command/org/org.h"
#include "command/project/grant.h"
#include "command/project/project.h"
#include "command/role/defined_roles.h"
#include "command/session/standing.h"

namespace muniment::command {

using zitadel::internal_permission::v2::ResourceType;

namespace {

absl::Status NotFound(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

absl::StatusOr<Resource> Instance(Unit& unit) {
  RETURN_IF_ERROR(unit.AllowAt("iam", {Place()},
                               Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
                                     "This takes a permission on the instance.")));
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(InstanceScope()));
  return Resource{Level::kInstance, members, Place()};
}

absl::StatusOr<Resource> Organization(Unit& unit, const std::string& id) {
  RETURN_IF_ERROR(unit.Load<Org>(id).status());
  RETURN_IF_ERROR(unit.AllowAt("org", {{.organization_id = id}}, NotFound("org")));
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(OrgScope(id)));
  return Resource{Level::kOrg, members, {.organization_id = id}};
}

// A project whose organization is gone is gone.
absl::StatusOr<Ref<Project>> StandingProject(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto project, unit.Load<Project>(id));
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(project->organization_id));
  if (!org->exists()) return NotFound("project");
  return project;
}

absl::StatusOr<Resource> OfProject(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto project, StandingProject(unit, id));
  RETURN_IF_ERROR(unit.AllowAt("project", {PlaceOf(project)}, NotFound("project")));
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(ProjectScope(id)));
  return Resource{Level::kProject, members, PlaceOf(project)};
}

// Either side of a grant may set people over it.
absl::StatusOr<Resource> OfGrant(Unit& unit, const ResourceType::ProjectGrant& named) {
  const absl::Status missing = NotFound("project_grant");
  const auto project = StandingProject(unit, named.project_id());
  if (absl::IsNotFound(project.status())) return missing;
  RETURN_IF_ERROR(project.status());
  ASSIGN_OR_RETURN(const auto grant,
                   LoadProjectGrant(unit, named.project_id(), named.organization_id()));
  ASSIGN_OR_RETURN(const auto org, unit.LoadAny<Org>(named.organization_id()));
  if (!org->exists()) return missing;
  const Place granted = {.organization_id = named.organization_id(),
                         .project_grant_id = grant.id()};
  RETURN_IF_ERROR(unit.AllowAt("project.grant", {PlaceOf(*project), granted}, missing));
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(ProjectGrantScope(grant.id())));
  return Resource{Level::kProjectGrant, members, granted};
}

bool Has(absl::Span<const std::string> roles, absl::string_view role) {
  return absl::c_find(roles, role) != roles.end();
}

// A permission that the caller lacks of those that the roles stand for; empty for none.
absl::StatusOr<std::string> LackingOf(Unit& unit, const Resource& resource,
                                      absl::Span<const std::string> roles) {
  ASSIGN_OR_RETURN(const RoleBooks books,
                   BooksFor(unit, resource.place.organization_id, roles));
  return Lacking(unit, resource.place, RolePermissions(resource.level, roles, books));
}

absl::Status Exceeds(absl::string_view permission) {
  return Error(absl::StatusCode::kPermissionDenied, "member.role_exceeds",
               absl::StrCat("The roles stand for ", permission, ", which the caller lacks here."));
}

absl::string_view NameOf(Level level) {
  switch (level) {
    case Level::kInstance:
      return "iam";
    case Level::kOrg:
      return "org";
    case Level::kProject:
      return "project";
    default:
      return "project.grant";
  }
}

bool SignsIn(Level level, absl::Span<const std::string> roles) {
  return RolePermissions(level, roles).Has("session.write");
}

}  // namespace

absl::StatusOr<Resource> LoadResource(Unit& unit, const ResourceType& named) {
  switch (named.resource_case()) {
    case ResourceType::kInstance:
      return Instance(unit);
    case ResourceType::kOrganizationId:
      return Organization(unit, named.organization_id());
    case ResourceType::kProjectId:
      return OfProject(unit, named.project_id());
    case ResourceType::kProjectGrant:
      return OfGrant(unit, named.project_grant());
    case ResourceType::RESOURCE_NOT_SET:
      break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "request.resource.required",
               "resource must name an instance, an organization, a project or a project grant.");
}

absl::Status ValidRoles(Unit& unit, const Resource& resource,
                        absl::Span<const std::string> roles) {
  ASSIGN_OR_RETURN(const RoleBooks books,
                   BooksFor(unit, resource.place.organization_id, roles));
  return ValidRolesFor(resource.level, roles, books);
}

absl::Status MayGive(Unit& unit, const Resource& resource, absl::Span<const std::string> roles) {
  RETURN_IF_ERROR(ValidRoles(unit, resource, roles));
  ASSIGN_OR_RETURN(const std::string lacking, LackingOf(unit, resource, roles));
  return lacking.empty() ? ShowsNoOldSession(unit) : Exceeds(lacking);
}

absl::Status MayChange(Unit& unit, const Resource& resource, absl::Span<const std::string> held,
                       absl::Span<const std::string> roles) {
  std::vector<std::string> added, taken;
  for (const std::string& role : roles) {
    if (!Has(held, role)) added.push_back(role);
  }
  for (const std::string& role : held) {
    if (!Has(roles, role)) taken.push_back(role);
  }
  RETURN_IF_ERROR(ValidRoles(unit, resource, roles));
  if (!added.empty()) RETURN_IF_ERROR(MayGive(unit, resource, added));
  if (taken.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool may,
                   unit.HoldsOnTarget(absl::StrCat(NameOf(resource.level), ".member.delete")));
  if (may) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string lacking, LackingOf(unit, resource, taken));
  return lacking.empty() ? absl::OkStatus() : Exceeds(lacking);
}

absl::Status KeepsAnOwnerOf(Unit& unit, const Resource& resource, const std::string& user_id,
                            absl::Span<const std::string> roles) {
  const auto& held = resource.members->RolesOf(user_id);
  if (resource.level == Level::kInstance) {
    // He counts by what he owns and by whom he signs in.
    const bool less = (Has(held, kOwnerRole) && !Has(roles, kOwnerRole)) ||
                      (SignsIn(resource.level, held) && !SignsIn(resource.level, roles));
    return less ? KeepsAnOwner(unit, {.user_id = user_id}) : absl::OkStatus();
  }
  if (resource.level != Level::kOrg || Has(roles, kOrgOwnerRole) || !Has(held, kOrgOwnerRole)) {
    return absl::OkStatus();
  }
  return KeepsAnOrgOwner(unit, *resource.members, user_id);
}

absl::Status NoSuchMember() { return NotFound("member"); }

}  // namespace muniment::command
