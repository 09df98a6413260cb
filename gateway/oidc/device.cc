#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "command/oidc/device_auth.h"
#include "gateway/oidc/device_pace.h"
#include "gateway/oidc/endpoints.h"
#include "gateway/oidc/json_object.h"
#include "gateway/oidc/own_login.h"
#include "query/oidc/find_device.h"

namespace muniment::gateway {
namespace {

// The application whose device shows the code, or empty. Where it leads tells whether there is such a
// code, so whoever tries one after the other guesses (section 5.1): beyond that pace nobody is told. Whose
// code is one has not guessed.
std::string ClientOf(const Visit& visit, const std::string& user_code) {
  const std::string& peer = visit.exchange->request().peer;
  if (user_code.empty() || !visit.ports->links->Allow(peer, visit.began)) return "";
  projections::View view = visit.ports->database->Read();
  const auto device =
      query::FindDevice(view, *visit.ports->codec, visit.instance, user_code, visit.began);
  // What cannot be said here the login says.
  if (!device.ok() || !device->has_value()) return "";
  visit.ports->links->GiveBack(peer);
  return (*device)->added().client_id();
}

}  // namespace

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
  const std::string code(visit->Param("user_code"));
  visit->Redirect(DevicePageOf(LoginOf(*visit, ClientOf(*visit, code)), code));
}

}  // namespace muniment::gateway
