#include "query/metadata.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::query {

using zitadel::org::v2::ListOrganizationMetadataRequest;
using zitadel::org::v2::ListOrganizationMetadataResponse;

absl::StatusOr<ListOrganizationMetadataResponse> ListOrganizationMetadata(
    Reader& reader, const ListOrganizationMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());

  ListSpec<row::v1::Metadata> spec;
  spec.within = MetadataOf(AGGREGATE_ORG, org.id());
  return reader.List<ListOrganizationMetadataResponse>(request, std::move(spec),
                                                       &PresentMetadata);
}

}  // namespace muniment::query
