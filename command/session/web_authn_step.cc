// What a session asks of an authenticator, and the check of its answer (WebAuthn Level 3 section
// 7.2).
//
// FAILED_PRECONDITION "webauthn.none" for a user without one at the domain, "session.not_challenged",
// "session.challenge_expired"; INVALID_ARGUMENT "webauthn.credential" for another's; PERMISSION_DENIED
// "webauthn.cloned" for a signature count that does not rise: two authenticators have the key.
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "command/policy/settings.h"
#include "command/session/steps.h"
#include "command/user/checks.h"
#include "command/user/web_authn.h"

namespace muniment::command {

namespace wire = zitadel::session::v2;

namespace {

constexpr size_t kChallengeBytes = 32;

// The published numbers, which the event keeps.
webauthn::Requirement RequirementOf(uint32_t number) {
  switch (number) {
    case wire::USER_VERIFICATION_REQUIREMENT_REQUIRED: return webauthn::Requirement::kRequired;
    case wire::USER_VERIFICATION_REQUIREMENT_PREFERRED: return webauthn::Requirement::kPreferred;
    default: return webauthn::Requirement::kDiscouraged;
  }
}

// Only a passkey is asked to make sure of the person.
std::vector<webauthn::Credential> Allowed(const UserFactors& factors, const std::string& rp_id,
                                          webauthn::Requirement requirement) {
  auto allowed = CredentialsAt(factors.passkeys, rp_id);
  if (requirement == webauthn::Requirement::kRequired) return allowed;
  for (auto& key : CredentialsAt(factors.u2f, rp_id)) allowed.push_back(std::move(key));
  return allowed;
}

struct Shown {
  bool passkey = false;
  event::v1::WebAuthnCredential stored;
};

absl::StatusOr<Shown> FindShown(const UserFactors& factors, const std::string& rp_id,
                                const std::string& credential_id) {
  for (const bool passkey : {true, false}) {
    for (const auto& [id, token] : passkey ? factors.passkeys : factors.u2f) {
      if (token.verified() && token.credential->rp_id() == rp_id &&
          token.credential->credential_id() == credential_id && !credential_id.empty()) {
        return Shown{passkey, *token.credential};
      }
    }
  }
  return Error(absl::StatusCode::kInvalidArgument, "webauthn.credential",
               "The user has not registered this credential here.");
}

absl::Status Cloned() {
  return Error(absl::StatusCode::kPermissionDenied, "webauthn.cloned",
               "The authenticator's count does not rise: another one has the same key. Remove it.");
}

void RaiseFailed(Unit& unit, const Ref<UserChecks>& checks, bool passkey) {
  if (passkey) {
    unit.Raise(checks, event::v1::PasskeyCheckFailed());
  } else {
    unit.Raise(checks, event::v1::U2fCheckFailed());
  }
}

void RaiseSucceeded(Unit& unit, const Ref<UserChecks>& checks, const Shown& shown) {
  if (shown.passkey) {
    event::v1::PasskeyCheckSucceeded succeeded;
    succeeded.set_token_id(shown.stored.token_id());
    unit.Raise(checks, std::move(succeeded));
  } else {
    event::v1::U2fCheckSucceeded succeeded;
    succeeded.set_token_id(shown.stored.token_id());
    unit.Raise(checks, std::move(succeeded));
  }
}

void RaiseUsed(Unit& unit, const Ref<UserFactors>& factors, const Shown& shown,
               const webauthn::Assertion& proof) {
  if (proof.received_sign_count == shown.stored.sign_count() &&
      proof.backed_up == shown.stored.backed_up()) {
    return;
  }
  event::v1::WebAuthnUse use;
  use.set_token_id(shown.stored.token_id());
  use.set_sign_count(proof.received_sign_count);
  use.set_backed_up(proof.backed_up);
  if (shown.passkey) {
    event::v1::PasskeySignCountChanged changed;
    *changed.mutable_use() = std::move(use);
    unit.Raise(factors, std::move(changed));
  } else {
    event::v1::U2fSignCountChanged changed;
    *changed.mutable_use() = std::move(use);
    unit.Raise(factors, std::move(changed));
  }
}

absl::Status MayAnswer(const Session& session, absl::Time now) {
  if (!session.web_authn.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "session.not_challenged",
                 "The session asked for no authenticator; a challenge is answered once.");
  }
  if (now < ToTime(session.web_authn->issued_at()) + kCeremonyTime) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "session.challenge_expired",
               "The challenge was made too long ago; ask for another.");
}

