#include "query/grant_filters.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::query {

using row::v1::ProjectGrant;
using zitadel::project::v2::ListProjectGrantsRequest;
using zitadel::project::v2::ListProjectGrantsResponse;

ListSpec<ProjectGrant> ProjectGrantSpec(const Reader& reader) {
  ListSpec<ProjectGrant> spec;
  // Both sides see it.
  spec.owner_column = "organization_id";
  spec.managed.organizations = {"granted_organization_id"};
  spec.managed.projects = {"project_id"};
  spec.managed.grants = {"grant_id"};
  spec.stands = [&reader](const ProjectGrant& row) { return GrantStands(reader, row); };
  spec.sweeps = {{"sweep.project", "project_id"}, {"sweep.organization"}};
  return spec;
}

absl::StatusOr<ListProjectGrantsResponse> ListProjectGrants(
    Reader& reader, const ListProjectGrantsRequest& request) {
  namespace v2 = zitadel::project::v2;
  ListSpec<ProjectGrant> spec = ProjectGrantSpec(reader);
  spec.named = {ProjectNamed<ProjectGrant>(reader, &v2::ProjectNameFilter::project_name),
                WithRole<ProjectGrant>(&v2::ProjectRoleKeyFilter::key)};
  return reader.List<ListProjectGrantsResponse>(request, std::move(spec), &PresentGrant);
}

}  // namespace muniment::query
