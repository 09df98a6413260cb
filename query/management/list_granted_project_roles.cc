#include <algorithm>
#include <utility>

#include "query/management/granted_projects.h"
#include "query/present.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using row::v1::ProjectRole;
using zitadel::management::v1::ListGrantedProjectRolesRequest;
using zitadel::management::v1::ListGrantedProjectRolesResponse;

namespace {

void PresentOlderRole(const Reader& reader, const ProjectRole& row,
                      zitadel::project::v1::Role* role) {
  const auto project = reader.projects().Project(reader.instance(), row.project_id());
  role->set_key(row.key());
  PresentDetails(row.stamp(), project == nullptr ? "" : project->organization_id(),
                 role->mutable_details());
  role->set_display_name(row.display_name());
  role->set_group(row.group());
}

}  // namespace

absl::StatusOr<ListGrantedProjectRolesResponse> ListGrantedProjectRoles(
    Reader& reader, const ListGrantedProjectRolesRequest& request) {
  ASSIGN_OR_RETURN(const auto grant, OneGrant(reader, {{"project_id", request.project_id()},
                                                       {"grant_id", request.grant_id()}}));
  ListSpec<ProjectRole> spec;
  spec.within = projections::TablePlan::Of<ProjectRole>().Key({grant.project_id()});
  spec.sees = [&grant](const ProjectRole& role) -> absl::StatusOr<bool> {
    const auto& keys = grant.role_key();
    return std::find(keys.begin(), keys.end(), role.key()) != keys.end();
  };
  return reader.List<ListGrantedProjectRolesResponse>(request, std::move(spec), &PresentOlderRole);
}

}  // namespace muniment::query
