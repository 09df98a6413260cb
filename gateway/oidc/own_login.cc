#include "gateway/oidc/own_login.h"

#include "base/features.h"
#include "base/redirect.h"
#include "muniment/row/v1/feature.pb.h"

namespace muniment::gateway {

std::string LoginOf(const Visit& visit, absl::string_view client_id) {
  projections::View view = visit.ports->database->Read();
  const auto row = view.Get<row::v1::Features>(visit.instance, {absl::StrCat(visit.instance)});
  const auto client =
      client_id.empty() ? nullptr : visit.owners().clients().Find(visit.instance, client_id);
  const bool set = row.ok() && row->has_value();
  return LoginBase(visit.issuer, LoginBaseUri(client == nullptr ? event::v1::LoginVersion()
                                                                : client->oidc().login_version(),
                                              set ? (*row)->features() : event::v1::Features()));
}

std::string DevicePageOf(absl::string_view login, const std::string& user_code) {
  std::string url = absl::StrCat(login, "/device");
  if (!user_code.empty()) absl::StrAppend(&url, "?", FormEncode({{"user_code", user_code}}));
  return url;
}

}  // namespace muniment::gateway
