#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/totp.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using event::v1::HumanAdded;
using event::v1::MachineAdded;
using zitadel::user::v2::AddHumanUserResponse;
using zitadel::user::v2::CreateUserResponse;

const std::string kEve =
    "profile { given_name: 'Eve' family_name: 'Adams' } email { email: 'eve@example.org' } ";

// CreateUser of a person in acme; `more` stands in the human, `beside` in the request.
std::string Create(const std::string& more, const std::string& beside = "") {
  return absl::StrCat("organization_id: 'acme' human { ", kEve, more, " } ", beside);
}

TEST_CASE("a person is named by his address and shown by his names unless told otherwise") {
  Given given;
  const Then then = given.When("ann", "CreateUser", Create(""));
  REQUIRE(then.ok());
  const std::string& id = then.response<CreateUserResponse>().id();
  CHECK(then.events == Strings{"user.human.added " + id, "user.human.email.code.added " + id});
  const auto& added = then.fact<HumanAdded>(0);
  CHECK(added.username() == "eve@example.org");
  CHECK(added.username_scope().empty());
  CHECK(added.profile().display_name() == "Eve Adams");
  CHECK(added.organization_id() == "acme");
  CHECK_FALSE(added.email_verified());
  CHECK(then.facts[0].meta.actor == "ann");
  CHECK(then.facts[0].meta.owner == "acme");
}

TEST_CASE("all that a request says of a person stands in one commit") {
  Given given;
  const Then then = given.When(
      "ann", "AddHumanUser",
      "user_id: 'eve' username: 'eve' organization { org_id: 'acme' } "
      "profile { given_name: 'Eve' family_name: 'Adams' nick_name: 'e' display_name: 'EA' "
      "preferred_language: 'de-CH' gender: GENDER_FEMALE } "
      "email { email: 'eve@example.org' is_verified: true } "
      "phone { phone: '+41791234567' is_verified: true } "
      "password { password: 'password1' change_required: true } "
      "metadata { key: 'a' value: '1' } metadata { key: 'b' value: '2' }");
  CHECK(then.events ==
        Strings{"user.human.added eve", "user.metadata.set eve", "user.metadata.set eve"});
  const auto& added = then.fact<HumanAdded>(0);
  CHECK(added.username() == "eve");
  CHECK(added.profile().nick_name() == "e");
  CHECK(added.profile().display_name() == "EA");
  CHECK(added.profile().preferred_language() == "de-CH");
  CHECK(added.profile().gender() == event::v1::GENDER_FEMALE);
  CHECK(added.email_verified());
  CHECK(added.phone() == "+41791234567");
  CHECK(added.phone_verified());
  CHECK(added.password_hash() == "hash of password1");
  CHECK(added.password_change_required());
  CHECK(then.response<AddHumanUserResponse>().user_id() == "eve");
  CHECK(then.response<AddHumanUserResponse>().details().resource_owner() == "acme");
}

TEST_CASE("a machine is named by its id unless told otherwise") {
  Given given;
  const Then then = given.When(
      "ann", "CreateUser",
      "organization_id: 'acme' machine { name: 'Backup' description: 'nightly' "
      "access_token_type: ACCESS_TOKEN_TYPE_JWT } metadata { key: 'team' value: 'ops' }");
  REQUIRE(then.ok());
  const std::string& id = then.response<CreateUserResponse>().id();
  CHECK(then.events == Strings{"user.machine.added " + id, "user.metadata.set " + id});
  CHECK(then.fact<MachineAdded>(0).username() == id);
  CHECK(then.fact<MachineAdded>(0).name() == "Backup");
  CHECK(then.fact<MachineAdded>(0).access_token_type() == event::v1::ACCESS_TOKEN_TYPE_JWT);
}

