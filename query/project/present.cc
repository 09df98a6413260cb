#include "query/project/present.h"

namespace muniment::query {

void PresentProject(const row::v1::Project& row, zitadel::project::v2::Project* project) {
  project->set_project_id(row.id());
  project->set_organization_id(row.organization_id());
  *project->mutable_creation_date() = row.stamp().created();
  *project->mutable_change_date() = row.stamp().changed();
  project->set_name(row.name());
  project->set_state(static_cast<zitadel::project::v2::ProjectState>(row.state()));
  project->set_project_role_assertion(row.project_role_assertion());
  project->set_authorization_required(row.authorization_required());
  project->set_project_access_required(row.project_access_required());
  project->set_private_labeling_setting(
      static_cast<zitadel::project::v2::PrivateLabelingSetting>(row.private_labeling()));
}

void PresentGrant(const Reader& reader, const row::v1::ProjectGrant& row,
                  zitadel::project::v2::ProjectGrant* grant) {
  grant->set_organization_id(row.organization_id());
  *grant->mutable_creation_date() = row.stamp().created();
  *grant->mutable_change_date() = row.stamp().changed();
  grant->set_granted_organization_id(row.granted_organization_id());
  grant->set_granted_organization_name(OrganizationName(reader, row.granted_organization_id()));
  *grant->mutable_granted_role_keys() = row.role_key();
  grant->set_project_id(row.project_id());
  grant->set_project_name(ProjectName(reader, row.project_id()));
  grant->set_state(static_cast<zitadel::project::v2::ProjectGrantState>(row.state()));
}

std::string OrganizationName(const Reader& reader, const std::string& id) {
  const auto org = reader.owners().Org(reader.instance(), id);
  return org == nullptr ? "" : org->name;
}

std::string ProjectName(const Reader& reader, const std::string& id) {
  const auto project = reader.projects().Project(reader.instance(), id);
  return project == nullptr ? "" : project->name();
}

bool GrantStands(const Reader& reader, const row::v1::ProjectGrant& row) {
  return reader.projects().Exists(reader.owners(), reader.instance(), row.project_id()) &&
         reader.owners().Exists(reader.instance(), row.granted_organization_id());
}

}  // namespace muniment::query
