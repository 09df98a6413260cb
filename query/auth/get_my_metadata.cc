#include "query/metadata.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::GetMyMetadataRequest;
using zitadel::auth::v1::GetMyMetadataResponse;

absl::StatusOr<GetMyMetadataResponse> GetMyMetadata(Reader& reader,
                                                    const GetMyMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  GetMyMetadataResponse response;
  ASSIGN_OR_RETURN(*response.mutable_metadata(),
                   OneMetadata(reader, AGGREGATE_USER, user.id(), user.organization_id(),
                               request.key()));
  return response;
}

}  // namespace muniment::query
