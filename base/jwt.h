// JSON Web Tokens that others signed (RFC 7519), as they come from outside: what they say, before
// anybody believes it.
//
//   ASSIGN_OR_RETURN(const Jwt token, ParseJwt(text));
//   if (!key.Verifies(token.algorithm, token.parts)) ...
//   const std::optional<std::string> issuer = token.Text("iss");
//
// A key is never taken from a token: jwk, jku, x5c and x5u are not looked at (RFC 8725 section 3.10). A
// `crit` names what we do not know, so it is refused (RFC 7515 section 4.1.11), and so is every
// algorithm that base/jws.h has not: "none" and HMACs among them.
//
// Pure, thread-safe; the text may be hostile.
#ifndef MUNIMENT_BASE_JWT_H_
#define MUNIMENT_BASE_JWT_H_

#include <google/protobuf/struct.pb.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/jws.h"

namespace muniment {

inline constexpr size_t kMaxJwt = 16 * 1024;

struct Jwt {
  JwsParts parts;
  JwsAlgorithm algorithm = event::v1::WEB_KEY_ALGORITHM_UNSPECIFIED;
  std::string key_id;  // empty: none is named
  std::string type;    // typ, in lower case and without "application/"; empty: none
  google::protobuf::Struct claims;

  // Nothing where the claim is absent or of another form.
  std::optional<std::string> Text(absl::string_view claim) const;
  std::optional<absl::Time> Time(absl::string_view claim) const;
  std::optional<bool> Flag(absl::string_view claim) const;
  bool Has(absl::string_view claim) const;
  // Of `aud` and the like: one text or several.
  std::vector<std::string> Texts(absl::string_view claim) const;
};

// INVALID_ARGUMENT "jwt.malformed" for what is no signed JWT of up to kMaxJwt bytes,
// "jwt.algorithm" for one whose algorithm is not ours, "jwt.critical" for one with `crit`.
absl::StatusOr<Jwt> ParseJwt(absl::string_view text);

// Whether it has the form of one: three parts.
bool LooksLikeJwt(absl::string_view text);

}  // namespace muniment

#endif  // MUNIMENT_BASE_JWT_H_
