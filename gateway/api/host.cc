#include "gateway/api/host.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace muniment::gateway {
namespace {

constexpr size_t kMaxHost = 253;

bool IsPort(absl::string_view text) {
  uint32_t port = 0;
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         (text.empty() || (absl::SimpleAtoi(text, &port) && port <= 65535));
}

bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_'; }
bool IsIp6Character(char c) { return absl::ascii_isxdigit(c) || c == ':' || c == '.'; }

}  // namespace

std::optional<std::string> HostOf(absl::string_view authority) {
  absl::string_view host = authority, port;
  const bool ip6 = absl::ConsumePrefix(&host, "[");
  if (ip6) {
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    port = host.substr(end + 1);
    host = host.substr(0, end);
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return std::nullopt;
  } else if (const size_t colon = host.find(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (!ip6) absl::ConsumeSuffix(&host, ".");
  if (host.empty() || host.size() > kMaxHost || !IsPort(port)) return std::nullopt;
  if (!std::all_of(host.begin(), host.end(), ip6 ? IsIp6Character : IsNameCharacter)) {
    return std::nullopt;
  }
  return absl::AsciiStrToLower(host);
}

}  // namespace muniment::gateway
