#include "muniment/row/v1/oidc.pb.h"
#include "query/present.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetOIDCSettingsRequest;
using zitadel::admin::v1::GetOIDCSettingsResponse;

absl::StatusOr<GetOIDCSettingsResponse> GetOIDCSettings(Reader& reader,
                                                        const GetOIDCSettingsRequest&) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<row::v1::OidcSettings>(
                       reader.instance(), {AGGREGATE_INSTANCE, reader.instance_id()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "oidc_settings.default_missing",
                 "The instance has no default for this setting.");
  }
  GetOIDCSettingsResponse response;
  auto& settings = *response.mutable_settings();
  PresentDetails(row->stamp(), reader.instance_id(), settings.mutable_details());
  *settings.mutable_access_token_lifetime() = row->policy().access_token_lifetime();
  *settings.mutable_id_token_lifetime() = row->policy().id_token_lifetime();
  *settings.mutable_refresh_token_idle_expiration() =
      row->policy().refresh_token_idle_expiration();
  *settings.mutable_refresh_token_expiration() = row->policy().refresh_token_expiration();
  return response;
}

}  // namespace muniment::query
