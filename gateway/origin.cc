#include "gateway/origin.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace muniment::gateway {

std::string OriginOf(const Config& config, uint64_t listening, absl::string_view host) {
  const bool secure =
      config.Switch(Key::kExternalSecure) || !config.Text(Key::kTlsCertPath).empty();
  const uint64_t external = config.ExternalPort(listening);
  const bool usual = external == (secure ? 443 : 80);
  return absl::StrCat(secure ? "https://" : "http://",
                      absl::StrContains(host, ':') ? absl::StrCat("[", host, "]") : host,
                      usual ? "" : absl::StrCat(":", external));
}

std::string HostOfInstance(const Config& config, const command::Instance& instance) {
  const std::string configured = config.Host(Key::kExternalDomain);
  return instance.domains.contains(configured) || instance.primary_domain.empty()
             ? configured
             : instance.primary_domain;
}

}  // namespace muniment::gateway
