#include <algorithm>
#include <string>
#include <vector>

#include "base/defined_role.h"
#include "muniment/api/role/v1/role.pb.h"
#include "muniment/row/v1/role.pb.h"
#include "query/reader.h"

namespace muniment::query {

using api::role::v1::ListRolesRequest;
using api::role::v1::ListRolesResponse;
using projections::TablePlan;

namespace api_role = ::muniment::api::role::v1;

namespace {

// Whether the caller sees who is set over it, as in the list of administrators.
absl::Status MaySee(Reader& reader, const ListRolesRequest& request) {
  const auto& named = request.resource();
  if (named.has_instance()) {
    ASSIGN_OR_RETURN(const bool holds, reader.Holds("iam.member.read", ""));
    if (holds) return absl::OkStatus();
    return Error(absl::StatusCode::kPermissionDenied, "auth.permission_denied",
                 "The call needs the permission iam.member.read.");
  }
  if (!named.has_organization_id()) {
    return Error(absl::StatusCode::kInvalidArgument, "role.resource_invalid",
                 "Roles are defined by an instance or an organization.");
  }
  const std::string& org = named.organization_id();
  ASSIGN_OR_RETURN(const bool holds, reader.Holds("org.member.read", org));
  if (holds && reader.owners().Exists(reader.instance(), org)) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "org.not_found", "There is no such org.");
}

void PresentPublished(Level level, ListRolesResponse& response) {
  for (const Role& role : AllRoles()) {
    if (role.level != level) continue;
    auto& shown = *response.add_roles();
    shown.set_name(role.name);
    shown.set_level(static_cast<api_role::RoleLevel>(RoleLevelOf(level)));
    shown.set_origin(api_role::ROLE_ORIGIN_PUBLISHED);
    for (std::string& name : role.permissions.Names()) shown.add_permissions(std::move(name));
  }
}

absl::Status PresentDefined(Reader& reader, Aggregate aggregate, const std::string& id,
                            const std::vector<Level>& levels, ListRolesResponse& response) {
  const auto& table = TablePlan::Of<row::v1::DefinedRole>();
  RETURN_IF_ERROR(reader.view().Ready(table));
  auto cursor = reader.view().ScanRows(reader.instance(), table, table.Key({aggregate, id}));
  for (; cursor.Valid(); cursor.Next()) {
    row::v1::DefinedRole row;
    RETURN_IF_ERROR(cursor.Row(&row));
    if (row.removed() || std::count(levels.begin(), levels.end(), LevelOf(row.level())) == 0) {
      continue;
    }
    auto& shown = *response.add_roles();
    shown.set_name(row.name());
    shown.set_display_name(row.display_name());
    shown.set_level(static_cast<api_role::RoleLevel>(row.level()));
    shown.set_origin(aggregate == AGGREGATE_INSTANCE ? api_role::ROLE_ORIGIN_INSTANCE
                                                     : api_role::ROLE_ORIGIN_ORGANIZATION);
    *shown.mutable_permissions() = row.permission();
    *shown.mutable_creation_date() = row.stamp().created();
    *shown.mutable_change_date() = row.stamp().changed();
  }
  return cursor.status();
}

}  // namespace

absl::StatusOr<ListRolesResponse> ListRoles(Reader& reader, const ListRolesRequest& request) {
  RETURN_IF_ERROR(MaySee(reader, request));
  std::vector<Level> levels = {Level::kOrg, Level::kProject, Level::kProjectGrant};
  if (request.resource().has_instance()) levels.insert(levels.begin(), Level::kInstance);
  ListRolesResponse response;
  for (const Level level : levels) PresentPublished(level, response);
  RETURN_IF_ERROR(
      PresentDefined(reader, AGGREGATE_INSTANCE, reader.instance_id(), levels, response));
  if (request.resource().has_organization_id()) {
    RETURN_IF_ERROR(PresentDefined(reader, AGGREGATE_ORG, request.resource().organization_id(),
                                   levels, response));
  }
  return response;
}

}  // namespace muniment::query
