#include "query/org/present.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::ListOrgsRequest;
using zitadel::admin::v1::ListOrgsResponse;

absl::StatusOr<ListOrgsResponse> ListOrgs(Reader& reader, const ListOrgsRequest& request) {
  ListSpec<row::v1::Org> spec;
  spec.owner_column = "id";
  spec.named = {DomainOfOrg<zitadel::org::v1::OrgDomainQuery>(reader)};
  return reader.List<ListOrgsResponse, row::v1::Org, zitadel::org::v1::Org>(
      request, std::move(spec), &PresentOrg);
}

}  // namespace muniment::query
