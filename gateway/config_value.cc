#include "gateway/config_value.h"

#include <arpa/inet.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/email_address.h"
#include "base/host_name.h"
#include "base/names.h"
#include "base/text.h"
#include "gateway/dns.h"
#include "gateway/message/smtp.h"
#include "gateway/net/networks.h"
#include "gateway/outbound.h"

namespace muniment::gateway {
namespace {

// How many letters are wrong, missing, too many or swapped with their neighbour (optimal string
// alignment); compared without case.
size_t Distance(absl::string_view a, absl::string_view b) {
  const auto same = [&](size_t i, size_t j) {
    return absl::ascii_tolower(a[i]) == absl::ascii_tolower(b[j]);
  };
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    d[i][0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1,
                          d[i - 1][j - 1] + (same(i - 1, j - 1) ? 0 : 1)});
      if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1)) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

// SimpleAtoi forgives white space and signs.
bool IsCount(absl::string_view text, uint64_t* number) {
  return std::all_of(text.begin(), text.end(), absl::ascii_isdigit) &&
         absl::SimpleAtoi(text, number);
}

// What a key takes of its type. Beyond stand values that can only be slips, or that would make the
// server useless without a word.
struct Counts {
  Key key;
  uint64_t least, most;
};
constexpr Counts kCounts[] = {
    {Key::kPort, 0, 65535},           {Key::kExternalPort, 0, 65535},
    {Key::kPostgresReaders, 1, 256},  {Key::kMaxConnections, 1, 1'000'000},
    {Key::kIoThreads, 0, 256},        {Key::kCommandWorkers, 0, 256},
    {Key::kQueryWorkers, 0, 256},     {Key::kHashWorkers, 0, 256},
};

struct Sizes {
  Key key;
  uint64_t least, most;  // bytes
  absl::string_view range;
};
constexpr Sizes kSizes[] = {
    {Key::kMaxRequestBytes, 1 << 10, 1 << 30, "1KiB to 1GiB"},
    {Key::kCacheBytes, 1 << 20, uint64_t{1} << 40, "1MiB to 1024GiB"},
};

struct Durations {
  Key key;
  absl::Duration least, most;
  absl::string_view range;
};
const Durations kDurations[] = {
    {Key::kMaxStaleness, absl::ZeroDuration(), absl::Hours(24), "0s to 24h"},
    {Key::kCallTimeout, absl::Milliseconds(10), absl::Hours(24), "10ms to 24h"},
    {Key::kSequenceTimeout, absl::ZeroDuration(), absl::Hours(1), "0s to 1h"},
    {Key::kDrainTimeout, absl::ZeroDuration(), absl::Hours(1), "0s to 1h"},
};

struct Choice {
  Key key;
  std::vector<absl::string_view> words;
  absl::string_view text;
};
const Choice kChoices[] = {
    {Key::kLogLevel, {"debug", "info", "warn", "error"}, "debug, info, warn or error"},
    {Key::kLogFormat, {"text", "json"}, "text or json"},
    {Key::kAttestation, {"none", "direct", "trusted"}, "none, direct or trusted"},
    // By its published name or number; empty is what it is without.
    {Key::kMachineKeyType, {"", "json", "1"}, "json or 1"},
};

constexpr Key kNotEmpty[] = {Key::kDataDir, Key::kOrgName, Key::kHumanUserName,
                             Key::kInstanceName, Key::kPostgresSchema};

std::optional<std::string> RefusedNumber(Key key, absl::string_view text) {
  for (const Counts& range : kCounts) {
    uint64_t number = 0;
    if (range.key != key) continue;
    if (IsCount(text, &number) && number >= range.least && number <= range.most) break;
    return absl::StrCat("a whole number from ", range.least, " to ", range.most);
  }
  for (const Sizes& range : kSizes) {
    if (range.key != key) continue;
    const std::optional<uint64_t> size = ParseBytes(text);
    if (size.has_value() && *size >= range.least && *size <= range.most) break;
    return absl::StrCat("a size from ", range.range);
  }
  for (const Durations& range : kDurations) {
    absl::Duration duration;
    if (range.key != key) continue;
    if (absl::ParseDuration(text, &duration) && duration >= range.least && duration <= range.most) {
      break;
    }
    return absl::StrCat("a duration from ", range.range);
  }
  return std::nullopt;
}

