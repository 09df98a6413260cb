#include "query/reader.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::query {

using zitadel::project::v2::ListProjectRolesRequest;
using zitadel::project::v2::ListProjectRolesResponse;
using zitadel::project::v2::ProjectRole;

namespace {

void PresentRole(const Reader&, const row::v1::ProjectRole& row, ProjectRole* role) {
  role->set_project_id(row.project_id());
  role->set_key(row.key());
  *role->mutable_creation_date() = row.stamp().created();
  *role->mutable_change_date() = row.stamp().changed();
  role->set_display_name(row.display_name());
  role->set_group(row.group());
}

}  // namespace

absl::StatusOr<ListProjectRolesResponse> ListProjectRoles(Reader& reader,
                                                          const ListProjectRolesRequest& request) {
  ASSIGN_OR_RETURN(const auto project, reader.Target<row::v1::Project>());
  ListSpec<row::v1::ProjectRole> spec;
  spec.within = projections::TablePlan::Of<row::v1::ProjectRole>().Key({project.id()});
  return reader.List<ListProjectRolesResponse>(request, std::move(spec), &PresentRole);
}

}  // namespace muniment::query
