#include "gateway/config_value.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/host_name.h"
#include "gateway/net/networks.h"

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
    case KeyType::kHost:
      if (HostName(text).has_value()) return std::nullopt;
      return "a host name such as id.example.com, or an IP address, without scheme, port and path";
    case KeyType::kSwitch:
      if (text == "true" || text == "false") return std::nullopt;
      return "true or false";
    case KeyType::kCount:
      if (absl::SimpleAtoi(text, &number)) return std::nullopt;
      return "a whole number";
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
