#include "query/internal_permission/members.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListIAMMembersRequest;
using zitadel::admin::v1::ListIAMMembersResponse;

absl::StatusOr<ListIAMMembersResponse> ListIAMMembers(Reader& reader,
                                                      const ListIAMMembersRequest& request) {
  return ListMembers<ListIAMMembersResponse>(reader, request, {.owner = reader.instance_id()});
}

}  // namespace muniment::query
