#include <string>

#include "absl/strings/str_cat.h"
#include "query/internal_permission/members.h"
#include "query/project/present.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListProjectGrantMembersRequest;
using zitadel::management::v1::ListProjectGrantMembersResponse;

namespace {

// Either side sees who is set over a grant.
absl::StatusOr<bool> Sees(Reader& reader, const row::v1::ProjectGrant& grant,
                          const std::string& id) {
  const std::string& permission = reader.call().rule->permission();
  ASSIGN_OR_RETURN(const bool owner,
                   reader.Holds(permission, Place{.organization_id = grant.organization_id(),
                                                  .project_id = grant.project_id()}));
  if (owner) return true;
  return reader.Holds(permission, Place{.organization_id = grant.granted_organization_id(),
                                        .project_grant_id = id});
}

}  // namespace

absl::StatusOr<ListProjectGrantMembersResponse> ListProjectGrantMembers(
    Reader& reader, const ListProjectGrantMembersRequest& request) {
  const std::string id = absl::StrCat(request.project_id(), "/", request.grant_id());
  const auto grant = reader.projects().Grant(reader.instance(), id);
  bool seen = grant != nullptr && GrantStands(reader, *grant);
  if (seen) {
    ASSIGN_OR_RETURN(seen, Sees(reader, *grant, id));
  }
  if (!seen) {
    return Error(absl::StatusCode::kNotFound, "project_grant.not_found",
                 "There is no such project_grant.");
  }
  return ListMembers<ListProjectGrantMembersResponse>(
      reader, request, {AGGREGATE_PROJECT_GRANT, id, grant->organization_id()});
}

}  // namespace muniment::query
