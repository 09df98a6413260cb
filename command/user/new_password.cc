#include "command/user/new_password.h"

#include "base/password_complexity.h"
#include "command/policy/settings.h"

namespace muniment::command {

namespace {

PasswordRules RulesOf(const event::v1::PasswordComplexity& policy) {
  PasswordRules rules;
  rules.min_length = policy.min_length();
  rules.needs_uppercase = policy.has_uppercase();
  rules.needs_lowercase = policy.has_lowercase();
  rules.needs_number = policy.has_number();
  rules.needs_symbol = policy.has_symbol();
  return rules;
}

}  // namespace

absl::Status CheckComplexity(Unit& unit, absl::string_view policy_organization_id,
                             absl::string_view password) {
  ASSIGN_OR_RETURN(const auto complexity, unit.Policy<PasswordComplexity>(policy_organization_id));
  return CheckPassword(RulesOf(complexity->policy), password);
}

absl::StatusOr<std::string> HashAdmitted(Unit& unit, absl::string_view policy_organization_id,
                                         absl::string_view password) {
  RETURN_IF_ERROR(CheckComplexity(unit, policy_organization_id, password));
  return unit.Hash(password);
}

}  // namespace muniment::command
