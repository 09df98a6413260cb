#include "gateway/oidc/oidc.h"

#include "gateway/origin.h"

namespace muniment::gateway {

std::unique_ptr<Oidc> OpenOidc(const Config& config, uint64_t listening, Storage& storage,
                               OidcPorts ports) {
  ports.issuer = [&config, listening](absl::string_view host) {
    return OriginOf(config, listening, host);
  };
  return std::make_unique<Oidc>(
      storage.master(),
      command::StreamSource{storage.store(), storage.codec(), storage.keys()}, std::move(ports));
}

}  // namespace muniment::gateway
