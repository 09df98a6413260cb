// What a session has proved of its user, and whether that is enough to act for him. Pure: commands
// feed it with folded streams and readers with rows, so that both say the same.
//
//   const Demands demands = DemandsOf(policy, HoldsSecondFactor(held, allowed));
//   RETURN_IF_ERROR(MayAct(session.proofs, demands, now));
#ifndef MUNIMENT_BASE_PROOF_H_
#define MUNIMENT_BASE_PROOF_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "muniment/event/v1/policy.pb.h"

namespace muniment {

// When each was proved last; InfinitePast: never.
struct Proofs {
  absl::Time password = absl::InfinitePast();
  absl::Time intent = absl::InfinitePast();  // a sign-in at a provider outside
  absl::Time web_authn = absl::InfinitePast();
  // The authenticator made sure of the person (WebAuthn Level 3, UV): two factors at once.
  bool user_verified = false;
  absl::Time totp = absl::InfinitePast();
  absl::Time otp_sms = absl::InfinitePast();
  absl::Time otp_email = absl::InfinitePast();
  absl::Time recovery_code = absl::InfinitePast();

  // The newest of all.
  absl::Time newest() const;
};

// What the login policy and the user's own factors ask for. A zero lifetime is none.
struct Demands {
  bool force_mfa = false;
  bool force_mfa_local_only = false;
  bool has_second_factor = false;
  absl::Duration password_lifetime = absl::InfiniteDuration();
  absl::Duration intent_lifetime = absl::InfiniteDuration();
  absl::Duration second_factor_lifetime = absl::InfiniteDuration();
  absl::Duration multi_factor_lifetime = absl::InfiniteDuration();
};

// The factors that a user set up beside the password.
struct HeldFactors {
  bool totp = false;
  bool otp_sms = false;
  bool otp_email = false;
  bool u2f = false;

  bool any() const { return totp || otp_sms || otp_email || u2f; }
};

// Whether he has one that the policy lets him use.
bool HoldsSecondFactor(const HeldFactors& held,
                       absl::FunctionRef<bool(event::v1::SecondFactor)> allowed);

Demands DemandsOf(const event::v1::LoginPolicy& policy, bool has_second_factor);

enum class Proof {
  kEnough,
  kNoFirstFactor,   // neither a password, a provider nor a passkey, or too long ago
  kNoSecondFactor,  // as the policy forces it, or as the user has one
};

// A passkey with user verification is enough by itself. Whoever signed in at a provider is asked for
// a second factor only where force_mfa says so or he has one of his own.
Proof Judge(const Proofs& proofs, const Demands& demands, absl::Time now);
// OK where that is enough; else UNAUTHENTICATED "auth.session_unproved", which says what lacks.
absl::Status MayAct(const Proofs& proofs, const Demands& demands, absl::Time now);

// What stands of a user's password, and how old the policy of his organization lets it become.
struct PasswordState {
  bool change_required = false;  // who set it said so
  absl::Time changed = absl::InfinitePast();
  uint64_t max_age_days = 0;  // 0: any
};

// Whether who proved himself by his password must first choose another: he was told to, or it is
// too old. A session that never proved a password is not asked.
bool MustChangePassword(const Proofs& proofs, const PasswordState& password, absl::Time now);
// PERMISSION_DENIED "auth.password_change_required".
absl::Status PasswordChangeRequired();

// "session.credentials_changed": its user's credentials are others than when it proved him.
absl::Status CredentialsChanged(absl::StatusCode code);

// For what changes credentials: something was proved no longer ago than this.
inline constexpr absl::Duration kFresh = absl::Minutes(15);
bool Fresh(const Proofs& proofs, absl::Time now);
// PERMISSION_DENIED "auth.proof_too_old".
absl::Status ProofTooOld();

}  // namespace muniment

#endif  // MUNIMENT_BASE_PROOF_H_
