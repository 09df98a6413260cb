// The token of a session: what CreateSession and SetSession answer, and what `authorization: Bearer`
// may show. It names its session, so that it is found without a search, and holds 256 random bits;
// the log keeps SHA-256 of the whole. Pure, thread-safe.
//
//   const std::string token = SessionToken(session_id, unit.NewSecret(kSessionSecretBytes));
//   const std::optional<absl::string_view> id = SessionOfToken(token);  // nothing: no such token
#ifndef MUNIMENT_BASE_SESSION_TOKEN_H_
#define MUNIMENT_BASE_SESSION_TOKEN_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

inline constexpr size_t kSessionSecretBytes = 32;

// "sess_<session id>_<base64url of the secret>".
std::string SessionToken(absl::string_view session_id, absl::string_view secret);

// The id that the token names, if it has the form of one. That proves nothing.
std::optional<absl::string_view> SessionOfToken(absl::string_view token);

// As it stands in the log.
std::string SessionTokenHash(absl::string_view token);

}  // namespace muniment

#endif  // MUNIMENT_BASE_SESSION_TOKEN_H_
