#include "command/role/defined_roles.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/defined_role.h"
#include "command/internal_permission/resource.h"
#include "command/member/lacking.h"
#include "command/session/standing.h"

namespace muniment::command {

using zitadel::internal_permission::v2::ResourceType;

namespace {

void Put(DefinedRoles& defined, const event::v1::RoleAdded& role) {
  defined.book.Put(DefinedRole(role.name(), role.level(), role.permission()));
}

}  // namespace

void Fold(DefinedRoles& defined, const event::v1::RoleAdded& event) {
  defined.roles[event.name()] = event;
  Put(defined, event);
}

void Fold(DefinedRoles& defined, const event::v1::RoleChanged& event) {
  event::v1::RoleAdded& role = defined.roles[event.name()];
  role.set_display_name(event.display_name());
  *role.mutable_permission() = event.permission();
  Put(defined, role);
}

void Fold(DefinedRoles& defined, const event::v1::RoleRemoved& event) {
  defined.roles.erase(event.name());
  defined.book.Spend(event.name());
}

void Fold(DefinedRoles& defined, const event::v1::RolesCascadeRemoved&) {
  for (const auto& [name, role] : defined.roles) defined.book.Spend(name);
  defined.roles.clear();
}

absl::StatusOr<RoleBooks> BooksFor(Unit& unit, const std::string& organization_id,
                                   absl::Span<const std::string> roles) {
  RoleBooks books;
  if (ArePublished(roles)) return books;
  // Both are asked for before the first is waited for.
  const auto of_instance = unit.LoadAny<DefinedRoles>(InstanceScope());
  if (!organization_id.empty()) {
    ASSIGN_OR_RETURN(const auto of_org, unit.LoadAny<DefinedRoles>(OrgScope(organization_id)));
    books.org = &of_org->book;
  }
  if (!of_instance.ok()) return of_instance.status();
  books.instance = &(*of_instance)->book;
  return books;
}

absl::StatusOr<Definer> LoadDefiner(Unit& unit, const ResourceType& named) {
  if (named.has_project_id() || named.has_project_grant()) {
    return Error(absl::StatusCode::kInvalidArgument, "role.resource_invalid",
                 "Roles are defined by an instance or an organization.");
  }
  ASSIGN_OR_RETURN(const Resource resource, LoadResource(unit, named));
  const std::string& org = resource.place.organization_id;
  ASSIGN_OR_RETURN(const auto defined, unit.LoadAny<DefinedRoles>(
                                           org.empty() ? InstanceScope() : OrgScope(org)));
  return Definer{resource.level, org, defined};
}

absl::Status MayDefine(Unit& unit, const Definer& definer, const Permissions& permissions) {
  const Place place = {.organization_id = definer.organization_id};
  ASSIGN_OR_RETURN(const std::string lacking, Lacking(unit, place, permissions));
  if (lacking.empty()) return ShowsNoOldSession(unit);
  return Error(absl::StatusCode::kPermissionDenied, "role.exceeds",
               absl::StrCat("The role stands for ", lacking, ", which the caller lacks."));
}

absl::StatusOr<event::v1::RoleAdded> FindDefined(const DefinedRoles& defined,
                                                 const std::string& name) {
  const auto found = defined.roles.find(name);
  if (found != defined.roles.end()) return found->second;
  return Error(absl::StatusCode::kNotFound, "role.not_found", "There is no such role.");
}

}  // namespace muniment::command
