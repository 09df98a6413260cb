#include "base/proof.h"

#include <catch2/catch.hpp>

namespace muniment {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'700'000'000);

Proofs Password() {
  Proofs proofs;
  proofs.password = kNow - absl::Minutes(1);
  return proofs;
}

TEST_CASE("nothing proved is not enough, whatever is asked for") {
  CHECK(Judge(Proofs(), Demands(), kNow) == Proof::kNoFirstFactor);
  Proofs second;
  second.totp = kNow;
  CHECK(Judge(second, Demands(), kNow) == Proof::kNoFirstFactor);
}

TEST_CASE("a password is enough until a second factor is forced or stands") {
  CHECK(Judge(Password(), Demands(), kNow) == Proof::kEnough);
  for (bool Demands::*asks : {&Demands::force_mfa, &Demands::force_mfa_local_only,
                              &Demands::has_second_factor}) {
    Demands demands;
    demands.*asks = true;
    CHECK(Judge(Password(), demands, kNow) == Proof::kNoSecondFactor);
    for (absl::Time Proofs::*second : {&Proofs::totp, &Proofs::otp_sms, &Proofs::otp_email,
                                       &Proofs::recovery_code, &Proofs::web_authn}) {
      Proofs proofs = Password();
      proofs.*second = kNow;
      CHECK(Judge(proofs, demands, kNow) == Proof::kEnough);
    }
  }
}

TEST_CASE("a passkey that made sure of the person is two factors at once, without it one") {
  Demands demands;
  demands.force_mfa = true;
  demands.has_second_factor = true;
  Proofs proofs;
  proofs.web_authn = kNow;
  CHECK(Judge(proofs, demands, kNow) == Proof::kNoFirstFactor);
  proofs.user_verified = true;
  CHECK(Judge(proofs, demands, kNow) == Proof::kEnough);
}

TEST_CASE("a provider outside stands for a password, and is not asked what is forced locally") {
  Proofs proofs;
  proofs.intent = kNow;
  Demands demands;
  demands.force_mfa_local_only = true;
  CHECK(Judge(proofs, demands, kNow) == Proof::kEnough);
  demands.force_mfa = true;
  CHECK(Judge(proofs, demands, kNow) == Proof::kNoSecondFactor);
}

TEST_CASE("a proof counts for its lifetime and not a moment longer") {
  Demands demands;
  demands.password_lifetime = absl::Hours(1);
  Proofs proofs;
  proofs.password = kNow;
  const absl::Time last = kNow + absl::Hours(1) - absl::Microseconds(1);
  CHECK(Judge(proofs, demands, last) == Proof::kEnough);
  CHECK(Judge(proofs, demands, kNow + absl::Hours(1)) == Proof::kNoFirstFactor);
  // Zero is no lifetime.
  demands.password_lifetime = absl::ZeroDuration();
  CHECK(Judge(proofs, demands, kNow + absl::Hours(1000)) == Proof::kEnough);
  demands.has_second_factor = true;
  demands.second_factor_lifetime = absl::Minutes(5);
  proofs.totp = kNow;
  CHECK(Judge(proofs, demands, kNow + absl::Minutes(4)) == Proof::kEnough);
  CHECK(Judge(proofs, demands, kNow + absl::Minutes(5)) == Proof::kNoSecondFactor);
}

TEST_CASE("who proved a password that is to be changed, or is too old, must change it first") {
  PasswordState password;
  password.changed = kNow - absl::Hours(24 * 90) + absl::Seconds(1);
  CHECK_FALSE(MustChangePassword(Password(), password, kNow));
  password.max_age_days = 90;
  CHECK_FALSE(MustChangePassword(Password(), password, kNow));
  CHECK(MustChangePassword(Password(), password, kNow + absl::Seconds(1)));
  password.max_age_days = 0;
  CHECK_FALSE(MustChangePassword(Password(), password, kNow + absl::Hours(24 * 3650)));
  password.change_required = true;
  CHECK(MustChangePassword(Password(), password, kNow));
  // Beside whatever else was proved.
  Proofs both = Password();
  both.web_authn = kNow;
  both.user_verified = true;
  CHECK(MustChangePassword(both, password, kNow));
}

TEST_CASE("a session that proved no password has none to change") {
  const PasswordState due = {.change_required = true, .max_age_days = 1};
  CHECK_FALSE(MustChangePassword(Proofs(), due, kNow));
  Proofs passkey;
  passkey.web_authn = kNow;
  passkey.user_verified = true;
  passkey.totp = kNow;
  CHECK_FALSE(MustChangePassword(passkey, due, kNow));
}

TEST_CASE("no number of days lets a password end early, and one of unknown age is too old") {
  PasswordState password;
  password.changed = kNow;
  for (const uint64_t days : {uint64_t{1} << 32, uint64_t{1} << 63, UINT64_MAX}) {
    password.max_age_days = days;
    CHECK_FALSE(MustChangePassword(Password(), password, kNow + absl::Hours(24 * 36500)));
  }
  password.changed = absl::InfinitePast();
  CHECK(MustChangePassword(Password(), password, kNow));
}

TEST_CASE("fresh is what was proved lately, by any factor") {
  CHECK_FALSE(Fresh(Proofs(), kNow));
  Proofs proofs = Password();
  CHECK(Fresh(proofs, kNow));
  CHECK_FALSE(Fresh(proofs, kNow + kFresh));
  proofs.recovery_code = kNow + kFresh;
  CHECK(Fresh(proofs, kNow + kFresh));
}

}  // namespace
}  // namespace muniment
