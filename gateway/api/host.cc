#include "gateway/api/host.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/host_name.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxHost = 253;

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_'; }
bool IsIp6Character(char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; }

}  // namespace

std::optional<std::string> HostOf(absl::string_view authority) {
  const std::optional<absl::string_view> found = HostOfAuthority(authority);
  if (!found.has_value()) return std::nullopt;
  absl::string_view host = *found;
  const bool ip6 = absl::StrContains(host, ':');
  if (!ip6) absl::ConsumeSuffix(&host, ".");
  if (host.empty() || host.size() > kMaxHost) return std::nullopt;
  if (!std::all_of(host.begin(), host.end(), ip6 ? IsIp6Character : IsNameCharacter)) {
    return std::nullopt;
  }
  return absl::AsciiStrToLower(host);
}

}  // namespace muniment::gateway
