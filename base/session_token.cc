#include "base/session_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/id.h"

namespace muniment {
namespace {

constexpr absl::string_view kPrefix = "sess_";
constexpr size_t kSecretCharacters = 43;

}  // namespace

std::string SessionToken(absl::string_view session_id, absl::string_view secret) {
  return absl::StrCat(kPrefix, session_id, "_", absl::WebSafeBase64Escape(secret));
}

std::optional<absl::string_view> SessionOfToken(absl::string_view token) {
  if (!absl::StartsWith(token, kPrefix)) return std::nullopt;
  token.remove_prefix(kPrefix.size());
  const size_t end = token.find('_');
  if (end == absl::string_view::npos || token.size() - end - 1 != kSecretCharacters) {
    return std::nullopt;
  }
  const absl::string_view id = token.substr(0, end);
  if (!ParseId(id).has_value()) return std::nullopt;
  return id;
}

std::string SessionTokenHash(absl::string_view token) { return Sha256(token).str(); }

}  // namespace muniment
