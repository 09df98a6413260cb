// A session's challenges and checks by one-time codes that are sent. The code stands in the session
// and counts there once; wrong ones are counted there and over all of the user's sessions.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/code.h"
#include "base/timestamp.h"
#include "command/policy/secret_generators.h"
#include "command/session/steps.h"
#include "command/user/check_otp.h"
#include "command/user/factor_rules.h"
#include "command/user/link.h"
#include "command/user/new_code.h"
#include "command/user/otp_factor.h"

namespace muniment::command {

namespace wire = zitadel::session::v2;

namespace {

using OtpChallenge = Session::OtpChallenge;

struct InSms : SmsFactor {
  using Challenged = event::v1::SessionOtpSmsChallenged;
  using Failed = event::v1::SessionOtpSmsFailed;
  using Checked = event::v1::SessionOtpSmsChecked;
  static constexpr std::optional<OtpChallenge> Session::* kChallenge = &Session::otp_sms;
};

struct InEmail : EmailFactor {
  using Challenged = event::v1::SessionOtpEmailChallenged;
  using Failed = event::v1::SessionOtpEmailFailed;
  using Checked = event::v1::SessionOtpEmailChecked;
  static constexpr std::optional<OtpChallenge> Session::* kChallenge = &Session::otp_email;
};

// Who is shown the code proves nothing by it: it takes the right to sign the user in, and nobody has
// that over himself.
absl::Status MayBeTold(Unit& unit, const User& user, absl::string_view user_id) {
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("session.write", user.organization_id));
  if (holds && unit.caller().user_id != user_id) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "session.write_required",
               "To be answered the code takes session.write, and never of oneself.");
}

// The message counts with all others that go to the user.
absl::Status AskMessage(Unit& unit, const Ref<User>& user, event::v1::CodeChannel channel) {
  ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>(user.id()));
  RETURN_IF_ERROR(MayBeSent(unit, *user, *codes, channel));
  event::v1::MessageAsked asked;
  asked.set_channel(channel);
  *asked.mutable_asked_at() = ToTimestamp(unit.Now());
  unit.Raise(codes, std::move(asked));
  return absl::OkStatus();
}

template <class Factor>
absl::Status MustHave(Unit& unit, const Ref<User>& user) {
  RETURN_IF_ERROR(MayHaveFactor(unit, user, Factor::kFactor));
  ASSIGN_OR_RETURN(const auto factors, unit.LoadAny<UserFactors>(user.id()));
  if ((*factors).*Factor::kHeld) return absl::OkStatus();
  return Error(absl::StatusCode::kFailedPrecondition, absl::StrCat(Factor::kNoun, ".not_set_up"),
               "The user has not set up these one-time codes.");
}

template <class Factor>
absl::StatusOr<event::v1::Code> MakeCode(Unit& unit, const Ref<User>& user, bool returned,
                                         const std::string& url_template) {
  RETURN_IF_ERROR(MustHave<Factor>(unit, user));
  RETURN_IF_ERROR(MustReach(*user, Factor()));
  RETURN_IF_ERROR(MayLinkTo(unit, url_template, UrlKind::kOtpMail,
                            [&] { return MayBeTold(unit, *user, user.id()); }));
  ASSIGN_OR_RETURN(const CodeGenerator generator, LoadGenerator(unit, Factor::kGenerator));
  RETURN_IF_ERROR(returned ? MayBeTold(unit, *user, user.id())
                           : AskMessage(unit, user, Factor::kChannel));
  event::v1::Code code =
      NewCode(unit, generator, returned ? event::v1::CODE_CHANNEL_RETURNED : Factor::kChannel);
  code.set_address((*user).*Factor::kAddress);
  code.set_url_template(url_template);
  return code;
}

// What to add to the session when the code is right.
template <class Factor>
absl::StatusOr<typename Factor::Checked> CheckOtp(Unit& unit, const Ref<Session>& session,
                                                  const Session& now, const Ref<User>& user,
                                                  absl::string_view typed) {
  RETURN_IF_ERROR(MustHave<Factor>(unit, user));
  RETURN_IF_ERROR(MayTryOtp(unit, user));
  const std::optional<OtpChallenge>& challenge = now.*Factor::kChallenge;
  // The code for another address than he has by now proves nothing.
  if (!challenge.has_value() || challenge->code.address() != (*user).*Factor::kAddress) {
    return WrongCode();
  }
  if (!IsCode(typed, challenge->code)) {
    unit.Raise(session, typename Factor::Failed());
    return WrongOtp(unit, user, typename Factor::CheckFailed());
  }
  RETURN_IF_ERROR(MustBeInTime(challenge->code, unit.Now()));
  RETURN_IF_ERROR(RightOtp(unit, user, typename Factor::CheckSucceeded()));
  return typename Factor::Checked();
}

}  // namespace

absl::Status SessionSteps::ChallengeOtpSms(const wire::RequestChallenges::OTPSMS& wanted,
                                           wire::Challenges* answer) {
  RETURN_IF_ERROR(NeedsUser());
  event::v1::SessionOtpSmsChallenged challenged;
  ASSIGN_OR_RETURN(*challenged.mutable_code(),
                   MakeCode<InSms>(unit_, *user_, wanted.return_code(), ""));
  if (wanted.return_code()) answer->set_otp_sms(challenged.code().code());
  AddSealed(std::move(challenged));
  return absl::OkStatus();
}

absl::Status SessionSteps::ChallengeOtpEmail(const wire::RequestChallenges::OTPEmail& wanted,
                                             wire::Challenges* answer) {
  RETURN_IF_ERROR(NeedsUser());
  event::v1::SessionOtpEmailChallenged challenged;
  ASSIGN_OR_RETURN(*challenged.mutable_code(),
                   MakeCode<InEmail>(unit_, *user_, wanted.has_return_code(),
                                     wanted.send_code().url_template()));
  if (wanted.has_return_code()) answer->set_otp_email(challenged.code().code());
  AddSealed(std::move(challenged));
  return absl::OkStatus();
}

absl::Status SessionSteps::CheckOtpSms(const std::string& code) {
  RETURN_IF_ERROR(NeedsUser());
  ASSIGN_OR_RETURN(auto checked, CheckOtp<InSms>(unit_, session_, now_, *user_, code));
  return AddProof(std::move(checked));
}

absl::Status SessionSteps::CheckOtpEmail(const std::string& code) {
  RETURN_IF_ERROR(NeedsUser());
  ASSIGN_OR_RETURN(auto checked, CheckOtp<InEmail>(unit_, session_, now_, *user_, code));
  return AddProof(std::move(checked));
}

}  // namespace muniment::command
