#include "base/host_name.h"

#include <arpa/inet.h>
#include <unicode/idna.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "base/check.h"

namespace muniment {
namespace {

constexpr size_t kMaxText = 1000;
constexpr size_t kMaxHost = 253;

// Underscores stand in names that containers have for one another.
bool IsNameCharacter(char c) { return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_'; }

// The address in its shortest form, or nothing.
template <int kFamily>
std::optional<std::string> Address(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  char shortest[INET6_ADDRSTRLEN];
  if (inet_pton(kFamily, text.c_str(), bytes) != 1) return std::nullopt;
  return inet_ntop(kFamily, bytes, shortest, sizeof(shortest));
}

const icu::IDNA& Idna() {
  static const icu::IDNA* const idna = [] {
    UErrorCode error = U_ZERO_ERROR;
    const icu::IDNA* made = icu::IDNA::createUTS46Instance(
        UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ, error);
    MUNIMENT_CHECK(U_SUCCESS(error));
    return made;
  }();
  return *idna;
}

std::optional<std::string> ToAscii(absl::string_view text) {
  UErrorCode error = U_ZERO_ERROR;
  std::string ascii;
  icu::StringByteSink<std::string> sink(&ascii);
  icu::IDNAInfo info;
  Idna().nameToASCII_UTF8(icu::StringPiece(text.data(), static_cast<int32_t>(text.size())), sink,
                          info, error);
  if (U_FAILURE(error) || info.hasErrors()) return std::nullopt;
  return ascii;
}

bool IsPort(absl::string_view text) {
  uint32_t port = 0;
  return text.size() <= 5 && std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         (text.empty() || (absl::SimpleAtoi(text, &port) && port <= 65535));
}

}  // namespace

std::optional<absl::string_view> HostOfAuthority(absl::string_view authority) {
  absl::string_view host = authority, port;
  if (absl::ConsumePrefix(&host, "[")) {
    const size_t end = host.find(']');
    if (end == absl::string_view::npos) return std::nullopt;
    port = host.substr(end + 1);
    host = host.substr(0, end);
    if (!absl::StrContains(host, ':')) return std::nullopt;
    if (!port.empty() && !absl::ConsumePrefix(&port, ":")) return std::nullopt;
  } else if (const size_t colon = host.find(':'); colon != absl::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  if (host.empty() || absl::StrContains(host, '@') || !IsPort(port)) return std::nullopt;
  return host;
}

std::optional<std::string> HostName(absl::string_view text) {
  if (text.empty() || text.size() > kMaxText || absl::StrContains(text, '\0')) return std::nullopt;
  absl::string_view inner = text;
  const bool brackets = absl::ConsumePrefix(&inner, "[") && absl::ConsumeSuffix(&inner, "]");
  const auto ip6 = Address<AF_INET6>(std::string(brackets ? inner : text));
  if (ip6.has_value() || brackets) return ip6;
  const std::optional<std::string> name = ToAscii(text);
  if (!name.has_value() || name->empty() || name->size() > kMaxHost || name->back() == '.' ||
      !std::all_of(name->begin(), name->end(), IsNameCharacter)) {
    return std::nullopt;
  }
  const absl::string_view last = absl::string_view(*name).substr(name->rfind('.') + 1);
  if (std::all_of(last.begin(), last.end(), absl::ascii_isdigit)) return Address<AF_INET>(*name);
  return name;
}

std::optional<std::string> DomainName(absl::string_view text) {
  std::optional<std::string> name = HostName(text);
  if (!name.has_value() || !absl::StrContains(*name, '.')) return std::nullopt;
  if (absl::StrContains(*name, ':') || absl::StrContains(*name, '_')) return std::nullopt;
  return absl::ascii_isdigit(name->back()) && Address<AF_INET>(*name).has_value() ? std::nullopt
                                                                                   : name;
}

std::string ReadableHostName(absl::string_view host) {
  UErrorCode error = U_ZERO_ERROR;
  std::string readable;
  icu::StringByteSink<std::string> sink(&readable);
  icu::IDNAInfo info;
  Idna().nameToUnicodeUTF8(icu::StringPiece(host.data(), static_cast<int32_t>(host.size())), sink,
                           info, error);
  return U_FAILURE(error) || info.hasErrors() ? std::string(host) : readable;
}

}  // namespace muniment
