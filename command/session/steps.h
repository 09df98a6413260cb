// What one call adds to a session: whose it is, what was proved, what is asked for, what it carries.
//
//   SessionSteps steps(unit, session);
//   RETURN_IF_ERROR(steps.Check(request.checks()));
//   RETURN_IF_ERROR(steps.Challenge(request.challenges(), response.mutable_challenges()));
//   response.set_session_token(steps.Finish());
//
// All or nothing: the session's events are raised by Finish. A wrong check refuses the call
// (Unit::Refuse) with nothing committed but the count against its user.
//
// Errors, beside those of the checks themselves (check_password.h, check_otp.h,
// check_recovery_code.h, web_authn_step.cc, otp_step.cc): NOT_FOUND
// "user.not_found" for a user who is unknown, or whom the caller may not sign in: that takes
// session.write on his organization, or being him; FAILED_PRECONDITION "user.locked",
// "user.not_active", and "session.password_not_allowed" where the session had its user before the
// call and his login policy allows no password; INVALID_ARGUMENT "session.user_differs" for a
// second user, "session.no_user" for a proof of nobody, "session.lifetime_invalid",
// "session.metadata_invalid". Together with a password a user who is unknown, locked, inactive or
// not allowed to sign in by one answers like a wrong password, at the same cost.
#ifndef MUNIMENT_COMMAND_SESSION_STEPS_H_
#define MUNIMENT_COMMAND_SESSION_STEPS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/timestamp.h"
#include "command/session/session.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {

class SessionSteps {
 public:
  // The session's user, if it has one, is loaded already (LoadUser).
  SessionSteps(Unit& unit, const Ref<Session>& session)
      : unit_(unit), session_(session), now_(*session) {}

  absl::Status Begin(const zitadel::session::v2::UserAgent& agent);
  absl::Status LoadUser();
  absl::Status Check(const zitadel::session::v2::Checks& checks);
  absl::Status Challenge(const zitadel::session::v2::RequestChallenges& wanted,
                         zitadel::session::v2::Challenges* answer);
  absl::Status SetMetadata(const google::protobuf::Map<std::string, std::string>& entries);
  absl::Status SetLifetime(const google::protobuf::Duration& lifetime);
  // Raises all of it, with a new token, which it answers.
  std::string Finish();

 private:
  template <class Kind>
  void Add(Kind kind) {
    Fold(now_, kind);
    event::v1::SessionEvent event;
    SetKind(event, std::move(kind));
    events_.push_back(std::move(event));
  }
  // Of a kind with personal fields: sealed under the session's user, once he is known.
  template <class Kind>
  void AddSealed(Kind kind) {
    kind.set_user_id(now_.user_id);
    Add(std::move(kind));
  }

  // What was proved of the user just now. In a session of older credentials he is proved anew: what
  // it proved of those counts no more.
  template <class Kind>
  absl::Status AddProof(Kind kind) {
    RETURN_IF_ERROR(RenewUser());
    *kind.mutable_checked_at() = ToTimestamp(unit_.Now());
    Add(std::move(kind));
    return absl::OkStatus();
  }
  absl::Status RenewUser();
  absl::Status AddUser(const Ref<User>& user);

  absl::StatusOr<std::optional<Ref<User>>> FindUser(
      const zitadel::session::v2::CheckUser& check) const;
  absl::StatusOr<bool> MaySignIn(const Ref<User>& user) const;
  absl::Status CheckUser(const zitadel::session::v2::CheckUser& check, bool with_password);
  absl::Status CheckPasswordOf(const std::string& password);
  absl::Status CheckTotpOf(const std::string& code);
  absl::Status CheckWebAuthn(const zitadel::session::v2::CheckWebAuthN& check);
  absl::Status ChallengeWebAuthn(const zitadel::session::v2::RequestChallenges::WebAuthN& wanted,
                                 zitadel::session::v2::Challenges::WebAuthN* answer);
  absl::Status CheckRecoveryCodeOf(const std::string& code);
  absl::Status CheckOtpSms(const std::string& code);
  absl::Status CheckOtpEmail(const std::string& code);
  absl::Status ChallengeOtpSms(const zitadel::session::v2::RequestChallenges::OTPSMS& wanted,
                               zitadel::session::v2::Challenges* answer);
  absl::Status ChallengeOtpEmail(const zitadel::session::v2::RequestChallenges::OTPEmail& wanted,
                                 zitadel::session::v2::Challenges* answer);
  // OK when the session has a user who is active.
  absl::Status NeedsUser() const;

  Unit& unit_;
  const Ref<Session> session_;
  Session now_;  // with what is added
  std::optional<Ref<User>> user_;
  std::string named_;  // whom the call names, be there somebody or not
  std::vector<event::v1::SessionEvent> events_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SESSION_STEPS_H_
