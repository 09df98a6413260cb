#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/redirect.h"
#include "base/timestamp.h"
#include "command/oidc/device_auth.h"
#include "gateway/oidc/device_pace.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "gateway/oidc/own_login.h"

namespace muniment::gateway {

// RFC 8628 section 3.2.
void DeviceAuthorization(const VisitPtr& visit) {
  if (const absl::Status room = visit->MayAsk(); !room.ok()) return visit->Refuse(room);
  visit->Run(command::AskForDeviceHandler(), [visit](absl::StatusOr<command::CommandAnswer> done) {
    if (!done.ok()) return visit->Refuse(done.status());
    const auto& asked = static_cast<const oidc::v1::DeviceAsked&>(*done->response);
    const std::string page = absl::StrCat(visit->issuer, "/device");
    JsonObject body;
    body.Add("device_code", asked.device_code())
        .Add("user_code", asked.user_code())
        .Add("verification_uri", page)
        .Add("verification_uri_complete", absl::StrCat(page, "?user_code=", asked.user_code()))
        .Add("expires_in", absl::ToInt64Seconds(ToTime(asked.expiration()) - visit->began))
        .Add("interval", absl::ToInt64Seconds(kDeviceInterval));
    visit->Json(200, body.Finish());
  });
}

void DevicePage(const VisitPtr& visit) {
  std::string url = absl::StrCat(LoginOf(*visit, ""), "/device");
  const std::string code(visit->Param("user_code"));
  if (!code.empty()) absl::StrAppend(&url, "?", FormEncode({{"user_code", code}}));
  visit->Redirect(url);
}

}  // namespace muniment::gateway
