// What an instance or an organization says of passwords; read with Unit::Policy.
#ifndef MUNIMENT_COMMAND_POLICY_PASSWORD_COMPLEXITY_H_
#define MUNIMENT_COMMAND_POLICY_PASSWORD_COMPLEXITY_H_

#include "absl/strings/string_view.h"
#include "muniment/event/v1/policy.visit.h"

namespace muniment::command {

struct PasswordComplexity {
  using Event = event::v1::PasswordComplexityEvent;
  static constexpr absl::string_view kNoun = "policy.password_complexity";

  bool added = false;
  event::v1::PasswordComplexity policy;

  bool exists() const { return added; }
};

void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityAdded& event);
void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityChanged& event);
void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_PASSWORD_COMPLEXITY_H_
