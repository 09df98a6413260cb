#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/user/factors.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::ResendPhoneCodeResponse;
using zitadel::user::v2::SetPhoneResponse;

std::string ToBob(const std::string& rest) { return absl::StrCat("user_id: 'bob' ", rest); }

TEST_CASE("a number is kept in one form, however it is written, and proved by a message") {
  Given given;
  given.SignIn("bob");
  const Then set = given.When("bob", "SetPhone", ToBob("phone: '+41 (0)79 123-45-67'"));
  REQUIRE(set.events ==
          Strings{"user.human.phone.changed bob", "user.human.phone.code.added bob"});
  CHECK(set.fact<event::v1::PhoneChanged>(0).phone() == "+41791234567");
  const event::v1::Code& code = set.fact<event::v1::PhoneCodeAdded>(1).code();
  CHECK(code.channel() == event::v1::CODE_CHANNEL_SMS);
  CHECK(code.address() == "+41791234567");
  CHECK_FALSE(set.response<SetPhoneResponse>().has_verification_code());
  // The same number written in another way is no other.
  CHECK(given.When("ann", "SetPhone", ToBob("phone: '+41791234567' is_verified: true")).events ==
        Strings{"user.human.phone.verified bob", "user.code.voided bob"});
  const std::string typed = "verification_code: '" + code.code() + "'";
  CHECK(given.When("bob", "VerifyPhone", ToBob(typed)).reason == "code.invalid");
}

TEST_CASE("what is no number of any country is refused") {
  Given given;
  given.SignIn("bob");
  for (const char* phone :
       {"0791234567", "+0791234567", "+41", "call me", "+41 79 CALL ME", "+41791234567 ext. 5",
        "+41791234567\\r\\n", "+4179123456789012345", "+41\\342\\200\\256791234567", "tel:+41"}) {
    INFO(phone);
    const Then then = given.When("bob", "SetPhone", ToBob(absl::StrCat("phone: '", phone, "'")));
    CHECK(then.reason == "phone.invalid");
    CHECK(then.events.empty());
    CHECK(given
              .When("bob", "UpdateUser",
                    ToBob(absl::StrCat("human { phone { phone: '", phone, "' } }")))
              .reason == "phone.invalid");
    CHECK(given
              .When("ann", "AddHumanUser",
                    absl::StrCat("profile { given_name: 'a' family_name: 'b' } email { email: "
                                 "'n@example.org' } phone { phone: '",
                                 phone, "' }"))
              .reason == "phone.invalid");
  }
}

TEST_CASE("the code for the old number proves nothing of the new one") {
  Given given;
  given.SignIn("bob");
  const Then first = given.When("ann", "SetPhone", ToBob("phone: '+41791234567' return_code {}"));
  const std::string old = first.response<SetPhoneResponse>().verification_code();
  REQUIRE(given.When("bob", "SetPhone", ToBob("phone: '+41791234568'")).ok());
  CHECK(given.When("bob", "VerifyPhone", ToBob("verification_code: '" + old + "'")).reason ==
        "code.invalid");
  const Then again = given.When("ann", "ResendPhoneCode", ToBob("return_code {}"));
  const std::string code = again.response<ResendPhoneCodeResponse>().verification_code();
  CHECK(given.When("bob", "VerifyPhone", ToBob("verification_code: '" + code + "'")).events ==
        Strings{"user.code.used bob", "user.human.phone.verified bob"});
  CHECK(given.When("bob", "ResendPhoneCode", "user_id: 'bob'").reason == "user.phone_verified");
}

TEST_CASE("with the number go its code and one-time codes by SMS, and what they proved") {
  Given given;
  given.SignIn("bob");
  CHECK(given.When("bob", "RemovePhone", "user_id: 'bob'").reason == "user.phone_missing");
  CHECK(given.When("bob", "ResendPhoneCode", "user_id: 'bob'").reason == "user.phone_missing");
  REQUIRE(given.When("bob", "SetPhone", ToBob("phone: '+41791234567'")).ok());
  given.Fact<UserFactors>(UserScope("bob"), event::v1::OtpSmsAdded());
  event::v1::PasswordChanged password;
  password.set_password_hash("hash of another");
  given.Fact<User>(UserScope("bob"), password);
  CHECK(given.When("ann", "RemovePhone", "user_id: 'bob'").events ==
        Strings{"user.human.phone.removed bob", "user.code.voided bob",
                "user.human.mfa.otp.sms.removed bob", "user.credentials.revoked bob"});
  given.SignIn("bob");
  CHECK(given.When("bob", "RemovePhone", "user_id: 'bob'").code == absl::StatusCode::kNotFound);
  // An update with an empty number does the same.
  REQUIRE(given.When("bob", "SetPhone", ToBob("phone: '+41791234567'")).ok());
  CHECK(given.When("bob", "UpdateUser", ToBob("human { phone {} }")).events ==
        Strings{"user.human.phone.removed bob", "user.code.voided bob"});
}

}  // namespace
}  // namespace muniment::command