TEST_CASE("what is wrong with a new user is refused by name, and nothing is stored") {
  Given given;
  struct Case {
    std::string request, reason;
  };
  const std::string huge(501, 'x');
  for (const Case& each : std::vector<Case>{
           {"organization_id: 'acme'", "user.type_missing"},
           {Create("", "user_id: '/5/3/bob'"), "request.user_id.not_id"},
           {Create("", "user_id: 'a\\nb'"), "request.user_id.not_id"},
           {Create("", "user_id: '..'"), "request.user_id.not_id"},
           {Create("", "user_id: 'bob'"), "user.already_exists"},
           {Create("", "username: ' eve'"), "request.username.not_name"},
           {Create("", "username: '   '"), "request.username.not_name"},
           {Create("", "username: 'e\\tve'"), "request.username.not_name"},
           {Create("", "username: '\\342\\200\\213'"), "request.username.not_name"},
           {Create("profile { given_name: 'E\\007ve' }"), "request.human.profile.given_name.not_name"},
           {Create("profile { family_name: '\\302\\240' }"), "request.human.profile.family_name.not_name"},
           {Create("profile { nick_name: ' ' }"), "request.human.profile.nick_name.not_name"},
           {Create("profile { display_name: 'a\\342\\200\\250b' }"), "request.human.profile.display_name.not_name"},
           {Create("profile { preferred_language: 'en_US' }"), "language.invalid"},
           {Create("profile { gender: 17 }"), "user.gender_invalid"},
           {Create("phone { phone: '079 123 45 67' }"), "phone.invalid"},
           {Create("password { password: 'short1' }"), "password.too_short"},
           {Create("password { password: 'no number' }"), "password.needs_number"},
           {Create("hashed_password { hash: 'plain text' }"), "password.hash_unsupported"},
           {Create("", "metadata { key: 'a' value: '1' } metadata { key: 'a' value: '2' }"),
            "metadata.key_repeated"},
           {"organization_id: 'acme' machine { name: ' ' }", "request.machine.name.not_name"},
           {"organization_id: 'home' machine { name: 'x' }", "org.not_found"},
           {"organization_id: 'nowhere' machine { name: 'x' }", "org.not_found"},
       }) {
    INFO(each.request);
    const Then then = given.When("ann", "CreateUser", each.request);
    CHECK(then.reason == each.reason);
    CHECK(then.events.empty());
  }
}

TEST_CASE("an authenticator app comes along, and its codes count at once") {
  Given given;
  given.Member(InstanceScope(), "robot", {"IAM_LOGIN_CLIENT"});
  const std::string secret(20, 'k');
  const Then made = given.When(
      "ann", "CreateUser",
      Create(absl::StrCat("totp_secret: '", Base32Encode(secret), "'"), "user_id: 'eve'"));
  REQUIRE(made.ok());
  CHECK(made.events == Strings{"user.human.added eve", "user.human.email.code.added eve",
                               "user.human.mfa.otp.added eve", "user.human.mfa.otp.verified eve"});
  const auto check = [&given](const std::string& code) {
    return given.When("robot", "CreateSession",
                      absl::StrCat("checks { user { user_id: 'eve' } totp { code: '", code, "' } }"));
  };
  const auto step = static_cast<uint64_t>(TotpStep(given.clock.Now()));
  CHECK(check(Hotp(secret, step + 5)).reason == "code.invalid");
  CHECK(check(Hotp(secret, step)).ok());
  CHECK(check(Hotp(secret, step)).reason == "code.invalid");
}

TEST_CASE("what is no secret of an authenticator app is refused") {
  Given given;
  for (const std::string& wrong : {std::string("not base32!"), Base32Encode(std::string(9, 'k')),
                                   std::string("AAAAAAAAAAAAAAAAB")}) {
    const Then then =
        given.When("ann", "CreateUser", Create(absl::StrCat("totp_secret: '", wrong, "'")));
    CHECK(then.reason == "totp.secret_invalid");
    CHECK(then.events.empty());
  }
}

TEST_CASE("a hash that another system made is taken over as it stands") {
  Given given;
  const std::string hash = "$2y$12$hXUrnqdq1RIIYZ2HPytIIe5lXdIvbhqrTvdPsSF7o.jFh817Z6lwm";
  const Then then =
      given.When("ann", "CreateUser", Create("hashed_password { hash: '" + hash + "' }"));
  REQUIRE(then.ok());
  CHECK(then.fact<HumanAdded>(0).password_hash() == hash);
}