constexpr size_t kMaxSenderName = 100;

// What is allowed of texts that have a form; empty ones are not given.
std::optional<std::string> RefusedForm(Key key, absl::string_view text) {
  if (text.empty()) return std::nullopt;
  switch (key) {
    case Key::kSmtpHost:
      if (ParseSmtpServer(text).has_value()) break;
      return "a host with or without a port, such as mail.example.com:587";
    case Key::kSmtpFrom:
    case Key::kSmtpReplyTo:
      if (ParseEmailAddress(text).ok()) break;
      return "an e-mail address";
    case Key::kSmtpFromName:
      if (ValidName(text) && CodePoints(text) <= kMaxSenderName) break;
      return absl::StrCat("a name of at most ", kMaxSenderName, " characters");
    case Key::kMailEndpoint:
    case Key::kSmsEndpoint:
      if (Outbound::Check(std::string(text)).ok()) break;
      return "an http or https URL without a user";
    case Key::kDnsServers: {
      const std::vector<std::string> servers = SplitList(text);
      if (std::all_of(servers.begin(), servers.end(), [](const std::string& server) {
            return ParseNameServer(server).has_value();
          })) {
        break;
      }
      return "addresses of name servers, with a port where that is not 53: 192.0.2.1:5353";
    }
    default:
      break;
  }
  return std::nullopt;
}

bool IsAddress(const std::string& text) {
  unsigned char bytes[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), bytes) == 1;
}

// An origin as browsers send it (RFC 6454 section 6.2), without a port that its scheme has anyway: an
// entry that is written in another way would never be met.
bool IsOrigin(absl::string_view text) {
  const size_t mark = text.find("://");
  if (mark == 0 || mark == absl::string_view::npos) return false;
  const std::string scheme = absl::AsciiStrToLower(text.substr(0, mark));
  const auto in_scheme = [](char c) {
    return absl::ascii_isalnum(c) || c == '+' || c == '-' || c == '.';
  };
  if (!std::all_of(scheme.begin(), scheme.end(), in_scheme)) return false;
  absl::string_view host = text.substr(mark + 3);
  const size_t colon = host.rfind(':');
  if (colon != absl::string_view::npos && host.back() != ']') {
    uint64_t port = 0;
    if (!IsCount(host.substr(colon + 1), &port) || port == 0 || port > 65535) return false;
    if (port == (scheme == "https" ? 443 : scheme == "http" ? 80 : 0)) return false;
    host = host.substr(0, colon);
  }
  const bool bracketed = absl::StartsWith(host, "[") && absl::EndsWith(host, "]");
  return bracketed == absl::StrContains(host, ':') && HostName(host).has_value();
}

constexpr size_t kMaxSlip = 3;  // letters
constexpr size_t kMaxName = 100;

// "Postgres.URL" of "Store.Postgres.URL", "domain" of "external-domain".
bool IsPartOf(absl::string_view name, absl::string_view candidate) {
  constexpr size_t kLeast = 4;
  return name.size() >= kLeast && absl::StrContains(absl::AsciiStrToLower(candidate),
                                                    absl::AsciiStrToLower(name));
}

}  // namespace

