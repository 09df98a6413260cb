#include "query/reader.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::query {

using zitadel::settings::v2::GetActiveIdentityProvidersRequest;
using zitadel::settings::v2::GetActiveIdentityProvidersResponse;

// No identity provider can be added yet, so none is active.
absl::StatusOr<GetActiveIdentityProvidersResponse> GetActiveIdentityProviders(
    Reader& reader, const GetActiveIdentityProvidersRequest&) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  GetActiveIdentityProvidersResponse response;
  reader.FillDetails(0, response.mutable_details());
  return response;
}

}  // namespace muniment::query
