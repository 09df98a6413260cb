#include "command/session/steps.h"

#include "base/session_token.h"
#include "base/text.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/session/sign_in_name.h"
#include "command/session/standing.h"
#include "command/user/check_otp.h"
#include "command/user/check_password.h"
#include "command/user/check_recovery_code.h"
#include "command/user/factor_rules.h"
#include "command/user/state.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {

namespace wire = zitadel::session::v2;

using google::protobuf::util::TimeUtil;

namespace {

constexpr absl::string_view kWrite = "session.write";
constexpr size_t kMaxKey = 200;             // code points
constexpr size_t kMaxMetadata = 64 << 10;   // bytes, of all entries together
constexpr size_t kMaxUserAgent = 16 << 10;  // bytes, headers and all

absl::Status Invalid(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, reason, message);
}

absl::Status UnknownUser() {
  return Error(absl::StatusCode::kNotFound, "user.not_found", "There is no such user.");
}

event::v1::SessionUserAgent Stored(const wire::UserAgent& agent) {
  event::v1::SessionUserAgent stored;
  stored.set_fingerprint_id(agent.fingerprint_id());
  stored.set_ip(agent.ip());
  stored.set_description(agent.description());
  const std::map<std::string, wire::UserAgent::HeaderValues> sorted(agent.header().begin(),
                                                                    agent.header().end());
  for (const auto& [name, values] : sorted) {
    auto* header = stored.add_header();
    header->set_name(name);
    *header->mutable_value() = values.values();
  }
  return stored;
}

}  // namespace

absl::Status SessionSteps::Begin(const wire::UserAgent& agent) {
  if (agent.ByteSizeLong() > kMaxUserAgent) {
    return Invalid("session.user_agent_too_large", "The user agent has more than 16 KiB.");
  }
  event::v1::SessionAdded added;
  added.set_creator_id(unit_.caller().user_id);
  added.set_organization_id(unit_.caller().organization_id);
  *added.mutable_added_at() = ToTimestamp(unit_.Now());
  if (agent.ByteSizeLong() > 0) *added.mutable_user_agent() = Stored(agent);
  Add(std::move(added));
  ReportAgent(unit_, session_.id(), now_);
  return absl::OkStatus();
}

absl::Status SessionSteps::LoadUser() {
  ReportAgent(unit_, session_.id(), now_);
  if (now_.user_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto user, unit_.Load<User>(now_.user_id));
  // Whoever made the session may have lost the right since.
  ASSIGN_OR_RETURN(const bool may, MaySignIn(user));
  if (!may) return UnknownUser();
  user_ = user;
  return absl::OkStatus();
}

absl::StatusOr<bool> SessionSteps::MaySignIn(const Ref<User>& user) const {
  if (user.id() == unit_.caller().user_id) return true;
  return unit_.Holds(kWrite, user->organization_id);
}

absl::StatusOr<std::optional<Ref<User>>> SessionSteps::FindUser(
    const wire::CheckUser& check) const {
  std::optional<Ref<User>> nobody;
  absl::StatusOr<Ref<User>> found = check.has_user_id() ? unit_.LoadOrNew<User>(check.user_id())
                                                        : UserBySignInName(unit_, check.login_name());
  if (Reason(found.status()) == "user.not_found") return nobody;
  if (!found.ok()) return found.status();
  if (!(*found)->exists()) return nobody;
  ASSIGN_OR_RETURN(const auto org, unit_.LoadAny<Org>((*found)->organization_id));
  if (!org->exists()) return nobody;
  ASSIGN_OR_RETURN(const bool may, MaySignIn(*found));
  return may ? std::optional<Ref<User>>(*found) : nobody;
}

absl::Status SessionSteps::CheckUser(const wire::CheckUser& check, bool with_password) {
  ASSIGN_OR_RETURN(const auto user, FindUser(check));
  named_ = check.has_user_id() ? check.user_id() : check.login_name();
  if (!user.has_value() && !with_password) return UnknownUser();
  if (!now_.user_id.empty() && (!user.has_value() || now_.user_id != user->id())) {
    return Invalid("session.user_differs", "The session is another user's.");
  }
  if (!user.has_value()) return absl::OkStatus();
  user_ = *user;
  if (!with_password) RETURN_IF_ERROR(MustBeActive(unit_, **user));
  return AddUser(*user);
}

// Where older credentials are let stand the session stays one of those that it knows.
absl::Status SessionSteps::AddUser(const Ref<User>& user) {
  bool keeps = false;
  if (!now_.user_id.empty()) {
    ASSIGN_OR_RETURN(keeps, CredentialsStand(unit_, now_, *user));
  }
  event::v1::SessionUserChecked checked;
  checked.set_user_id(user.id());
  checked.set_organization_id(user->organization_id);
  checked.set_credential_epoch(keeps ? now_.credential_epoch : user->credential_epoch);
  *checked.mutable_checked_at() = ToTimestamp(unit_.Now());
  Add(std::move(checked));
  ReportAgent(unit_, session_.id(), now_);
  return absl::OkStatus();
}

absl::Status SessionSteps::RenewUser() {
  ASSIGN_OR_RETURN(const bool stand, CredentialsStand(unit_, now_, **user_));
  return stand ? absl::OkStatus() : AddUser(*user_);
}

absl::Status SessionSteps::NeedsUser() const {
  if (!user_.has_value()) {
    return Invalid("session.no_user", "The session has no user yet; check one first.");
  }
  return MustBeActive(unit_, **user_);
}

