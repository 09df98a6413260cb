#include "base/error.h"
#include "muniment/row/v1/oidc.pb.h"
#include "query/oidc/find_device.h"
#include "query/oidc/login_client.h"
#include "query/reader.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::oidc::v2;

using wire::GetDeviceAuthorizationRequestRequest;
using wire::GetDeviceAuthorizationRequestResponse;

absl::StatusOr<GetDeviceAuthorizationRequestResponse> GetDeviceAuthorizationRequest(
    Reader& reader, const GetDeviceAuthorizationRequestRequest& request) {
  ASSIGN_OR_RETURN(const auto row,
                   FindDevice(reader.view(), *reader.sources().codec, reader.instance(),
                              request.user_code(), reader.call().now));
  RETURN_IF_ERROR(MayAnswerAs(reader, "", row.has_value(), "device_authorization"));
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
