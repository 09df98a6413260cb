// Projects and grants in published form, and what their lists have in common.
#ifndef MUNIMENT_QUERY_PROJECT_PRESENT_H_
#define MUNIMENT_QUERY_PROJECT_PRESENT_H_

#include <string>

#include "query/reader.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::query {

void PresentProject(const row::v1::Project& row, zitadel::project::v2::Project* project);
void PresentGrant(const Reader& reader, const row::v1::ProjectGrant& row,
                  zitadel::project::v2::ProjectGrant* grant);

// Of lists of grants: who sees them, and which still stand. The reader outlives it.
ListSpec<row::v1::ProjectGrant> ProjectGrantSpec(const Reader& reader);

// Empty for an organization, or a project, that is gone.
std::string OrganizationName(const Reader& reader, const std::string& id);
std::string ProjectName(const Reader& reader, const std::string& id);

// Neither the grant's project nor the organizations are gone.
bool GrantStands(const Reader& reader, const row::v1::ProjectGrant& row);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_PROJECT_PRESENT_H_
