#include "query/present.h"
#include "query/reader.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using zitadel::management::v1::GetAppKeyRequest;
using zitadel::management::v1::GetAppKeyResponse;

absl::StatusOr<GetAppKeyResponse> GetAppKey(Reader& reader, const GetAppKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto row, reader.TargetBy<row::v1::ApplicationKey>("id"));
  if (row.application_id() != request.app_id() || row.project_id() != request.project_id()) {
    return Error(absl::StatusCode::kNotFound, "application_key.not_found",
                 "There is no such application_key.");
  }
  GetAppKeyResponse response;
  auto* key = response.mutable_key();
  key->set_id(row.id());
  PresentDetails(row.stamp(), row.organization_id(), key->mutable_details());
  key->set_type(zitadel::authn::v1::KEY_TYPE_JSON);
  *key->mutable_expiration_date() = row.expiration();
  return response;
}

}  // namespace muniment::query
