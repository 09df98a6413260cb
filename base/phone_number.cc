#include "base/phone_number.h"

#include <phonenumbers/logger.h>
#include <phonenumbers/phonenumberutil.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr size_t kMaxText = 64;

absl::Status Invalid() {
  return Error(absl::StatusCode::kInvalidArgument, "phone.invalid",
               "A phone number is a plus, the country's code and the number in digits, such as "
               "+41791234567.");
}

// The library reads letters as the keys they stand on.
bool HasLetters(absl::string_view text) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (size_t at = 0; at < text.size();) {
    UChar32 point;
    U8_NEXT(bytes, at, text.size(), point);
    if (u_isalpha(point) || u_iscntrl(point)) return true;
  }
  return false;
}

const PhoneNumberUtil& Numbers() {
  static const PhoneNumberUtil* const numbers = [] {
    PhoneNumberUtil* const made = PhoneNumberUtil::GetInstance();
    made->SetLogger(new i18n::phonenumbers::NullLogger());  // it would write to standard output
    return made;
  }();
  return *numbers;
}

}  // namespace

absl::StatusOr<std::string> NormalizePhoneNumber(absl::string_view text, absl::string_view region) {
  if (text.size() > kMaxText || !ValidUtf8(text) || HasLetters(text)) return Invalid();
  PhoneNumber number;
  const std::string country(region.empty() ? "ZZ" : region);
  if (Numbers().Parse(std::string(text), country, &number) != PhoneNumberUtil::NO_PARSING_ERROR ||
      number.has_extension() || !Numbers().IsPossibleNumber(number)) {
    return Invalid();
  }
  std::string normal;
  Numbers().Format(number, PhoneNumberUtil::E164, &normal);
  if (!LooksLikeE164(normal)) return Invalid();
  return normal;
}

std::string PartOfPhoneNumber(absl::string_view text) {
  std::string part(text);
  part.erase(std::remove_if(part.begin(), part.end(),
                            [](char c) { return absl::StrContains(" -()", c); }),
             part.end());
  return part.empty() ? std::string(text) : part;
}

}  // namespace muniment
