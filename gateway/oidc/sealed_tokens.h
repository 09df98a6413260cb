// Tokens that only we can read: sealed, they say themselves which family they are of, so that what they
// open is found by one get and a stranger's costs none. Each sort opens nothing that takes another.
//
//   const std::string token = tokens.Seal(TokenSort::kAccess, content, expiration);
//   const auto content = tokens.Open(TokenSort::kAccess, token, now);   // nothing: none of ours
//
// That one opens says who made it and that it is in time, not that it lives (live_token.h).
// Thread-safe.
#ifndef MUNIMENT_GATEWAY_OIDC_SEALED_TOKENS_H_
#define MUNIMENT_GATEWAY_OIDC_SEALED_TOKENS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/keyring.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::gateway {

enum class TokenSort { kAccess, kRefresh };

class SealedTokens {
 public:
  explicit SealedTokens(const MasterKey& master) : sealer_(master) {}

  std::string Seal(TokenSort sort, const oidc::v1::SealedToken& content,
                   absl::Time expiration) const;
  std::optional<oidc::v1::SealedToken> Open(TokenSort sort, absl::string_view token,
                                            absl::Time now) const;
  // Whether it has the form of one, which proves nothing.
  static bool Looks(TokenSort sort, absl::string_view token);

 private:
  const Sealer sealer_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_SEALED_TOKENS_H_
