// The token of a session: what CreateSession and SetSession answer, and what `authorization: Bearer`
// may show. It names its session and holds 256 random bits (base/located_secret.h). Pure, thread-safe.
//
//   const std::string token = SessionToken(session_id, unit.NewSecret(kSessionSecretBytes));
//   const std::optional<absl::string_view> id = SessionOfToken(token);  // nothing: no such token
#ifndef MUNIMENT_BASE_SESSION_TOKEN_H_
#define MUNIMENT_BASE_SESSION_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "base/located_secret.h"

namespace muniment {

inline constexpr size_t kSessionSecretBytes = kLocatedBytes;
inline constexpr absl::string_view kSessionToken = "sess";

inline std::string SessionToken(absl::string_view session_id, absl::string_view secret) {
  return LocatedSecret(kSessionToken, session_id, secret);
}

// The id that the token names, if it has the form of one. That proves nothing.
inline std::optional<absl::string_view> SessionOfToken(absl::string_view token) {
  return IdOfLocated(kSessionToken, token);
}

// As it stands in the log.
inline std::string SessionTokenHash(absl::string_view token) { return LocatedHash(token); }

}  // namespace muniment

#endif  // MUNIMENT_BASE_SESSION_TOKEN_H_
