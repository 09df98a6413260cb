// The codes that are redeemed for tokens (base/located_secret.h), by sort: of a request to authorize
// (RFC 6749 section 4.1.2), and of a device (RFC 8628 section 3.2). How long requests and tokens count.
// And what logins are told, and may.
#ifndef MUNIMENT_BASE_OIDC_CODE_H_
#define MUNIMENT_BASE_OIDC_CODE_H_

#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/error.h"

namespace muniment {

inline constexpr absl::string_view kAuthCode = "code";
inline constexpr absl::string_view kDeviceCode = "device";

// So many access tokens of one family count at once; one more ends the oldest.
inline constexpr int kMaxAccessTokens = 32;

// What people type at another device (RFC 8628 section 6.1): eight letters that spell no word, 34 bits.
// Of random bytes, without bias; nothing where too many of them fell outside.
inline constexpr absl::string_view kUserCodeLetters = "BCDFGHJKLMNPQRSTVWXZ";
inline std::optional<std::string> UserCodeOf(absl::string_view random) {
  std::string code;
  for (const char c : random) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 240) continue;
    if (code.size() == 4) code.push_back('-');
    code.push_back(kUserCodeLetters[byte % 20]);
    if (code.size() == 9) return code;
  }
  return std::nullopt;
}
// It stands in the log as a keyed hash of this purpose (eventstore/codec.h, ClaimKey), however it was
// typed.
inline constexpr absl::string_view kUserCodePurpose = "oidc.user_code";
inline std::string NormalUserCode(absl::string_view typed) {
  std::string code;
  for (const char c : typed) {
    if (c == '-' || c == ' ') continue;
    code.push_back(absl::ascii_toupper(static_cast<unsigned char>(c)));
  }
  return code;
}

// As it is shown: in two groups.
inline std::string ShownUserCode(absl::string_view normal) {
  std::string code(normal);
  if (code.size() > 4) code.insert(4, "-");
  return code;
}

// For so long a request may be answered; people read mail and look for their telephone meanwhile.
inline constexpr absl::Duration kAuthRequestTime = absl::Hours(1);

// A family of tokens ends with what the log still says of its beginning.
inline constexpr absl::Duration kMaxFamilyAge = absl::Hours(24 * 90);

// Who holds it on the instance may answer for people who sign in: a login.
inline constexpr absl::string_view kLinkPermission = "session.link";
// What a login is told of a request that is not there, and whoever is none of any.
inline absl::Status NoLoginRequest(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               "There is no such request.");
}

// "V2_<id>", and behind it perhaps what its browser carries (base/login_hint.h).
inline constexpr char kBehindLoginRequest = '.';
inline std::string LoginRequestId(absl::string_view id) { return absl::StrCat("V2_", id); }
inline absl::string_view RequestOfLogin(absl::string_view told) {
  return absl::StripPrefix(told.substr(0, told.find(kBehindLoginRequest)), "V2_");
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_OIDC_CODE_H_