absl::Status SessionSteps::CheckPasswordOf(const std::string& password) {
  if (!user_.has_value()) return CheckPasswordOfNobody(unit_, named_, password);
  ASSIGN_OR_RETURN(const auto policy, unit_.Policy<LoginPolicy>((*user_)->organization_id));
  if (!policy->policy.allow_username_password()) {
    // Who names somebody with a password does not learn that he is there.
    if (session_->user_id.empty()) return CheckPasswordOfNobody(unit_, named_, password);
    return Error(absl::StatusCode::kFailedPrecondition, "session.password_not_allowed",
                 "The login policy lets nobody sign in by a password.");
  }
  RETURN_IF_ERROR(CheckPassword(unit_, *user_, password));
  return AddProof(event::v1::SessionPasswordChecked());
}

absl::Status SessionSteps::CheckTotpOf(const std::string& code) {
  RETURN_IF_ERROR(NeedsUser());
  RETURN_IF_ERROR(MayHaveFactor(unit_, *user_, event::v1::SECOND_FACTOR_TOTP));
  RETURN_IF_ERROR(CheckTotp(unit_, *user_, code));
  return AddProof(event::v1::SessionTotpChecked());
}

absl::Status SessionSteps::CheckRecoveryCodeOf(const std::string& code) {
  RETURN_IF_ERROR(NeedsUser());
  RETURN_IF_ERROR(MayHaveFactor(unit_, *user_, event::v1::SECOND_FACTOR_RECOVERY_CODE));
  RETURN_IF_ERROR(CheckRecoveryCode(unit_, *user_, code));
  return AddProof(event::v1::SessionRecoveryCodeChecked());
}

absl::Status SessionSteps::Check(const wire::Checks& checks) {
  const bool with_password = checks.has_password();
  if (checks.has_user()) RETURN_IF_ERROR(CheckUser(checks.user(), with_password));
  if (with_password && !checks.has_user() && !user_.has_value()) return NeedsUser();
  if (with_password) RETURN_IF_ERROR(CheckPasswordOf(checks.password().password()));
  if (checks.has_web_auth_n()) RETURN_IF_ERROR(CheckWebAuthn(checks.web_auth_n()));
  if (checks.has_totp()) RETURN_IF_ERROR(CheckTotpOf(checks.totp().code()));
  if (checks.has_otp_sms()) RETURN_IF_ERROR(CheckOtpSms(checks.otp_sms().code()));
  if (checks.has_otp_email()) RETURN_IF_ERROR(CheckOtpEmail(checks.otp_email().code()));
  if (checks.has_recovery_code()) {
    RETURN_IF_ERROR(CheckRecoveryCodeOf(checks.recovery_code().code()));
  }
  return absl::OkStatus();
}

absl::Status SessionSteps::Challenge(const wire::RequestChallenges& wanted,
                                     wire::Challenges* answer) {
  if (wanted.has_web_auth_n()) {
    RETURN_IF_ERROR(ChallengeWebAuthn(wanted.web_auth_n(), answer->mutable_web_auth_n()));
  }
  if (wanted.has_otp_sms()) RETURN_IF_ERROR(ChallengeOtpSms(wanted.otp_sms(), answer));
  if (wanted.has_otp_email()) RETURN_IF_ERROR(ChallengeOtpEmail(wanted.otp_email(), answer));
  return absl::OkStatus();
}

absl::Status SessionSteps::SetMetadata(
    const google::protobuf::Map<std::string, std::string>& entries) {
  if (entries.empty()) return absl::OkStatus();
  std::map<std::string, std::string> all = now_.metadata;
  for (const auto& [key, value] : entries) {
    if (value.empty()) {
      all.erase(key);
    } else {
      all[key] = value;
    }
  }
  if (all == now_.metadata) return absl::OkStatus();
  size_t bytes = 0;
  event::v1::SessionMetadataSet set;
  for (const auto& [key, value] : all) {
    if (key.empty() || CodePoints(key) > kMaxKey) {
      return Invalid("session.metadata_invalid", "A metadata key has 1 to 200 characters.");
    }
    bytes += key.size() + value.size();
    (*set.mutable_metadata())[key] = value;
  }
  if (bytes > kMaxMetadata) {
    return Invalid("session.metadata_invalid", "The metadata of a session has at most 64 KiB.");
  }
  Add(std::move(set));
  return absl::OkStatus();
}

absl::Status SessionSteps::SetLifetime(const google::protobuf::Duration& lifetime) {
  if (lifetime.seconds() < 0 || lifetime.nanos() < 0 || lifetime.nanos() > 999'999'999 ||
      ToDuration(lifetime) <= absl::ZeroDuration()) {
    return Invalid("session.lifetime_invalid", "A lifetime is more than zero seconds.");
  }
  // It ends at a time that can be told; it began no later than now.
  if (unit_.Now() + ToDuration(lifetime) > absl::FromUnixSeconds(TimeUtil::kTimestampMaxSeconds)) {
    return Invalid("session.lifetime_invalid", "A session ends in the year 9999 or before.");
  }
  event::v1::SessionLifetimeSet set;
  *set.mutable_lifetime() = lifetime;
  Add(std::move(set));
  return absl::OkStatus();
}

std::string SessionSteps::Finish() {
  const std::string token = SessionToken(session_.id(), unit_.NewSecret(kSessionSecretBytes));
  event::v1::SessionTokenSet set;
  set.set_token_hash(SessionTokenHash(token));
  AddSealed(std::move(set));
  // These were made before a check of the same call said whose the session is.
  for (event::v1::SessionEvent& event : events_) {
    if (event.has_added()) event.mutable_added()->set_user_id(now_.user_id);
    if (event.has_metadata_set()) event.mutable_metadata_set()->set_user_id(now_.user_id);
  }
  unit_.Raise(session_, std::move(events_));
  unit_.AnswerWith(session_);
  return token;
}

}  // namespace muniment::command
