#include "command/user/factor_rules.h"

#include <utility>

#include "command/policy/settings.h"
#include "command/session/session.h"
#include "command/user/state.h"

namespace muniment::command {

bool HoldsSecondFactor(const LoginPolicy& login, const UserFactors& factors) {
  return HoldsSecondFactor(factors.held(), [&login](event::v1::SecondFactor factor) {
    return login.second_factors.contains(factor);
  });
}

namespace {

// By what the user has, as far as the policy lets him use it.
bool CanSignIn(const LoginPolicy& login, const User& user, const UserFactors& factors) {
  const event::v1::LoginPolicy& policy = login.policy;
  if (policy.allow_passkeys() && UserFactors::AnyVerified(factors.passkeys)) return true;
  if (!policy.allow_username_password() || user.password_hash.empty()) return false;
  if (!policy.force_mfa() && !policy.force_mfa_local_only()) return true;
  return HoldsSecondFactor(login, factors);
}

}  // namespace

absl::Status MayHaveFactor(Unit& unit, const Ref<User>& user, event::v1::SecondFactor factor) {
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  if (policy->second_factors.contains(factor)) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "factor.not_allowed",
               "The login policy does not have this factor.");
}

absl::Status FactorRemoved(Unit& unit, const Ref<User>& user, const Ref<UserFactors>& factors) {
  if (unit.self_allowed()) {
    ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
    if (!CanSignIn(*policy, *user, *factors)) {
      return Error(absl::StatusCode::kFailedPrecondition, "factor.last_one",
                   "Without this factor you could not sign in; set up another first.");
    }
  }
  unit.Raise(user, event::v1::CredentialsRevoked());
  return KeepOwnSession(unit, user);
}

absl::Status KeepOwnSession(Unit& unit, const Ref<User>& user) {
  const Caller& caller = unit.caller();
  if (caller.session_id.empty() || caller.user_id != user.id()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(caller.session_id));
  event::v1::SessionCredentialsKept kept;
  kept.set_credential_epoch(user->credential_epoch);
  unit.Raise(session, std::move(kept));
  return absl::OkStatus();
}

}  // namespace muniment::command
