// Secrets that name where they stand: a word that tells their sort, an id by which what they open is
// found without a search, and random bytes. The log keeps SHA-256 of the whole. Pure, thread-safe.
//
//   const std::string code = LocatedSecret("code", request_id, unit.NewSecret(kLocatedBytes));
//   const std::optional<absl::string_view> id = IdOfLocated("code", code);  // nothing: no such thing
#ifndef MUNIMENT_BASE_LOCATED_SECRET_H_
#define MUNIMENT_BASE_LOCATED_SECRET_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

inline constexpr size_t kLocatedBytes = 32;

// "<sort>_<id>_<base64url of the secret>".
std::string LocatedSecret(absl::string_view sort, absl::string_view id, absl::string_view secret);

// The id that the text names, if it has the form of one of that sort. That proves nothing.
std::optional<absl::string_view> IdOfLocated(absl::string_view sort, absl::string_view text);

// As it stands in the log.
std::string LocatedHash(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_LOCATED_SECRET_H_
