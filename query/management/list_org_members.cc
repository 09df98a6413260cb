#include "query/internal_permission/members.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::ListOrgMembersRequest;
using zitadel::management::v1::ListOrgMembersResponse;

absl::StatusOr<ListOrgMembersResponse> ListOrgMembers(Reader& reader,
                                                      const ListOrgMembersRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  return ListMembers<ListOrgMembersResponse>(reader, request, {AGGREGATE_ORG, org.id(), org.id()});
}

}  // namespace muniment::query