TEST_CASE("names are taken as people write them, and not as others would have them read") {
  Given given;
  const auto make = [&](const std::string& name) {
    return given.When("ann", "CreateUser",
                      absl::StrCat("organization_id: 'acme' username: '", name,
                                   "' human { profile { given_name: '", name, "' family_name: '",
                                   name, "' } email { email: 'x@example.org' } }"));
  };
  for (const char* name : {"\u0645\u062D\u0645\u062F", "\u05D9\u05D5\u05E1\u05D9",
                           "\u0639\u0644\u06CC\u200C\u0631\u0636\u0627"}) {
    CHECK(make(name).ok());
  }
  CHECK(make("ad\u202Enim").reason == "request.username.not_name");
  // A name that one is given by his address, too.
  CHECK(given.When("ann", "CreateUser",
                   "organization_id: 'acme' human { profile { given_name: 'a' family_name: 'b' } "
                   "email { email: 'ad\u202Enim@example.org' } }")
            .reason == "request.human.email.email.not_email");
}

TEST_CASE("a chosen id that is taken is told as taken, and nothing of whom it names") {
  // Ids are public, and whoever chooses one must learn that he cannot have it. Whose it is, and
  // whether he still is there, is not his to know.
  Given given;
  REQUIRE(given.When("root", "DeleteUser", "user_id: 'bob'").ok());
  const Then own = given.When("ann", "CreateUser",
                              "organization_id: 'acme' user_id: 'robot' machine { name: 'x' }");
  CHECK(own.reason == "user.already_exists");
  CHECK(own.code == absl::StatusCode::kAlreadyExists);
  for (const auto* id : {"root", "ann", "robot", "bob"}) {
    for (const auto* kind : {"machine { name: 'x' }",
                             "human { profile { given_name: 'E' family_name: 'V' } "
                             "email { email: 'eve@example.org' } }"}) {
      INFO(id << " " << kind);
      const Then then = given.When(
          "ann", "CreateUser",
          absl::StrCat("organization_id: 'acme' user_id: '", id, "' ", kind));
      CHECK(then.status == own.status);
      CHECK(then.events.empty());
    }
  }
}

TEST_CASE("a chosen id is nobody else's: no organization's, not the instance's, in no other case") {
  Given given;
  const auto user = [&](const std::string& id) {
    return given.When("root", "CreateUser",
                      absl::StrCat("organization_id: 'acme' user_id: '", id, "' username: 'n", id,
                                   "' machine { name: 'x' }"));
  };
  const auto org = [&](const std::string& id) {
    return given.When("root", "AddOrganization",
                      absl::StrCat("name: 'org ", id, "' organization_id: '", id, "'"));
  };
  CHECK(user("acme").reason == "user.already_exists");
  CHECK(org("ann").reason == "org.already_exists");
  const std::string instance = "1";
  CHECK(user(instance).reason == "user.already_exists");
  CHECK(org(instance).reason == "org.already_exists");

  CHECK(user("Kim-7").ok());
  CHECK(user("kim-7").reason == "user.already_exists");
  CHECK(org("KIM-7").reason == "org.already_exists");
  CHECK(org("Shop").ok());
  CHECK(user("SHOP").reason == "user.already_exists");
  for (const char* nothing : {"null", "Undefined", "-", "nil"}) {
    CHECK(user(nothing).reason == "request.user_id.not_id");
    CHECK(org(nothing).reason == "request.organization_id.not_id");
  }
  // Ids that are made are not claimed.
  const Then made = given.When("root", "CreateUser", "organization_id: 'acme' machine { name: 'x' }");
  REQUIRE(made.ok());
  CHECK(made.fact<MachineAdded>(0).chosen_id().empty());
}

TEST_CASE("of two commands that race for one id in two cases one wins") {
  Given given;
  const std::vector<Then> thens = given.Race(
      "root", "CreateUser",
      {"organization_id: 'acme' user_id: 'Kim' username: 'a' machine { name: 'x' }",
       "organization_id: 'acme' user_id: 'kim' username: 'b' machine { name: 'x' }"});
  CHECK(thens[0].ok() != thens[1].ok());
  CHECK((thens[0].ok() ? thens[1] : thens[0]).reason == "user.already_exists");
}

