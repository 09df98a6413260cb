#include "base/located_secret.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/crypto.h"
#include "base/id.h"

namespace muniment {

std::string LocatedSecret(absl::string_view sort, absl::string_view id, absl::string_view secret) {
  return absl::StrCat(sort, "_", id, "_", Base64UrlEncode(secret));
}

std::optional<absl::string_view> IdOfLocated(absl::string_view sort, absl::string_view text) {
  constexpr size_t kSecretCharacters = (kLocatedBytes * 4 + 2) / 3;
  if (!absl::ConsumePrefix(&text, sort) || !absl::ConsumePrefix(&text, "_")) return std::nullopt;
  const size_t end = text.find('_');
  if (end == absl::string_view::npos || text.size() - end - 1 != kSecretCharacters) {
    return std::nullopt;
  }
  const absl::string_view id = text.substr(0, end);
  return ParseId(id).has_value() ? std::optional(id) : std::nullopt;
}

std::string LocatedHash(absl::string_view text) { return Sha256(text).str(); }

}  // namespace muniment
