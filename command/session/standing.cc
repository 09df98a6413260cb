#include "command/session/standing.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/crypto.h"
#include "command/policy/settings.h"
#include "command/user/factor_rules.h"
#include "command/user/factors.h"

namespace muniment::command {

namespace {

// Each event keeps so much of each; the whole stands with the session.
constexpr size_t kMaxReported = 500;

std::string Kept(const std::string& text) {
  return text.size() <= kMaxReported ? text : std::string();
}

std::string UserAgentOf(const event::v1::SessionUserAgent& agent) {
  for (const auto& header : agent.header()) {
    if (absl::EqualsIgnoreCase(header.name(), "user-agent") && header.value_size() > 0) {
      return header.value(0);
    }
  }
  return agent.description();
}

}  // namespace

void ReportAgent(Unit& unit, const std::string& session_id, const Session& session) {
  if (session.user_agent.ByteSizeLong() == 0) return;
  store::v1::Reported where;
  where.set_session_id(session_id);
  where.set_ip(Kept(session.user_agent.ip()));
  where.set_user_agent(Kept(UserAgentOf(session.user_agent)));
  where.set_fingerprint_id(Kept(session.user_agent.fingerprint_id()));
  unit.Report(std::move(where), session.user_id);
}

void PrefetchSession(Unit& unit, const Caller& caller) {
  (void)unit.LoadAny<Session>(caller.session_id);
  (void)unit.LoadAny<UserFactors>(caller.user_id);
  (void)unit.LoadAny<LoginPolicy>(OrgScope(caller.organization_id));
  (void)unit.LoadAny<LoginPolicy>(InstanceScope());
  (void)unit.LoadAny<PasswordAge>(OrgScope(caller.organization_id));
  (void)unit.LoadAny<PasswordAge>(InstanceScope());
}

absl::Status MayActBySession(Unit& unit, const Caller& caller, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(caller.session_id));
  if (!session->stands(unit.Now()) || session->user_id != user.id() ||
      !ConstantTimeEqual(session->token_hash, caller.session_token_hash)) {
    return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
                 "The token is not valid, or is no longer.");
  }
  ReportAgent(unit, session.id(), *session);
  ASSIGN_OR_RETURN(const bool stand, CredentialsStand(unit, *session, *user));
  if (!stand) return CredentialsChanged(absl::StatusCode::kUnauthenticated);
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  const bool second = HoldsSecondFactor(*policy, *factors);
  return MayAct(session->proofs, DemandsOf(policy->policy, second), unit.Now());
}

absl::StatusOr<bool> PasswordChangeDue(Unit& unit, const Caller& caller, const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(caller.session_id));
  ASSIGN_OR_RETURN(const auto age, unit.Policy<PasswordAge>(user->organization_id));
  const PasswordState password = {.change_required = user->password_change_required,
                                  .changed = user->password_changed,
                                  .max_age_days = age->policy.max_age_days()};
  return MustChangePassword(session->proofs, password, unit.Now());
}

// The setting is read where it decides: nearly no session is of older credentials.
absl::StatusOr<bool> CredentialsStand(Unit& unit, const Session& session, const User& user) {
  if (session.credential_epoch >= user.credential_epoch) return true;
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<SessionPolicy>(InstanceScope()));
  return setting.exists() && !setting->policy.end_with_credentials();
}

absl::StatusOr<bool> ProvedLately(Unit& unit, const Caller& caller) {
  // An application that was handed a token is not the person who sat there.
  if (caller.session_id.empty()) return false;
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(caller.session_id));
  return Fresh(session->proofs, unit.Now());
}

absl::Status ShowsNoOldSession(Unit& unit) {
  const Caller& caller = unit.caller();
  if (caller.session_id.empty() && caller.sign_in_session_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool lately, ProvedLately(unit, caller));
  return lately ? absl::OkStatus() : ProofTooOld();
}

}  // namespace muniment::command