TEST_CASE("user names are held to their form wherever they come from") {
  Given given;
  for (const char* name : {"..", "a/b", "<b>", "\\360\\237\\230\\200", "a\\\\b"}) {
    INFO(name);
    const Then then = given.When("ann", "CreateUser", Create("", absl::StrCat("username: '", name, "'")));
    CHECK(then.reason == "user.username_invalid");
    CHECK(then.events.empty());
  }
  CHECK(given.When("ann", "CreateUser",
                   "organization_id: 'acme' human { profile { given_name: 'a' family_name: 'b' } "
                   "email { email: 'a/b@example.org' } }")
            .reason == "user.username_invalid");
}

TEST_CASE("an organization that is not active gets no new users") {
  Given given;
  REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  const Then then = given.When("root", "CreateUser", Create(""));
  CHECK(then.reason == "org.not_active");
  CHECK(then.code == absl::StatusCode::kFailedPrecondition);
}

TEST_CASE("names that differ only by case, width or normalization form are one name") {
  Given given;
  REQUIRE(given.When("ann", "CreateUser", Create("", "username: 'Zoë'")).ok());
  for (const char* variant : {"zoë", "ZOE\\314\\210", "ｚｏë"}) {
    INFO(variant);
    const Then then = given.When(
        "root", "CreateUser",
        absl::StrCat("organization_id: 'home' username: '", variant, "' machine { name: 'x' }"));
    CHECK(then.reason == "user.username_taken");
    CHECK(then.code == absl::StatusCode::kAlreadyExists);
    CHECK(then.events.empty());
  }
}

TEST_CASE("of two commands that race for one name in two forms one wins") {
  Given given;
  for (int round = 0; round < 5; ++round) {
    const std::string name = absl::StrCat("racer", round);
    const std::string wide = absl::StrCat("ＲＡＣＥＲ", round);
    const std::vector<Then> thens = given.Race(
        "root", "CreateUser",
        {absl::StrCat("organization_id: 'acme' username: '", name, "' machine { name: 'a' }"),
         absl::StrCat("organization_id: 'home' username: '", wide, "' machine { name: 'b' }")});
    CHECK(thens[0].ok() != thens[1].ok());
    CHECK(thens[0].events.size() == 1);
    CHECK((thens[0].ok() ? thens[1] : thens[0]).reason == "user.username_taken");
  }
}

TEST_CASE("where login names carry the domain a name stands once in each organization") {
  Given given;
  given.LoginMustBeDomain();
  const std::string eve = "username: 'eve' machine { name: 'Eve' } organization_id: ";
  const Then then = given.When("root", "CreateUser", eve + "'acme'");
  CHECK(then.fact<MachineAdded>(0).username_scope() == "acme");
  CHECK(given.When("root", "CreateUser", eve + "'home'").ok());
  CHECK(given.When("root", "CreateUser", eve + "'acme'").reason == "user.username_taken");
}

TEST_CASE("a name that would be another organization's login name is refused") {
  Given given;
  const std::string machine = "machine { name: 'x' } ";
  CHECK(given
            .When("ann", "CreateUser",
                  machine + "organization_id: 'acme' username: 'a@HOME.example.test'")
            .reason == "user.username_domain_claimed");
  CHECK(given
            .When("ann", "CreateUser",
                  machine + "organization_id: 'acme' username: 'a@acme.example.test'")
            .ok());
}

TEST_CASE("a user who may not write to an organization cannot tell it from none") {
  Given given;
  const Then then = given.When("bob", "CreateUser", Create(""));
  CHECK(then.reason == "org.not_found");
  CHECK(then.code == absl::StatusCode::kNotFound);
}

TEST_CASE("more than a commit holds is refused") {
  Given given;
  std::string metadata;
  for (int i = 0; i < 3; ++i) {
    absl::StrAppend(&metadata, "metadata { key: 'k", i, "' value: '", std::string(500'000, 'x'),
                    "' } ");
  }
  const Then then = given.When("ann", "CreateUser", Create("", metadata));
  CHECK(then.reason == "store.commit_too_large");
  CHECK(then.events.empty());
}

}  // namespace
}  // namespace muniment::command
