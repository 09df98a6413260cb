// How random codes are made: what an instance takes, and that the next one is made so.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/secret_generators.h"
#include "muniment/event/v1/credential.pb.h"
#include "muniment/event/v1/credential.pb.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using event::v1::SecretGeneratorChanged;

constexpr char kChanged[] = "instance.secret.generator.changed 1";

std::string Of(const std::string& type, const std::string& rest) {
  return absl::StrCat("generator_type: SECRET_GENERATOR_TYPE_", type, " ", rest);
}
std::string Digits(int length, const std::string& expiry = "expiry { seconds: 600 }") {
  return absl::StrCat("length: ", length, " include_digits: true ", expiry);
}
Then Update(Given& given, const std::string& request, const std::string& caller = "root") {
  return given.When(caller, "UpdateSecretGenerator", request);
}

// What the instance says of all of them.
std::string Standing(Given& given) {
  std::string all;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto now, unit.LoadAny<SecretGenerators>(InstanceScope()));
    for (const auto& [type, one] : now->generators) absl::StrAppend(&all, one.DebugString());
    return absl::OkStatus();
  });
  return all;
}

TEST_CASE("a generator is set whole, the others stay, and the same again is no change") {
  Given given;
  const std::string wanted =
      Of("VERIFY_EMAIL_CODE", "length: 9 expiry { seconds: 90 nanos: 500000000 } "
                              "include_lower_letters: true include_symbols: true");
  const Then changed = Update(given, wanted);
  REQUIRE(changed.events == Strings{kChanged});
  const auto& now = changed.fact<SecretGeneratorChanged>(0).generator();
  CHECK(now.type() == event::v1::GENERATOR_TYPE_VERIFY_EMAIL_CODE);
  CHECK(now.length() == 9);
  CHECK(now.expiry().seconds() == 90);
  CHECK(now.expiry().nanos() == 500'000'000);
  CHECK(now.lower_letters());
  CHECK(now.symbols());
  CHECK_FALSE(now.upper_letters());
  CHECK_FALSE(now.digits());
  const std::string all = Standing(given);
  const Then same = Update(given, wanted);
  CHECK(same.ok());
  CHECK(same.events.empty());
  CHECK(Standing(given) == all);
}

TEST_CASE("what an instance begins with may be said of each type, and is no change") {
  Given given;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto now, unit.LoadAny<SecretGenerators>(InstanceScope()));
    CHECK(now->generators.size() == 9);
    for (const auto& [type, one] : now->generators) {
      INFO(type);
      CHECK(ReadGenerator(one).status().message() == "");
    }
    return absl::OkStatus();
  });
  for (const char* type : {"INIT_CODE", "INVITE_CODE"}) {
    const Then same = Update(given, Of(type, "length: 6 expiry { seconds: 259200 } "
                                             "include_upper_letters: true include_digits: true"));
    CHECK(same.ok());
    CHECK(same.events.empty());
  }
  for (const char* none : {"", "expiry {}"}) {
    const Then same = Update(
        given, Of("APP_SECRET", absl::StrCat("length: 64 include_lower_letters: true "
                                             "include_upper_letters: true include_digits: true ",
                                             none)));
    CHECK(same.ok());
    CHECK(same.events.empty());
  }
}

TEST_CASE("what could be guessed, typed nowhere or counted for no time is refused, and nothing stored") {
  Given given;
  const std::string before = Standing(given);
  struct Refusal {
    std::string request, reason;
  };
  const std::string letters = "include_lower_letters: true include_upper_letters: true ";
  std::vector<Refusal> refusals = {
      {Of("OTP_SMS", Digits(0)), "code_generator.length"},
      {Of("OTP_SMS", Digits(5)), "code_generator.length"},
      {Of("OTP_SMS", Digits(201)), "code_generator.length"},
      {Of("OTP_EMAIL", "length: 4294967295 include_digits: true expiry { seconds: 60 }"),
       "code_generator.length"},
      {Of("VERIFY_EMAIL_CODE", Digits(21)), "code_generator.length"},
      {Of("VERIFY_PHONE_CODE", Digits(21)), "code_generator.length"},
      {Of("PASSWORD_RESET_CODE", Digits(21)), "code_generator.length"},
      {Of("INVITE_CODE", Digits(21)), "code_generator.length"},
      {Of("INIT_CODE", Digits(21)), "code_generator.length"},
      {Of("PASSWORDLESS_INIT_CODE", Digits(201)), "code_generator.length"},
      {Of("APP_SECRET", "length: 38 include_digits: true"), "code_generator.length"},
      {Of("APP_SECRET", absl::StrCat("length: 22 ", letters)), "code_generator.length"},
      {Of("APP_SECRET", absl::StrCat("length: 201 ", letters)), "code_generator.length"},
      {Of("APP_SECRET", absl::StrCat("length: 64 expiry { seconds: 60 } ", letters)),
       "code_generator.lifetime"},
      {Of("APP_SECRET", absl::StrCat("length: 64 expiry { nanos: -1 } ", letters)),
       "code_generator.lifetime"},
      {Of("OTP_SMS", "length: 8 expiry { seconds: 60 }"), "code_generator.alphabet"},
  };
  for (const char* expiry :
       {"", "expiry {}", "expiry { seconds: -1 }", "expiry { nanos: 500000000 }",
        "expiry { seconds: 60 nanos: -1 }", "expiry { seconds: 60 nanos: 1000000000 }",
        "expiry { seconds: 2592000 nanos: 1 }", "expiry { seconds: 2592001 }",
        "expiry { seconds: 9223372036854775807 nanos: 999999999 }",
        "expiry { seconds: -9223372036854775808 nanos: -999999999 }"}) {
    refusals.push_back({Of("OTP_EMAIL", Digits(8, expiry)), "code_generator.lifetime"});
  }
  for (const Refusal& each : refusals) {
    INFO(each.request);
    const Then refused = Update(given, each.request);
    CHECK(refused.reason == each.reason);
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.events.empty());
  }
  for (const char* type : {"generator_type: 0", "generator_type: 10", "generator_type: -1", ""}) {
    const Then refused = Update(given, absl::StrCat(type, " ", Digits(8)));
    CHECK(refused.code == absl::StatusCode::kInvalidArgument);
    CHECK(refused.events.empty());
  }
  CHECK(Update(given, Of("OTP_SMS", Digits(9)), "ann").code ==
        absl::StatusCode::kPermissionDenied);
  CHECK(Update(given, Of("OTP_SMS", Digits(9)), "anonymous").code ==
        absl::StatusCode::kUnauthenticated);
  CHECK(Standing(given) == before);
}