// Two factors at once, where the policy takes them as such.
bool CountsTwice(const LoginPolicy& policy, const Shown& shown, const webauthn::Assertion& proof) {
  if (!proof.user_verified) return false;
  return shown.passkey ? policy.policy.allow_passkeys()
                       : policy.multi_factors.contains(event::v1::MULTI_FACTOR_U2F_WITH_VERIFICATION);
}

absl::Status MayUse(const LoginPolicy& policy, const Shown& shown) {
  const bool may = shown.passkey ? policy.policy.allow_passkeys()
                                 : policy.second_factors.contains(event::v1::SECOND_FACTOR_U2F);
  if (may) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, "factor.not_allowed",
               "The login policy does not have this factor.");
}

webauthn::Ceremony AssertionCeremony(const event::v1::SessionWebAuthnChallenged& asked,
                                     webauthn::RelyingParty rp) {
  webauthn::Ceremony ceremony;
  ceremony.challenge = asked.challenge();
  ceremony.rp = std::move(rp);
  ceremony.user_verification = RequirementOf(asked.user_verification());
  // Without credentials to choose from the browser offered what it has.
  ceremony.user_known = asked.allowed_credential_size() > 0;
  return ceremony;
}

}  // namespace

absl::Status SessionSteps::ChallengeWebAuthn(const wire::RequestChallenges::WebAuthN& wanted,
                                             wire::Challenges::WebAuthN* answer) {
  ASSIGN_OR_RETURN(auto rp, RelyingPartyOf(unit_, wanted.domain()));
  event::v1::SessionWebAuthnChallenged asked;
  asked.set_challenge(unit_.NewSecret(kChallengeBytes));
  asked.set_rp_id(rp.id);
  asked.set_user_verification(wanted.user_verification_requirement());
  *asked.mutable_issued_at() = ToTimestamp(unit_.Now());
  std::vector<webauthn::Credential> allowed;
  if (user_.has_value()) {
    RETURN_IF_ERROR(NeedsUser());
    ASSIGN_OR_RETURN(const auto factors, unit_.LoadAny<UserFactors>(user_->id()));
    allowed = Allowed(*factors, rp.id, RequirementOf(asked.user_verification()));
    if (allowed.empty()) {
      return Error(absl::StatusCode::kFailedPrecondition, "webauthn.none",
                   "The user has no such authenticator for this domain.");
    }
  }
  for (const auto& credential : allowed) asked.add_allowed_credential(credential.id);
  *answer->mutable_public_key_credential_request_options() =
      webauthn::RequestOptions(AssertionCeremony(asked, std::move(rp)), allowed);
  AddSealed(std::move(asked));
  return absl::OkStatus();
}

absl::Status SessionSteps::CheckWebAuthn(const wire::CheckWebAuthN& check) {
  RETURN_IF_ERROR(NeedsUser());
  RETURN_IF_ERROR(MayAnswer(now_, unit_.Now()));
  const event::v1::SessionWebAuthnChallenged asked = *now_.web_authn;
  ASSIGN_OR_RETURN(auto rp, RelyingPartyOf(unit_, asked.rp_id()));
  ASSIGN_OR_RETURN(const auto answer, webauthn::ReadAssertion(check.credential_assertion_data()));
  ASSIGN_OR_RETURN(const auto factors, unit_.LoadAny<UserFactors>(user_->id()));
  ASSIGN_OR_RETURN(const auto checks, unit_.LoadAny<UserChecks>(user_->id()));
  ASSIGN_OR_RETURN(const auto policy, unit_.Policy<LoginPolicy>((*user_)->organization_id));
  ASSIGN_OR_RETURN(const Shown shown, FindShown(*factors, rp.id, answer.id));
  RETURN_IF_ERROR(MayUse(*policy, shown));
  const auto proof = webauthn::VerifyAssertion(
      AssertionCeremony(asked, std::move(rp)), answer, CredentialOf(shown.stored),
      UserHandle(user_->id()), {asked.allowed_credential().begin(), asked.allowed_credential().end()});
  if (!proof.ok() || proof->clone_suspected) {
    RaiseFailed(unit_, checks, shown.passkey);
    return unit_.Refuse(proof.ok() ? Cloned() : proof.status());
  }
  RaiseSucceeded(unit_, checks, shown);
  RaiseUsed(unit_, factors, shown, *proof);
  event::v1::SessionWebAuthnChecked checked;
  checked.set_user_verified(CountsTwice(*policy, shown, *proof));
  return AddProof(std::move(checked));
}

}  // namespace muniment::command
