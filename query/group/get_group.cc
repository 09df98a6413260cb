#include "query/group/present.h"

namespace muniment::query {

using zitadel::group::v2::GetGroupRequest;
using zitadel::group::v2::GetGroupResponse;

absl::StatusOr<GetGroupResponse> GetGroup(Reader& reader, const GetGroupRequest&) {
  ASSIGN_OR_RETURN(const auto group, reader.Target<row::v1::Group>());
  GetGroupResponse response;
  PresentGroup(reader, group, response.mutable_group());
  return response;
}

}  // namespace muniment::query
