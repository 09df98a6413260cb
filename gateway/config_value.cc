#include "gateway/config_value.h"

#include <algorithm>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "gateway/net/networks.h"

namespace muniment::gateway {
namespace {

// Levenshtein, letters compared without case.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = absl::ascii_tolower(a[i - 1]) == absl::ascii_tolower(b[j - 1]);
      const size_t best = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (same ? 0 : 1)});
      diagonal = row[j];
      row[j] = best;
    }
  }
  return row[b.size()];
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
  size_t least = name.size() / 3 + 2;
  std::optional<std::string> nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(name, candidate);
    if (distance < least) {
      least = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace muniment::gateway
