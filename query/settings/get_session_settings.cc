#include "muniment/api/settings/v1/settings_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

using muniment::api::settings::v1::GetSessionSettingsRequest;
using muniment::api::settings::v1::GetSessionSettingsResponse;

absl::StatusOr<GetSessionSettingsResponse> GetSessionSettings(Reader& reader,
                                                              const GetSessionSettingsRequest&) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<row::v1::SessionPolicy>(
                       reader.instance(), {AGGREGATE_INSTANCE, reader.instance_id()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "policy.session.default_missing",
                 "The instance has no default for this setting.");
  }
  GetSessionSettingsResponse response;
  response.set_end_with_credentials(row->policy().end_with_credentials());
  *response.mutable_change_date() = row->stamp().changed();
  return response;
}

}  // namespace muniment::query
