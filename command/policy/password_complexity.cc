#include "command/policy/password_complexity.h"

namespace muniment::command {

void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityAdded& event) {
  state.added = true;
  state.policy = event.policy();
}

void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityChanged& event) {
  state.policy = event.policy();
}

void Fold(PasswordComplexity& state, const event::v1::PasswordComplexityRemoved&) {
  state = PasswordComplexity();
}

}  // namespace muniment::command