std::optional<uint64_t> ParseBytes(absl::string_view text) {
  int shift = 0;
  if (absl::ConsumeSuffix(&text, "KiB")) {
    shift = 10;
  } else if (absl::ConsumeSuffix(&text, "MiB")) {
    shift = 20;
  } else if (absl::ConsumeSuffix(&text, "GiB")) {
    shift = 30;
  }
  uint64_t number = 0;
  // SimpleAtoi forgives white space.
  if (text.empty() || !absl::ascii_isdigit(text.back()) || !absl::SimpleAtoi(text, &number) ||
      number > (std::numeric_limits<uint64_t>::max() >> (shift + 1))) {
    return std::nullopt;
  }
  return number << shift;
}

std::vector<std::string> SplitList(absl::string_view text) {
  std::vector<std::string> elements;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view element = absl::StripAsciiWhitespace(part);
    if (!element.empty()) elements.emplace_back(element);
  }
  return elements;
}

std::optional<std::string> Mismatch(KeyType type, absl::string_view text) {
  uint64_t number = 0;
  absl::Duration duration;
  absl::Time time;
  switch (type) {
    case KeyType::kText:
    case KeyType::kList:
      return std::nullopt;
    case KeyType::kNetworks:
      if (net::Networks::Parse(SplitList(text)).ok()) return std::nullopt;
      return "IP addresses and networks such as 192.0.2.1, 10.0.0.0/8 or ::1";
    case KeyType::kOrigins:
      for (const std::string& origin : SplitList(text)) {
        if (origin == "*" || IsOrigin(origin)) continue;
        return "* or origins such as https://app.example.com or http://localhost:3000, without path "
               "and usual port";
      }
      return std::nullopt;
    case KeyType::kHost:
      if (HostName(text).has_value()) return std::nullopt;
      return "a host name such as id.example.com, or an IP address, without scheme, port and path";
    case KeyType::kSwitch:
      if (text == "true" || text == "false") return std::nullopt;
      return "true or false";
    case KeyType::kCount:
      if (IsCount(text, &number)) return std::nullopt;
      return "a whole number, 0 or more";
    case KeyType::kBytes:
      if (ParseBytes(text).has_value()) return std::nullopt;
      return "a size such as 64KiB, 128MiB or 1GiB";
    case KeyType::kDuration:
      if (absl::ParseDuration(text, &duration) && duration >= absl::ZeroDuration()) {
        return std::nullopt;
      }
      return "a duration such as 500ms, 30s or 1h30m";
    case KeyType::kTime:
      if (absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) return std::nullopt;
      return "a time such as 2030-01-31T12:00:00Z";
  }
  return "of a known type";
}

std::optional<std::string> Refused(Key key, absl::string_view text) {
  for (const Choice& choice : kChoices) {
    if (choice.key != key) continue;
    const bool known =
        std::find(choice.words.begin(), choice.words.end(), text) != choice.words.end();
    return known ? std::nullopt : std::optional<std::string>(choice.text);
  }
  if (text.empty() && std::find(std::begin(kNotEmpty), std::end(kNotEmpty), key) !=
                          std::end(kNotEmpty)) {
    return "not empty";
  }
  if (key == Key::kAddress) {
    const std::vector<std::string> addresses = SplitList(text);
    const bool all = !addresses.empty() &&
                     std::all_of(addresses.begin(), addresses.end(), IsAddress);
    if (!all) return "one or more IP addresses, such as 127.0.0.1, 0.0.0.0 or ::";
  }
  const std::optional<std::string> form = RefusedForm(key, text);
  return form.has_value() ? form : RefusedNumber(key, text);
}

std::optional<std::string> Nearest(absl::string_view name,
                                   const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > kMaxName) return std::nullopt;
  const size_t most = std::min(std::max<size_t>(name.size() / 3, 1), kMaxSlip);
  size_t least = most + 1;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  if (nearest.has_value()) return nearest;
  // Of several that hold it the shortest says least beside it.
  for (const std::string& candidate : candidates) {
    if (!IsPartOf(name, candidate)) continue;
    if (!nearest.has_value() || candidate.size() < nearest->size()) nearest = candidate;
  }
  return nearest;
}

}  // namespace muniment::gateway
