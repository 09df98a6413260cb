// What the methods about settings share (muniment/api/policy/v1): one way to set any of them.
#ifndef MUNIMENT_COMMAND_POLICY_POLICIES_H_
#define MUNIMENT_COMMAND_POLICY_POLICIES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "muniment/api/policy/v1/policy_service.pb.h"

namespace muniment::command {

// A setting that is to be, as a request says it.
struct WantedPolicy {
  const api::policy::v1::Policy& policy;
  api::policy::v1::Expects expects = api::policy::v1::EXPECTS_UNSPECIFIED;
  // Fields that stay as they are; where there is no such setting yet, as the instance has them.
  std::vector<std::string> keep = {};
};

// On the instance, or on an organization. What stands already raises nothing. Errors: those of Check
// and CheckFactors; ALREADY_EXISTS "<noun>.already_exists" and NOT_FOUND "<noun>.not_found" as
// `expects` says; INVALID_ARGUMENT "policy.setting_missing", "policy.keep_unknown" for a field that the
// setting does not have, "policy.instance_only" for a setting that organizations have not,
// "policy.login.factors_apart" for factors of a login policy that stands; and, where names would count
// elsewhere, those of the move of names.
absl::Status SetPolicy(Unit& unit, const Scope& scope, const WantedPolicy& wanted);

// Back to the instance's. NOT_FOUND "<noun>.not_found" where the organization has none of its own.
absl::Status ResetPolicy(Unit& unit, absl::string_view organization_id,
                         api::policy::v1::PolicyType type);

// One factor of the login policy, allowed from then on or not. ALREADY_EXISTS
// "policy.login.factor_already_allowed", NOT_FOUND "policy.login.factor_not_allowed", NOT_FOUND
// "policy.login.not_found" where the organization has no login policy of its own; the errors of
// CheckFactors; INVALID_ARGUMENT "policy.login.factor_missing".
absl::Status SetLoginFactor(Unit& unit, const Scope& scope, const api::policy::v1::Factor& factor,
                            bool allowed);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_POLICIES_H_
