// What OpenID Connect keeps on a node beside the read models: how tokens are sealed and signed.
//
//   const auto oidc = OpenOidc(config, port, storage, {.database = &database, ...});
//   auto pages = std::make_shared<OidcPages>([&] { return &oidc->ports(); });
//
// Thread-safe once made. What it is given outlives it.
#ifndef MUNIMENT_GATEWAY_OIDC_OIDC_H_
#define MUNIMENT_GATEWAY_OIDC_OIDC_H_

#include <cstdint>
#include <memory>
#include <utility>

#include "base/keyring.h"
#include "command/loader.h"
#include "gateway/api/authenticator.h"
#include "gateway/config.h"
#include "gateway/oidc/device_pace.h"
#include "gateway/oidc/ports.h"
#include "gateway/oidc/sealed_tokens.h"
#include "gateway/oidc/signer.h"
#include "gateway/storage.h"

namespace muniment::gateway {

class Oidc {
 public:
  // `ports`: but for what is made here.
  Oidc(const MasterKey& master, const command::StreamSource& source, OidcPorts ports)
      : sealed_(master),
        login_(master),
        signer_(source, ports.database->owners().clients()),
        ports_(std::move(ports)) {
    ports_.sealed = &sealed_;
    ports_.signer = &signer_;
    ports_.devices = &devices_;
    ports_.login = &login_;
    ports_.guesses = &guesses_;
    ports_.links = &links_;
    ports_.requests = &requests_;
    ports_.codec = &source.codec;
  }

  const OidcPorts& ports() const { return ports_; }
  AccessTokens access() { return {&sealed_, &signer_}; }

 private:
  const SealedTokens sealed_;
  const LoginSeals login_;
  AddressPace guesses_{kGuesses}, links_{kGuesses}, requests_{kRequests};
  Signer signer_;
  DevicePace devices_;
  OidcPorts ports_;
};

// Of a node, which listens on that port (0: on none).
std::unique_ptr<Oidc> OpenOidc(const Config& config, uint64_t listening, Storage& storage,
                               OidcPorts ports);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_OIDC_H_
