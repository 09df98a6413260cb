#include <string>
#include <vector>

#include "base/error.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/rows_by.h"
#include "query/oidc/login_client.h"
#include "query/reader.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::oidc::v2;

using wire::GetDeviceAuthorizationRequestRequest;
using wire::GetDeviceAuthorizationRequestResponse;

absl::StatusOr<GetDeviceAuthorizationRequestResponse> GetDeviceAuthorizationRequest(
    Reader& reader, const GetDeviceAuthorizationRequestRequest& request) {
  const std::string hash =
      reader.sources().codec->ClaimKey(reader.instance(), kUserCodePurpose, "",
                                       NormalUserCode(request.user_code()));
  // Of two that happened to get one code nobody can say which is meant.
  ASSIGN_OR_RETURN(auto rows, projections::RowsBy<row::v1::DeviceAuth>(
                                  reader.view(), reader.instance(), "user_code", {hash}));
  std::erase_if(rows, [&reader](const row::v1::DeviceAuth& row) {
    return ToTime(row.added().expiration()) <= reader.call().now;
  });
  RETURN_IF_ERROR(MayAnswerAs(reader, "", rows.size() == 1, "device_authorization"));
  const row::v1::DeviceAuth* const row = &rows.front();
  const event::v1::DeviceAuthAdded& asked = row->added();
  GetDeviceAuthorizationRequestResponse response;
  auto* device = response.mutable_device_authorization_request();
  device->set_id(row->id());
  device->set_client_id(asked.client_id());
  *device->mutable_scope() = asked.scope();
  const auto client = reader.owners().clients().Find(reader.instance(), asked.client_id());
  if (client != nullptr) device->set_app_name(client->name());
  const auto project = reader.projects().Project(reader.instance(), asked.project_id());
  if (project != nullptr) device->set_project_name(project->name());
  return response;
}

}  // namespace muniment::query
