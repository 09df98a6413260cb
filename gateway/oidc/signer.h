// Signs and verifies an instance's own JSON Web Tokens by its web keys (command/webkey/web_keys.h).
//
//   ASSIGN_OR_RETURN(const std::string token, signer.Sign(instance, "JWT", claims));
//   const auto verified = signer.Verify(instance, token);     // nothing: not signed by a key that counts
//
// Which key signs, and which verify, the read models say; a private half is read from the log when it
// signs first, and is kept while the process lives. Thread-safe; Sign may wait for a disk then.
#ifndef MUNIMENT_GATEWAY_OIDC_SIGNER_H_
#define MUNIMENT_GATEWAY_OIDC_SIGNER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/jws.h"
#include "base/jwt.h"
#include "command/loader.h"
#include "projections/clients.h"

namespace muniment::gateway {

class Signer {
 public:
  // Both outlive it.
  Signer(const command::StreamSource& source, const projections::Clients& clients)
      : source_(source), clients_(clients) {}

  // By what tokens of the instance are signed now. UNAVAILABLE "web_key.none".
  absl::StatusOr<JwsAlgorithm> Algorithm(uint64_t instance) const;
  // `type`: the header's typ. UNAVAILABLE "web_key.none", or the store's errors.
  absl::StatusOr<std::string> Sign(uint64_t instance, absl::string_view type,
                                   absl::string_view claims);
  std::optional<Jwt> Verify(uint64_t instance, absl::string_view token);

 private:
  using Id = std::pair<uint64_t, std::string>;
  using Signing = std::shared_ptr<const SigningKey>;

  absl::StatusOr<Signing> PrivateKey(uint64_t instance, const row::v1::WebKey& row);

  const command::StreamSource source_;
  const projections::Clients& clients_;
  absl::Mutex mutex_;
  // By ids that never come back; an instance has few.
  absl::flat_hash_map<Id, Signing> signing_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_SIGNER_H_
