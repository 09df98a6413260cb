#include "gateway/net/proxies.h"

#include <arpa/inet.h>

#include <cstring>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
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

bool Contains(const Bytes& network, int bits, const Bytes& address) {
  const int whole = bits / 8;
  if (std::memcmp(network.data(), address.data(), static_cast<size_t>(whole)) != 0) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<uint8_t>(0xff << (8 - bits % 8));
  const auto at = static_cast<size_t>(whole);
  return (network[at] & mask) == (address[at] & mask);
}

// "192.0.2.1", "192.0.2.1:80", "[2001:db8::1]:80", "\"[2001:db8::1]\"" without port and marks.
std::string Bare(absl::string_view node) {
  node = absl::StripAsciiWhitespace(node);
  absl::ConsumePrefix(&node, "\"");
  absl::ConsumeSuffix(&node, "\"");
  if (absl::ConsumePrefix(&node, "[")) return std::string(node.substr(0, node.find(']')));
  if (node.find(':') == node.rfind(':')) node = node.substr(0, node.find(':'));
  return std::string(node);
}

struct Hop {
  std::string address, scheme, host;
};

std::vector<Hop> Forwarded(const Request& request) {
  std::vector<Hop> hops;
  for (size_t i = 0; i < request.headers.size(); ++i) {
    if (request.headers.name(i) != "forwarded") continue;
    for (absl::string_view element : absl::StrSplit(request.headers.value(i), ',')) {
      Hop hop;
      for (absl::string_view pair : absl::StrSplit(element, ';')) {
        const std::pair<absl::string_view, absl::string_view> parts =
            absl::StrSplit(absl::StripAsciiWhitespace(pair), absl::MaxSplits('=', 1));
        absl::string_view value = parts.second;
        absl::ConsumePrefix(&value, "\"");
        absl::ConsumeSuffix(&value, "\"");
        if (absl::EqualsIgnoreCase(parts.first, "for")) hop.address = Bare(value);
        if (absl::EqualsIgnoreCase(parts.first, "proto")) {
          hop.scheme = absl::AsciiStrToLower(value);
        }
        if (absl::EqualsIgnoreCase(parts.first, "host")) hop.host = std::string(value);
      }
      hops.push_back(std::move(hop));
    }
  }
  return hops;
}

std::vector<Hop> XForwarded(const Request& request) {
  std::vector<Hop> hops;
  for (size_t i = 0; i < request.headers.size(); ++i) {
    if (request.headers.name(i) != "x-forwarded-for") continue;
    for (absl::string_view node : absl::StrSplit(request.headers.value(i), ',')) {
      hops.push_back({Bare(node), "", ""});
    }
  }
  if (hops.empty()) hops.emplace_back();
  // Proxies overwrite these two, they do not append.
  hops.back().scheme = absl::AsciiStrToLower(request.headers.Get("x-forwarded-proto"));
  hops.back().host = std::string(request.headers.Get("x-forwarded-host"));
  return hops;
}

}  // namespace

absl::StatusOr<Proxies> Proxies::Parse(const std::vector<std::string>& ranges) {
  Proxies proxies;
  for (const std::string& range : ranges) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(range, absl::MaxSplits('/', 1));
    bool v4 = false;
    const auto address = ParseAddress(parts.first, &v4);
    int bits = v4 ? 32 : 128;
    const bool sized = absl::StrContains(range, '/');
    if (!address || (sized && !absl::SimpleAtoi(parts.second, &bits)) || bits < 0 ||
        bits > (v4 ? 32 : 128)) {
      return Error(absl::StatusCode::kInvalidArgument, "config.trusted_proxy",
                   absl::StrCat("\"", range, "\" is no IP address or range."));
    }
    proxies.ranges_.push_back({*address, v4 ? bits + 96 : bits});
  }
  return proxies;
}

bool Proxies::Trusts(absl::string_view text) const {
  if (ranges_.empty()) return false;
  const auto address = ParseAddress(text);
  if (!address) return false;
  for (const Range& range : ranges_) {
    if (Contains(range.address, range.bits, *address)) return true;
  }
  return false;
}

void Proxies::Introduce(absl::string_view address, Request& request) const {
  request.peer = std::string(address);
  if (!Trusts(address)) return;
  const std::vector<Hop> hops =
      request.headers.Has("forwarded") ? Forwarded(request) : XForwarded(request);
  for (size_t i = hops.size(); i-- > 0;) {
    const Hop& hop = hops[i];
    if (hop.scheme == "http" || hop.scheme == "https") request.scheme = hop.scheme;
    if (!hop.host.empty()) request.authority = hop.host;
    if (!ParseAddress(hop.address)) return;
    request.peer = hop.address;
    if (!Trusts(hop.address)) return;
  }
}

}  // namespace muniment::net
