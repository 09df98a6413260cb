#include "base/error.h"
#include "query/metadata.h"
#include "query/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::GetMyMetadataRequest;
using zitadel::auth::v1::GetMyMetadataResponse;

absl::StatusOr<GetMyMetadataResponse> GetMyMetadata(Reader& reader,
                                                    const GetMyMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<row::v1::Metadata>(
                       reader.instance(), {AGGREGATE_USER, user.id(), request.key()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kNotFound, "metadata.not_found", "There is no such entry.");
  }
  GetMyMetadataResponse response;
  auto* metadata = response.mutable_metadata();
  metadata->set_key(row->key());
  metadata->set_value(row->value());
  PresentDetails(row->stamp(), user.organization_id(), metadata->mutable_details());
  return response;
}

}  // namespace muniment::query
