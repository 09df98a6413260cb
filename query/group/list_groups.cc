#include <utility>

#include "query/group/present.h"

namespace muniment::query {

using zitadel::group::v2::ListGroupsRequest;
using zitadel::group::v2::ListGroupsResponse;

absl::StatusOr<ListGroupsResponse> ListGroups(Reader& reader, const ListGroupsRequest& request) {
  ListSpec<row::v1::Group> spec;
  spec.owner_column = "organization_id";
  return reader.List<ListGroupsResponse>(request, std::move(spec), &PresentGroup);
}

}  // namespace muniment::query
