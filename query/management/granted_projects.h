// Grants of projects as the v1 interface lists them: by the owner, or by whom they are to.
#ifndef MUNIMENT_QUERY_MANAGEMENT_GRANTED_PROJECTS_H_
#define MUNIMENT_QUERY_MANAGEMENT_GRANTED_PROJECTS_H_

#include <string>
#include <utility>

#include "query/grant_filters.h"
#include "zitadel/project.pb.h"

namespace muniment::query {

void PresentGrantedProject(const Reader& reader, const row::v1::ProjectGrant& row,
                           zitadel::project::v1::GrantedProject* grant);

// Those that hold all of `only` and all of the request's queries.
template <class Response, class NameQuery>
absl::StatusOr<Response> ListGrants(Reader& reader, const google::protobuf::Message& request,
                                    std::vector<Only> only) {
  using zitadel::project::v1::GrantRoleKeyQuery;
  ListSpec<row::v1::ProjectGrant> spec = ProjectGrantSpec(reader);
  spec.only = std::move(only);
  spec.named = {ProjectNamed<row::v1::ProjectGrant>(reader, &NameQuery::name),
                WithRole<row::v1::ProjectGrant>(&GrantRoleKeyQuery::role_key)};
  return reader.List<Response>(request, std::move(spec), &PresentGrantedProject);
}

// The one that holds all of it. NOT_FOUND "project_grant.not_found", also where the caller may not
// see it.
absl::StatusOr<row::v1::ProjectGrant> OneGrant(Reader& reader, std::vector<Only> only);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_MANAGEMENT_GRANTED_PROJECTS_H_
