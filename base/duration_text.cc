#include "base/duration_text.h"

#include <unicode/locid.h>
#include <unicode/measfmt.h>
#include <unicode/measunit.h>
#include <unicode/measure.h>

#include <cstdint>
#include <vector>

#include "base/check.h"

namespace muniment {

namespace {

struct TimeUnit {
  int64_t seconds;
  icu::MeasureUnit* (*make)(UErrorCode&);
};

constexpr TimeUnit kUnits[] = {
    {24 * 3600, &icu::MeasureUnit::createDay},
    {3600, &icu::MeasureUnit::createHour},
    {60, &icu::MeasureUnit::createMinute},
    {1, &icu::MeasureUnit::createSecond},
};

}  // namespace

std::string DurationText(absl::Duration duration, absl::string_view language) {
  int64_t left = absl::ToInt64Seconds(duration);
  UErrorCode error = U_ZERO_ERROR;
  std::vector<icu::Measure> measures;
  for (const TimeUnit& unit : kUnits) {
    const int64_t count = left / unit.seconds;
    left %= unit.seconds;
    const bool nothing_else = unit.seconds == 1 && measures.empty();
    if (count != 0 || nothing_else) measures.emplace_back(count, unit.make(error), error);
  }
  const icu::Locale locale = icu::Locale::forLanguageTag({language.data(),
                                                          static_cast<int32_t>(language.size())},
                                                         error);
  const icu::MeasureFormat format(locale, UMEASFMT_WIDTH_WIDE, error);
  icu::UnicodeString text;
  icu::FieldPosition ignored;
  format.formatMeasures(measures.data(), static_cast<int32_t>(measures.size()), text, ignored,
                        error);
  MUNIMENT_CHECK(U_SUCCESS(error));
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

}  // namespace muniment