TEST_CASE("the least and the most of each are taken") {
  Given given;
  for (const std::string& request :
       {Of("OTP_SMS", Digits(6, "expiry { seconds: 1 }")), Of("OTP_EMAIL", Digits(200)),
        Of("INVITE_CODE", Digits(20, "expiry { seconds: 2592000 }")),
        Of("PASSWORDLESS_INIT_CODE", Digits(200)),
        Of("APP_SECRET", "length: 39 include_digits: true"),
        Of("APP_SECRET", "length: 200 include_symbols: true")}) {
    INFO(request);
    CHECK(Update(given, request).events == Strings{kChanged});
  }
}

TEST_CASE("no code is longer than what the requests take in which it is shown again") {
  Given given;
  given.SignIn("bob");
  REQUIRE(Update(given, Of("VERIFY_EMAIL_CODE", Digits(20))).ok());
  const Then set = given.When("bob", "SetEmail", "user_id: 'bob' email: 'b@example.net'");
  REQUIRE(set.ok());
  const std::string code = set.fact<event::v1::EmailCodeAdded>(1).code().code();
  REQUIRE(code.size() == 20);
  CHECK(given.When("bob", "VerifyEmail",
                   absl::StrCat("user_id: 'bob' verification_code: '", code, "'"))
            .ok());
}

TEST_CASE("the next code is made as the instance says, and one that was made keeps what it was given") {
  Given given;
  given.SignIn("bob");
  const auto ask = [&](const char* email) {
    const Then set =
        given.When("bob", "SetEmail", absl::StrCat("user_id: 'bob' email: '", email, "'"));
    REQUIRE(set.ok());
    return set.fact<event::v1::EmailCodeAdded>(set.facts.size() - 1).code();
  };
  const auto verify = [&](const std::string& code) {
    return given
        .When("bob", "VerifyEmail",
              absl::StrCat("user_id: 'bob' verification_code: '", code, "'"))
        .reason;
  };
  const event::v1::Code older = ask("b1@example.net");
  REQUIRE(Update(given, Of("VERIFY_EMAIL_CODE", Digits(11, "expiry { seconds: 5 }"))).ok());
  given.clock.Advance(absl::Seconds(60));
  CHECK(verify(older.code()) == "");  // in its own hour

  const event::v1::Code newer = ask("b2@example.net");
  CHECK(newer.code().size() == 11);
  CHECK(newer.code().find_first_not_of("0123456789") == std::string::npos);
  CHECK(newer.lifetime().seconds() == 5);
  given.clock.Advance(absl::Seconds(6));
  CHECK(verify(newer.code()) == "code.expired");
}

TEST_CASE("secrets of applications and machines are made as the instance says") {
  Given given;
  const auto secret = [&] {
    const Then made = given.When("ann", "AddSecret", "user_id: 'robot'");
    REQUIRE(made.ok());
    return made.response<zitadel::user::v2::AddSecretResponse>().client_secret();
  };
  CHECK(secret().size() == 64);
  REQUIRE(Update(given, Of("APP_SECRET", "length: 45 include_digits: true")).ok());
  const std::string digits = secret();
  CHECK(digits.size() == 45);
  CHECK(digits.find_first_not_of("0123456789") == std::string::npos);
}

}  // namespace
}  // namespace muniment::command
