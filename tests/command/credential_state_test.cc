// What decisions will see of codes, factors, tries and sessions, folded from their events.
#include <catch2/catch.hpp>

#include "base/timestamp.h"
#include "command/session/session.h"
#include "command/user/checks.h"
#include "command/user/codes.h"
#include "command/user/factors.h"
#include "command/user/machine_credentials.h"
#include "command/user/new_code.h"
#include "command/user/user.h"

namespace muniment::command {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

template <class Added>
Added CodeOf(const std::string& text, event::v1::CodeChannel channel, absl::Time issued = kNow) {
  Added added;
  added.mutable_code()->set_code(text);
  added.mutable_code()->set_channel(channel);
  *added.mutable_code()->mutable_issued_at() = ToTimestamp(issued);
  added.mutable_code()->mutable_lifetime()->set_seconds(3600);
  return added;
}

TEST_CASE("one code of a purpose counts, the newest, and its tries begin anew") {
  UserCodes codes;
  Fold(codes, CodeOf<event::v1::EmailCodeAdded>("one", event::v1::CODE_CHANNEL_EMAIL));
  Fold(codes, event::v1::EmailVerificationFailed());
  Fold(codes, CodeOf<event::v1::PhoneCodeAdded>("other", event::v1::CODE_CHANNEL_SMS));
  Fold(codes, CodeOf<event::v1::EmailCodeAdded>("two", event::v1::CODE_CHANNEL_EMAIL));
  REQUIRE(codes.pending.size() == 2);
  const auto& pending = codes.pending.at(event::v1::CODE_PURPOSE_EMAIL);
  CHECK(pending.code.code() == "two");
  CHECK(pending.failures == 0);
  CHECK(ExpiryOf(pending.code) == kNow + absl::Hours(1));
}

TEST_CASE("six wrong tries void a code, and only that of their purpose") {
  UserCodes codes;
  Fold(codes, CodeOf<event::v1::PasswordCodeAdded>("a", event::v1::CODE_CHANNEL_EMAIL));
  Fold(codes, CodeOf<event::v1::InviteCodeAdded>("b", event::v1::CODE_CHANNEL_EMAIL));
  for (int i = 1; i < kMaxCodeFailures; ++i) Fold(codes, event::v1::PasswordCodeFailed());
  CHECK(codes.pending.contains(event::v1::CODE_PURPOSE_PASSWORD));
  Fold(codes, event::v1::PasswordCodeFailed());
  CHECK_FALSE(codes.pending.contains(event::v1::CODE_PURPOSE_PASSWORD));
  CHECK(codes.pending.contains(event::v1::CODE_PURPOSE_INVITE));
  Fold(codes, event::v1::PasswordCodeFailed());  // of a code that is gone
  event::v1::CodeUsed used;
  used.set_purpose(event::v1::CODE_PURPOSE_INVITE);
  Fold(codes, used);
  CHECK_FALSE(codes.exists());
}

TEST_CASE("messages are counted, what is returned to its caller is not") {
  UserCodes codes;
  for (int i = 0; i < 40; ++i) {
    Fold(codes, CodeOf<event::v1::EmailCodeAdded>("x", event::v1::CODE_CHANNEL_EMAIL,
                                                  kNow + absl::Seconds(i)));
    Fold(codes, CodeOf<event::v1::EmailCodeAdded>("x", event::v1::CODE_CHANNEL_RETURNED));
  }
  Fold(codes, CodeOf<event::v1::PhoneCodeAdded>("x", event::v1::CODE_CHANNEL_SMS));
  const auto& mails = codes.messages.at(event::v1::CODE_CHANNEL_EMAIL);
  REQUIRE(mails.size() == 10);
  CHECK(mails.back() == kNow + absl::Seconds(39));
  CHECK(mails.front() == kNow + absl::Seconds(30));
  CHECK(codes.messages.at(event::v1::CODE_CHANNEL_SMS).size() == 1);
  CHECK_FALSE(codes.messages.contains(event::v1::CODE_CHANNEL_RETURNED));
}

TEST_CASE("failures are counted in a row, one-time codes of all kinds together") {
  UserChecks checks;
  for (int i = 0; i < 3; ++i) Fold(checks, event::v1::PasswordCheckFailed());
  Fold(checks, event::v1::TotpCheckFailed());
  Fold(checks, event::v1::OtpEmailCheckFailed());
  Fold(checks, event::v1::OtpSmsCheckFailed());
  Fold(checks, event::v1::RecoveryCodeCheckFailed());
  CHECK(checks.password_failures == 3);
  CHECK(checks.otp_failures == 4);
  Fold(checks, event::v1::PasswordCheckSucceeded());
  CHECK(checks.password_failures == 0);
  CHECK(checks.otp_failures == 4);
  event::v1::TotpCheckSucceeded step;
  step.set_step(7);
  Fold(checks, step);
  step.set_step(5);
  Fold(checks, step);
  CHECK(checks.otp_failures == 0);
  CHECK(checks.totp_step == 7);
}

TEST_CASE("an authenticator is a factor when it is verified, and no more when it is removed") {
  UserFactors factors;
  CHECK_FALSE(factors.held().any());
  event::v1::TotpAdded totp;
  totp.set_secret("secret");
  Fold(factors, totp);
  CHECK_FALSE(factors.has_totp());
  Fold(factors, event::v1::TotpVerified());
  CHECK(factors.held().any());
  Fold(factors, event::v1::TotpRemoved());

  event::v1::U2fAdded begun;
  begun.mutable_registration()->set_token_id("k");
  Fold(factors, begun);
  CHECK_FALSE(factors.held().any());
  event::v1::U2fVerified verified;
  verified.mutable_credential()->set_token_id("other");
  Fold(factors, verified);
  CHECK_FALSE(factors.held().any());
  verified.mutable_credential()->set_token_id("k");
  Fold(factors, verified);
  CHECK(factors.held().any());
  event::v1::U2fSignCountChanged used;
  used.mutable_use()->set_token_id("k");
  used.mutable_use()->set_sign_count(9);
  Fold(factors, used);
  CHECK(factors.u2f.at("k").credential->sign_count() == 9);
  event::v1::U2fRemoved removed;
  removed.set_token_id("k");
  Fold(factors, removed);
  CHECK_FALSE(factors.held().any());
}

TEST_CASE("recovery codes are used one by one") {
  UserFactors factors;
  event::v1::RecoveryCodesAdded added;
  for (const char* hash : {"a", "b", "c"}) added.add_code_hash(hash);
  Fold(factors, added);
  event::v1::RecoveryCodeUsed used;
  used.set_code_hash("b");
  Fold(factors, used);
  Fold(factors, used);
  REQUIRE(factors.recovery_codes.size() == 1);
  CHECK(factors.recovery_codes[0].hashes == std::vector<std::string>{"a", "c"});
  event::v1::RecoveryCodesAdded more;
  more.add_code_hash("d");
  Fold(factors, more);
  CHECK(factors.recovery_codes_left() == 3);
  for (const char* hash : {"a", "c"}) {
    used.set_code_hash(hash);
    Fold(factors, used);
  }
  // A set of which nothing is left costs a try nothing.
  CHECK(factors.recovery_codes.size() == 1);
  CHECK_FALSE(factors.held().any());
}

TEST_CASE("what ends sessions raises the user's credential epoch, what does not leaves it") {
  User user;
  Fold(user, event::v1::HumanAdded());
  CHECK(user.credential_epoch == 0);
  Fold(user, event::v1::PasswordChanged());
  Fold(user, event::v1::UserLocked());
  Fold(user, event::v1::UserDeactivated());
  Fold(user, event::v1::CredentialsRevoked());
  CHECK(user.credential_epoch == 4);
  event::v1::PasswordHashUpdated rehashed;
  rehashed.set_password_hash("new");
  Fold(user, rehashed);
  Fold(user, event::v1::UserUnlocked());
  Fold(user, event::v1::EmailVerified());
  CHECK(user.credential_epoch == 4);
  CHECK(user.password_hash == "new");
}

TEST_CASE("a session stands from its beginning for its lifetime, and a challenge counts once") {
  Session session;
  CHECK_FALSE(session.exists());
  event::v1::SessionAdded added;
  *added.mutable_added_at() = ToTimestamp(kNow);
  Fold(session, added);
  CHECK(session.stands(kNow + absl::Hours(10'000)));
  event::v1::SessionLifetimeSet lifetime;
  lifetime.mutable_lifetime()->set_seconds(60);
  Fold(session, lifetime);
  CHECK(session.stands(kNow + absl::Seconds(59)));
  CHECK_FALSE(session.stands(kNow + absl::Seconds(60)));

  Fold(session, event::v1::SessionWebAuthnChallenged());
  REQUIRE(session.web_authn.has_value());
  event::v1::SessionWebAuthnChecked checked;
  checked.set_user_verified(true);
  *checked.mutable_checked_at() = ToTimestamp(kNow);
  Fold(session, checked);
  CHECK_FALSE(session.web_authn.has_value());
  CHECK(session.proofs.web_authn == kNow);
  CHECK(session.proofs.user_verified);

  event::v1::SessionTokenSet token;
  token.set_token_hash("1");
  Fold(session, token);
  token.set_token_hash("2");
  Fold(session, token);
  CHECK(session.token_hash == "2");
  Fold(session, event::v1::SessionTerminated());
  CHECK_FALSE(session.stands(kNow));
}

TEST_CASE("times before 1970 stand in events as they are") {
  for (const absl::Time time : {kNow, absl::UnixEpoch(), absl::FromUnixMicros(-1),
                                absl::FromUnixMicros(-1'500'000)}) {
    CHECK(ToTime(ToTimestamp(time)) == time);
    CHECK(ToTimestamp(time).nanos() >= 0);
  }
}

}  // namespace
}  // namespace muniment::command
