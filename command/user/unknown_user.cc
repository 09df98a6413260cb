#include "command/user/unknown_user.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/phone_number.h"

namespace muniment::command {

void Fold(UnknownUser& user, const event::v1::UnknownUserCheckFailed& event) {
  user.organization_id = event.organization_id();
  ++user.failures;
}

std::string UnknownUserId(const Unit& unit, absl::string_view name) {
  constexpr size_t kDigits = 5;  // of 16: a million
  // A number is one however it is spelled.
  const absl::StatusOr<std::string> phone = NormalizePhoneNumber(name);
  const std::string hash =
      absl::BytesToHexString(unit.KeyedHash("unknown_user", phone.ok() ? *phone : name));
  return absl::StrCat("unknown-", absl::string_view(hash).substr(0, kDigits));
}

}  // namespace muniment::command
