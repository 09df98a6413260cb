#include "gateway/net/networks.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"

namespace muniment::net {
namespace {

using Bytes = std::array<uint8_t, 16>;

std::optional<Bytes> ParseAddress(absl::string_view text, bool* v4 = nullptr) {
  const std::string copy(text);
  Bytes bytes{};
  if (inet_pton(AF_INET6, copy.c_str(), bytes.data()) == 1) return bytes;
  bytes.fill(0);
  bytes[10] = bytes[11] = 0xff;
  if (inet_pton(AF_INET, copy.c_str(), bytes.data() + 12) != 1) return std::nullopt;
  if (v4 != nullptr) *v4 = true;
  return bytes;
}

bool Within(const Bytes& network, int bits, const Bytes& address) {
  const int whole = bits / 8;
  if (std::memcmp(network.data(), address.data(), static_cast<size_t>(whole)) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  const auto at = static_cast<size_t>(whole);
  return (network[at] & mask) == (address[at] & mask);
}

}  // namespace

bool IsAddress(absl::string_view text) { return ParseAddress(text).has_value(); }

bool IsLoopbackHost(absl::string_view host) {
  static const auto* const loopback = new Networks(*Networks::Parse({"127.0.0.0/8", "::1"}));
  return absl::EqualsIgnoreCase(host, "localhost") ||
         absl::EndsWithIgnoreCase(host, ".localhost") || loopback->Contains(host);
}

absl::StatusOr<Networks> Networks::Parse(const std::vector<std::string>& ranges) {
  Networks networks;
  for (const std::string& range : ranges) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(range, absl::MaxSplits('/', 1));
    bool v4 = false;
    const auto address = ParseAddress(parts.first, &v4);
    int bits = v4 ? 32 : 128;
    const bool sized = absl::StrContains(range, '/');
    if (!address || (sized && !absl::SimpleAtoi(parts.second, &bits)) || bits < 0 ||
        bits > (v4 ? 32 : 128)) {
      return Error(absl::StatusCode::kInvalidArgument, "config.network",
                   absl::StrCat("\"", range, "\" is no IP address or range."));
    }
    networks.ranges_.push_back({*address, v4 ? bits + 96 : bits});
  }
  return networks;
}

bool Networks::Contains(absl::string_view text) const {
  if (ranges_.empty()) return false;
  const auto address = ParseAddress(text);
  return address.has_value() &&
         std::any_of(ranges_.begin(), ranges_.end(), [&address](const Range& range) {
           return Within(range.address, range.bits, *address);
         });
}

}  // namespace muniment::net
