#include "query/management/granted_projects.h"

#include "query/present.h"

namespace muniment::query {

void PresentGrantedProject(const Reader& reader, const row::v1::ProjectGrant& row,
                           zitadel::project::v1::GrantedProject* grant) {
  grant->set_grant_id(row.grant_id());
  grant->set_granted_org_id(row.granted_organization_id());
  grant->set_granted_org_name(OrganizationName(reader, row.granted_organization_id()));
  *grant->mutable_granted_role_keys() = row.role_key();
  // The states share their numbers.
  grant->set_state(static_cast<zitadel::project::v1::ProjectGrantState>(row.state()));
  grant->set_project_id(row.project_id());
  grant->set_project_name(ProjectName(reader, row.project_id()));
  grant->set_project_owner_id(row.organization_id());
  grant->set_project_owner_name(OrganizationName(reader, row.organization_id()));
  PresentDetails(row.stamp(), row.organization_id(), grant->mutable_details());
}

absl::StatusOr<row::v1::ProjectGrant> OneGrant(Reader& reader, std::vector<Only> only) {
  ListSpec<row::v1::ProjectGrant> spec = ProjectGrantSpec(reader);
  spec.only = std::move(only);
  // The list's own request asks for nothing more.
  const zitadel::project::v2::ListProjectGrantsRequest all;
  ASSIGN_OR_RETURN(const Page page, reader.Rows(all, std::move(spec)));
  if (!page.rows.empty()) return static_cast<const row::v1::ProjectGrant&>(*page.rows.front());
  return Error(absl::StatusCode::kNotFound, "project_grant.not_found",
               "There is no such project_grant.");
}

}  // namespace muniment::query
