#include "command/policy/restrictions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace muniment::command {

absl::StatusOr<Ref<Restrictions>> LoadRestrictions(Unit& unit) {
  return unit.LoadAny<Restrictions>(unit.instance_id());
}

std::vector<std::string> AllowedLanguages(const event::v1::Restrictions& restrictions) {
  return {restrictions.allowed_languages().begin(), restrictions.allowed_languages().end()};
}

absl::Status MustAllow(const event::v1::Restrictions& restrictions, absl::string_view language) {
  const auto& allowed = restrictions.allowed_languages();
  if (allowed.empty() || std::find(allowed.begin(), allowed.end(), language) != allowed.end()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "language.not_allowed",
               absl::StrCat("The instance does not allow the language ", language,
                            ", and its default language has to be one that it allows."));
}

}  // namespace muniment::command
