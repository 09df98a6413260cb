#include "query/metadata.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::GetOrgMetadataRequest;
using zitadel::management::v1::GetOrgMetadataResponse;

absl::StatusOr<GetOrgMetadataResponse> GetOrgMetadata(Reader& reader,
                                                      const GetOrgMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  GetOrgMetadataResponse response;
  ASSIGN_OR_RETURN(*response.mutable_metadata(),
                   OneMetadata(reader, AGGREGATE_ORG, org.id(), org.id(), request.key()));
  return response;
}

}  // namespace muniment::query
