// What an instance keeps from everybody. One that never said so keeps nothing.
#ifndef MUNIMENT_COMMAND_POLICY_RESTRICTIONS_H_
#define MUNIMENT_COMMAND_POLICY_RESTRICTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "muniment/event/v1/restrictions.visit.h"

namespace muniment::command {

template <>
inline constexpr absl::string_view kSettingNoun<event::v1::RestrictionsEvent> = "restrictions";
using Restrictions = Setting<event::v1::RestrictionsEvent>;

absl::StatusOr<Ref<Restrictions>> LoadRestrictions(Unit& unit);

// As ChooseLanguage (base/language.h) takes them.
std::vector<std::string> AllowedLanguages(const event::v1::Restrictions& restrictions);

// FAILED_PRECONDITION "language.not_allowed", which names it.
absl::Status MustAllow(const event::v1::Restrictions& restrictions, absl::string_view language);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_RESTRICTIONS_H_
