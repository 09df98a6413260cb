#include "gateway/net/proxies.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/error.h"

namespace muniment::net {
namespace {

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

bool SpeaksOfAnother(const Headers& headers) {
  static constexpr absl::string_view kNames[] = {"forwarded", "x-forwarded-for", "x-forwarded-host",
                                                 "x-forwarded-proto", "x-real-ip", "via"};
  return std::any_of(std::begin(kNames), std::end(kNames),
                     [&headers](absl::string_view name) { return headers.Has(name); });
}

}  // namespace

absl::StatusOr<Proxies> Proxies::Parse(const std::vector<std::string>& ranges) {
  Proxies proxies;
  ASSIGN_OR_RETURN(proxies.trusted_, Networks::Parse(ranges));
  return proxies;
}

void Proxies::Introduce(absl::string_view address, Request& request) const {
  request.peer = std::string(address);
  if (!Trusts(address)) {
    request.strange_proxy = SpeaksOfAnother(request.headers);
    return;
  }
  const bool standard = request.headers.Has("forwarded");
  if (standard && request.headers.Has("x-forwarded-for")) {
    request.strange_proxy = true;
    return;
  }
  const std::vector<Hop> hops = standard ? Forwarded(request) : XForwarded(request);
  for (size_t i = hops.size(); i-- > 0;) {
    const Hop& hop = hops[i];
    if (hop.scheme == "http" || hop.scheme == "https") request.scheme = hop.scheme;
    if (!hop.host.empty()) request.authority = hop.host;
    if (!IsAddress(hop.address)) return;
    request.peer = hop.address;
    if (!Trusts(hop.address)) return;
  }
}

}  // namespace muniment::net
