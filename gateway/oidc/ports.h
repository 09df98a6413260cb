// What OpenID Connect's endpoints work with; all of it outlives them.
#ifndef MUNIMENT_GATEWAY_OIDC_PORTS_H_
#define MUNIMENT_GATEWAY_OIDC_PORTS_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/clock.h"
#include "command/router.h"
#include "eventstore/codec.h"
#include "gateway/freshness.h"
#include "gateway/login/seals.h"
#include "gateway/oidc/address_pace.h"
#include "gateway/oidc/device_pace.h"
#include "gateway/oidc/sealed_tokens.h"
#include "gateway/oidc/signer.h"
#include "gateway/worker_pool.h"
#include "projections/database.h"
#include "projections/runner.h"

namespace muniment::gateway {

struct OidcPorts {
  const projections::Database* database = nullptr;
  command::Router* router = nullptr;
  // Without read models that follow the log nothing is answered but what is the same for everybody.
  const projections::Runner* runner = nullptr;
  // Null where nobody else writes to the log.
  Freshness* freshness = nullptr;
  // What takes time: signatures.
  WorkerPool* pool = nullptr;
  Clock* clock = nullptr;
  const SealedTokens* sealed = nullptr;
  Signer* signer = nullptr;
  DevicePace* devices = nullptr;
  AddressPace* requests = nullptr;
  // Of the hosted login.
  const LoginSeals* login = nullptr;
  AddressPace* guesses = nullptr;
  // Of codes that a link brings: any page can have a browser open it, and is not to spend the guesses
  // of who types one.
  AddressPace* links = nullptr;
  const eventstore::Codec* codec = nullptr;
  // Of the instance that is reached by the host: "https://id.example.com".
  std::function<std::string(absl::string_view host)> issuer = nullptr;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_PORTS_H_
