#include "query/named.h"
#include "query/project/present.h"
#include "query/text_query.h"

namespace muniment::query {

using row::v1::ProjectGrant;
using zitadel::project::v2::ListProjectGrantsRequest;
using zitadel::project::v2::ListProjectGrantsResponse;
using zitadel::project::v2::ProjectNameFilter;
using zitadel::project::v2::ProjectRoleKeyFilter;

absl::StatusOr<ListProjectGrantsResponse> ListProjectGrants(
    Reader& reader, const ListProjectGrantsRequest& request) {
  ListSpec<ProjectGrant> spec;
  // Both sides see it.
  spec.owner_column = "organization_id";
  spec.managed.organizations = {"granted_organization_id"};
  spec.managed.projects = {"project_id"};
  spec.managed.grants = {"grant_id"};
  spec.stands = [&reader](const ProjectGrant& row) { return GrantStands(reader, row); };
  spec.sweeps = {"sweep.project", "sweep.organization"};
  spec.named = {
      Fits<ProjectGrant, ProjectNameFilter>(
          "project_name",
          [&reader](const ProjectNameFilter& query, const ProjectGrant& row) {
            return TextQuery(query.project_name(), query.method())
                .Fits(ProjectName(reader, row.project_id()));
          }),
      Fits<ProjectGrant, ProjectRoleKeyFilter>(
          "role_key", [](const ProjectRoleKeyFilter& query, const ProjectGrant& row) {
            return TextQuery(query.key(), query.method()).FitsSome(row.role_key());
          })};
  return reader.List<ListProjectGrantsResponse>(request, std::move(spec), &PresentGrant);
}

}  // namespace muniment::query
