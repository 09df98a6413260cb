#include "gateway/rpc/json_time.h"

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "base/error.h"

namespace muniment::rpc {
namespace {

constexpr int64_t kMinTimestamp = -62135596800, kMaxTimestamp = 253402300799;
constexpr int64_t kMaxDuration = 315576000000;

// ".5", with 3, 6 or 9 digits, or nothing.
void AppendFraction(int32_t nanos, std::string& out) {
  if (nanos == 0) return;
  if (nanos % 1000000 == 0) {
    absl::StrAppendFormat(&out, ".%03d", nanos / 1000000);
  } else if (nanos % 1000 == 0) {
    absl::StrAppendFormat(&out, ".%06d", nanos / 1000);
  } else {
    absl::StrAppendFormat(&out, ".%09d", nanos);
  }
}

bool Digits(absl::string_view& text, size_t count, int64_t& value) {
  if (text.size() < count) return false;
  value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return true;
}

// ".123456789" of one to nine digits, or nothing.
bool Fraction(absl::string_view& text, int32_t& nanos) {
  nanos = 0;
  if (!absl::ConsumePrefix(&text, ".")) return true;
  int digits = 0;
  while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
    if (++digits > 9) return false;
    nanos = nanos * 10 + (text[0] - '0');
    text.remove_prefix(1);
  }
  for (int i = digits; i < 9; ++i) nanos *= 10;
  return digits > 0;
}

}  // namespace

absl::Status AppendTimestamp(int64_t seconds, int32_t nanos, std::string& out) {
  if (seconds < kMinTimestamp || seconds > kMaxTimestamp || nanos < 0 || nanos > 999999999) {
    return Error(absl::StatusCode::kInternal, "response.malformed", "A time is out of range.");
  }
  const absl::CivilSecond civil =
      absl::ToCivilSecond(absl::FromUnixSeconds(seconds), absl::UTCTimeZone());
  absl::StrAppendFormat(&out, "\"%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(),
                        civil.day(), civil.hour(), civil.minute(), civil.second());
  AppendFraction(nanos, out);
  out += "Z\"";
  return absl::OkStatus();
}

absl::Status AppendDuration(int64_t seconds, int32_t nanos, std::string& out) {
  const bool mixed = (seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0);
  if (mixed || std::llabs(seconds) > kMaxDuration || nanos < -999999999 || nanos > 999999999) {
    return Error(absl::StatusCode::kInternal, "response.malformed", "A duration is out of range.");
  }
  absl::StrAppend(&out, seconds < 0 || nanos < 0 ? "\"-" : "\"", std::llabs(seconds));
  AppendFraction(std::abs(nanos), out);
  out += "s\"";
  return absl::OkStatus();
}

bool ParseTimestamp(absl::string_view text, int64_t& seconds, int32_t& nanos) {
  int64_t year, month, day, hour, minute, second;
  if (!Digits(text, 4, year) || !absl::ConsumePrefix(&text, "-") || !Digits(text, 2, month) ||
      !absl::ConsumePrefix(&text, "-") || !Digits(text, 2, day) ||
      !(absl::ConsumePrefix(&text, "T") || absl::ConsumePrefix(&text, "t")) ||
      !Digits(text, 2, hour) || !absl::ConsumePrefix(&text, ":") || !Digits(text, 2, minute) ||
      !absl::ConsumePrefix(&text, ":") || !Digits(text, 2, second) || !Fraction(text, nanos)) {
    return false;
  }
  int64_t offset = 0;
  if (!absl::ConsumePrefix(&text, "Z") && !absl::ConsumePrefix(&text, "z")) {
    const bool minus = absl::ConsumePrefix(&text, "-");
    int64_t hours, minutes;
    if ((!minus && !absl::ConsumePrefix(&text, "+")) || !Digits(text, 2, hours) ||
        !absl::ConsumePrefix(&text, ":") || !Digits(text, 2, minutes) || hours > 23 ||
        minutes > 59) {
      return false;
    }
    offset = (hours * 60 + minutes) * (minus ? -60 : 60);
  }
  if (!text.empty() || hour > 23 || minute > 59 || second > 59) return false;
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day) return false;
  seconds = absl::ToUnixSeconds(absl::FromCivil(civil, absl::UTCTimeZone())) - offset;
  return seconds >= kMinTimestamp && seconds <= kMaxTimestamp;
}

bool ParseDuration(absl::string_view text, int64_t& seconds, int32_t& nanos) {
  const bool minus = absl::ConsumePrefix(&text, "-");
  size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
  if (digits == 0 || digits > 12 || !Digits(text, digits, seconds) || !Fraction(text, nanos) ||
      text != "s" || seconds > kMaxDuration) {
    return false;
  }
  if (minus) {
    seconds = -seconds;
    nanos = -nanos;
  }
  return true;
}

}  // namespace muniment::rpc
