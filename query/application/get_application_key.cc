#include "query/reader.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::query {

using zitadel::application::v2::GetApplicationKeyRequest;
using zitadel::application::v2::GetApplicationKeyResponse;

absl::StatusOr<GetApplicationKeyResponse> GetApplicationKey(Reader& reader,
                                                            const GetApplicationKeyRequest&) {
  ASSIGN_OR_RETURN(const auto key, reader.TargetBy<row::v1::ApplicationKey>("id"));
  GetApplicationKeyResponse response;
  response.set_key_id(key.id());
  *response.mutable_creation_date() = key.stamp().created();
  *response.mutable_expiration_date() = key.expiration();
  return response;
}

}  // namespace muniment::query
