// A code by which a person registers a passkey without a session of his own.
#include <catch2/catch.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "command/user/codes.h"
#include "command/user/factors.h"
#include "command/user/user.h"
#include "tests/command/authenticator_world.h"

namespace muniment::command {
namespace {

using zitadel::user::v2::CreatePasskeyRegistrationLinkResponse;
using zitadel::user::v2::PasskeyRegistrationCode;
using zitadel::user::v2::RegisterPasskeyResponse;

// ann owns bob's organization, and clerk has no right to anybody's passkeys.
struct World : AuthenticatorWorld {
  World() { Fact<User>(UserScope("bob"), event::v1::EmailVerified()); }

  Then Link(const std::string& by, const std::string& more = "") {
    return When(by, "CreatePasskeyRegistrationLink", absl::StrCat("user_id: 'bob' ", more));
  }
  PasskeyRegistrationCode Returned() {
    const Then then = Link("ann", "return_code {}");
    INFO(then.reason);
    REQUIRE(then.ok());
    return then.response<CreatePasskeyRegistrationLinkResponse>().code();
  }
  static std::string Shown(const std::string& id, const std::string& code) {
    return absl::StrCat("user_id: 'bob' code { id: '", id, "' code: '", code, "' }");
  }
  Then Show(const std::string& by, const PasskeyRegistrationCode& code) {
    return When(by, "RegisterPasskey", Shown(code.id(), code.code()));
  }
  std::string Answered(const Then& begun) {
    const auto& response = begun.response<RegisterPasskeyResponse>();
    return absl::StrCat("user_id: 'bob' passkey_id: '", response.passkey_id(),
                        "' passkey_name: 'phone' public_key_credential { ",
                        Text(Registered(response.public_key_credential_creation_options())), " }");
  }
  Then Answer(const std::string& by, const Then& begun) {
    return When(by, "VerifyPasskeyRegistration", Answered(begun));
  }
};

TEST_CASE("a link is mailed where its owner is proved to be reached, with what its page needs") {
  World given;
  const std::string link = "https://login.example.org/{{.UserID}}?c={{.CodeID}}&code={{.Code}}";
  const Then sent =
      given.Link("ann", absl::StrCat("send_link { url_template: '", link, "' }"));
  REQUIRE(sent.events ==
          Strings{"user.human.passwordless.initialization.code.added bob"});
  CHECK_FALSE(sent.response<CreatePasskeyRegistrationLinkResponse>().has_code());
  const auto& code = sent.fact<event::v1::PasskeyCodeAdded>(0).code();
  CHECK(code.code().size() == 12);
  CHECK(code.lifetime().seconds() == 3600);
  CHECK(code.address() == "bob@example.org");
  CHECK(code.url_template() == link);
  CHECK_FALSE(code.code_id().empty());
  CHECK(given.Link("ann", "send_link { url_template: 'https://a.example/{{.Password}}' }").reason ==
        "template.unknown_variable");

  event::v1::EmailChanged moved;
  moved.set_email("bob@example.net");
  given.Fact<User>(UserScope("bob"), moved);
  CHECK(given.Link("ann").reason == "user.email_not_verified");
}

TEST_CASE("whoever shows the code registers a passkey, with no right of his own") {
  World given;
  const PasskeyRegistrationCode code = given.Returned();
  CHECK(given.When("clerk", "RegisterPasskey", "user_id: 'bob'").reason == "user.not_found");
  const Then begun = given.Show("clerk", code);
  REQUIRE(begun.events == Strings{"user.human.passwordless.token.added bob"});
  const Then ended = given.Answer("clerk", begun);
  CHECK(ended.events ==
        Strings{"user.code.used bob", "user.human.passwordless.token.verified bob"});
  // bob himself, whose session proved nothing lately.
  CHECK(given.When("bob", "RegisterPasskey", "user_id: 'bob'").reason == "auth.proof_too_old");
  given.key.id += " of another device";
  const Then own = given.Show("bob", given.Returned());
  CHECK(given.Answer("bob", own).reason == "");
  CHECK(given.Show("anonymous", code).reason == "auth.required");
}

TEST_CASE("a code works once: a broken-off registration may be begun again, a whole one ends it") {
  World given;
  const PasskeyRegistrationCode code = given.Returned();
  const Then broken_off = given.Show("clerk", code);
  const Then begun = given.Show("clerk", code);
  REQUIRE(given.Answer("clerk", begun).ok());
  CHECK(given.Show("clerk", code).reason == "code.invalid");
  given.key.id += " of another device";
  CHECK(given.Answer("clerk", broken_off).reason == "code.invalid");
  // Nor by those who may register without one: it was begun by the code.
  CHECK(given.Answer("root", broken_off).reason == "code.invalid");
}

TEST_CASE("of two registrations by one code that end at once one does") {
  World given;
  const PasskeyRegistrationCode code = given.Returned();
  Strings answers;
  for (int i = 0; i < 4; ++i) {
    given.key.id += "+";
    answers.push_back(given.Answered(given.Show("clerk", code)));
  }
  int ended = 0;
  for (const Then& then : given.Race("clerk", "VerifyPasskeyRegistration", answers)) {
    CHECK((then.ok() || then.reason == "code.invalid"));
    ended += then.ok();
  }
  CHECK(ended == 1);
}

TEST_CASE("wrong, foreign, replaced and expired codes are refused alike, and six tries void one") {
  World given;
  const PasskeyRegistrationCode first = given.Returned();
  const PasskeyRegistrationCode code = given.Returned();
  const auto shown = [&](const std::string& id, const std::string& text) {
    return given.When("clerk", "RegisterPasskey", World::Shown(id, text));
  };
  const Strings counted = {"user.human.passwordless.initialization.code.check.failed bob"};
  CHECK(given.Show("clerk", first).reason == "code.invalid");
  CHECK(shown(first.id(), code.code()).reason == "code.invalid");
  const Then lower = shown(code.id(), absl::AsciiStrToLower(code.code()) + "x");
  CHECK(lower.reason == "code.invalid");
  CHECK(lower.events == counted);
  // Of nobody, of a machine, and of a person without one: nothing to be told apart by.
  for (const char* other : {"nobody", "robot", "ann"}) {
    const Then then = given.When(
        "clerk", "RegisterPasskey",
        absl::StrCat(World::Shown(code.id(), code.code()), " user_id: '", other, "'"));
    CHECK(then.reason == "code.invalid");
    CHECK(then.events.empty());
  }
  for (int i = 0; i < 5; ++i) CHECK(shown(code.id(), "wrong").events == counted);
  CHECK(given.Show("clerk", code).reason == "code.invalid");

  const PasskeyRegistrationCode late = given.Returned();
  const Then begun = given.Show("clerk", late);
  given.clock.Advance(absl::Hours(1));
  CHECK(shown(late.id(), "wrong").reason == "code.invalid");
  CHECK(given.Show("clerk", late).reason == "code.expired");
  CHECK(given.Answer("clerk", begun).reason == "webauthn.expired");
}

TEST_CASE("who does not know the code's id uses up none of its tries, right code or wrong") {
  World given;
  const PasskeyRegistrationCode first = given.Returned();
  const PasskeyRegistrationCode code = given.Returned();
  for (const std::string& id : {std::string("x"), std::string(), first.id(), code.id() + "0"}) {
    for (const std::string& text : {std::string("yyyy"), first.code(), code.code()}) {
      for (int i = 0; i < kMaxCodeFailures; ++i) {
        const Then then = given.When("clerk", "RegisterPasskey", World::Shown(id, text));
        CHECK_FALSE(then.ok());
        CHECK(then.events.empty());
      }
    }
  }
  CHECK(given.When("clerk", "RegisterPasskey", World::Shown("x", "yyyy")).reason ==
        "code.invalid");
  CHECK(given.Show("clerk", code).reason == "");
}

TEST_CASE("twenty wrong codes at once are six tries") {
  World given;
  const PasskeyRegistrationCode code = given.Returned();
  const Strings wrong(20, World::Shown(code.id(), "wrong"));
  const auto thens = given.Race("clerk", "RegisterPasskey", wrong);
  for (const Then& then : thens) CHECK(then.reason == "code.invalid");
  CHECK(thens[0].events.size() == kMaxCodeFailures);
  CHECK(given.Show("clerk", code).reason == "code.invalid");
}

TEST_CASE("only who showed the code, or has the right, ends what it began") {
  World given;
  given.When("", "CreateUser",
             "organization_id: 'acme' user_id: 'helper' machine { name: 'helper' }");
  const Then begun = given.Show("clerk", given.Returned());
  CHECK(given.Answer("helper", begun).reason == "user.not_found");
  CHECK(given.Answer("robot", begun).reason == "");
  // What was begun by right is ended by right.
  given.key.id += " of another device";
  const Then by_right = given.When("root", "RegisterPasskey", "user_id: 'bob'");
  CHECK(given.Answer("clerk", by_right).reason == "user.not_found");
}

TEST_CASE("a new password and another address end a code, and what was begun by it") {
  World given;
  const Then begun = given.Show("clerk", given.Returned());
  REQUIRE(given.When("ann", "SetPassword", "user_id: 'bob' new_password { password: 'password1' }")
              .ok());
  CHECK(given.Answer("clerk", begun).reason == "code.invalid");

  const Then sent = given.Link("ann");
  const auto& code = sent.fact<event::v1::PasskeyCodeAdded>(0).code();
  const std::string shown = World::Shown(code.code_id(), code.code());
  const Then mailed = given.When("clerk", "RegisterPasskey", shown);
  REQUIRE(mailed.ok());
  event::v1::EmailChanged moved;
  moved.set_email("bob@example.net");
  given.Fact<User>(UserScope("bob"), moved);
  CHECK(given.When("clerk", "RegisterPasskey", shown).reason == "code.invalid");
  CHECK(given.Answer("clerk", mailed).reason == "code.invalid");
}

TEST_CASE("who is locked registers nothing, which only the right code is told") {
  World given;
  const PasskeyRegistrationCode code = given.Returned();
  const Then begun = given.Show("clerk", code);
  given.Fact<User>(UserScope("bob"), event::v1::UserLocked());
  CHECK(given.When("clerk", "RegisterPasskey", World::Shown(code.id(), "wrong")).reason ==
        "code.invalid");
  CHECK(given.Show("clerk", code).reason == "user.locked");
  CHECK(given.Answer("clerk", begun).reason == "user.locked");
  CHECK(given.Link("ann").reason == "user.locked");
}

TEST_CASE("who may make a link, and for whom") {
  World given;
  CHECK(given.Link("bob").reason == "auth.permission_denied");
  CHECK(given.Link("clerk").reason == "user.not_found");
  CHECK(given.Link("anonymous").reason == "auth.required");
  CHECK(given.When("ann", "CreatePasskeyRegistrationLink", "user_id: 'robot'").reason ==
        "user.not_human");
  // Nobody has the code returned to himself, or becomes one who holds more.
  given.Fact<User>(UserScope("ann"), event::v1::EmailVerified());
  CHECK(given.When("ann", "CreatePasskeyRegistrationLink", "user_id: 'ann' return_code {}").reason ==
        "code.own");
  CHECK(given.When("ann", "CreatePasskeyRegistrationLink", "user_id: 'ann'").reason == "");
  given.Member(InstanceScope(), "bob", {"IAM_OWNER"});
  CHECK(given.Link("ann", "return_code {}").reason == "user.holds_more");
  event::v1::LoginPolicyChanged none;
  given.Fact<LoginPolicy>(InstanceScope(), none);
  CHECK(given.Link("ann").reason == "factor.not_allowed");
}

TEST_CASE("links are mailed three at once, then one a minute; what is returned is not held back") {
  World given;
  for (int i = 0; i < 3; ++i) REQUIRE(given.Link("ann").ok());
  CHECK(given.Link("ann").reason == "code.sent_too_often");
  for (int i = 0; i < 20; ++i) given.Returned();
  CHECK(given.Link("ann").reason == "code.sent_too_often");
  given.clock.Advance(absl::Minutes(1));
  CHECK(given.Link("ann").ok());
}

}  // namespace
}  // namespace muniment::command
