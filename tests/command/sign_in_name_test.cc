// Whom a name means that somebody types to sign in: one user or nobody, and nobody's in the place of
// another.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "muniment/event/v1/session.pb.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

// The id of the user whom the name means, or why it means nobody.
std::string Whom(Signing& given, const std::string& name) {
  const Then then = given.Create(absl::StrCat("checks { user { login_name: '", name, "' } }"));
  return then.ok() ? then.fact<event::v1::SessionUserChecked>(1).user_id() : then.reason;
}

TEST_CASE("of two with one address and two with one name it means the one with both") {
  for (const std::string owner : {"one", "two"}) {
    Signing given;
    given.LoginMustBeDomain();
    const auto make = [&](const std::string& id, const std::string& organization,
                          const std::string& name, const std::string& email) {
      REQUIRE(given.When("", "CreateUser",
                         absl::StrCat("organization_id: '", organization, "' user_id: '", id,
                                      "' username: '", name, "' human { profile { given_name: 'T' ",
                                      "family_name: 'T' } email { email: '", email,
                                      "' is_verified: true } }"))
                  .ok());
    };
    const std::string same = "same@example.org";
    make("one", "home", same, owner == "one" ? same : "one@example.org");
    make("two", "acme", same, owner == "two" ? same : "two@example.org");
    make("three", "home", "three", same);
    event::v1::EmailVerified proved;
    proved.set_proved(true);
    given.Fact<User>(UserScope(owner), proved);
    event::v1::DomainPolicyChanged plain;
    plain.mutable_policy()->set_user_login_must_be_domain(false);
    given.Fact<DomainPolicy>(InstanceScope(), plain);
    CHECK(Whom(given, "same@example.org") == owner);
  }
}

TEST_CASE("a name means one user or nobody") {
  Signing given;
  const auto make = [&](const std::string& id, const std::string& name, const std::string& email) {
    REQUIRE(given.When("", "CreateUser",
                       absl::StrCat("organization_id: 'home' user_id: '", id, "' username: '", name,
                                    "' human { profile { given_name: 'T' family_name: 'T' } email { ",
                                    "email: '", email, "' is_verified: true } }"))
                .ok());
  };
  make("carl", "carl", "carl@example.org");
  CHECK(Whom(given, "CARL") == "carl");
  CHECK(Whom(given, "Carl@example.org") == "carl");
  CHECK(Whom(given, "carla") == "user.not_found");
  // Another takes carl's address for a name: it still means carl.
  make("mallory", "carl@example.org", "m@example.org");
  CHECK(Whom(given, "carl@example.org") == "carl");
  CHECK(Whom(given, "m@example.org") == "mallory");
  // Two with one verified address: nobody, but in the organization that is asked for.
  make("twin", "twin", "bob@example.org");
  CHECK(Whom(given, "bob@example.org") == "user.not_found");
  // But it is bob's name as well, and now he has read what was sent to it.
  event::v1::EmailVerified proved;
  proved.set_proved(true);
  given.Fact<User>(UserScope("bob"), proved);
  CHECK(Whom(given, "bob@example.org") == "bob");
  make("second", "second", "carl@example.org");
  CHECK(Whom(given, "carl@example.org") == "user.not_found");
  given.chosen_organization_id = "acme";
  CHECK(Whom(given, "carl@example.org") == "user.not_found");
  CHECK(Whom(given, "twin") == "user.not_found");
  CHECK(Whom(given, "bob@example.org") == "bob");
  given.chosen_organization_id.clear();
  event::v1::LoginPolicyChanged no_email;
  no_email.mutable_policy()->set_disable_login_with_email(true);
  given.Fact<LoginPolicy>(InstanceScope(), no_email);
  CHECK(Whom(given, "carl@example.org") == "mallory");  // it is a name and nothing else now
}

TEST_CASE("nobody catches another's sign-in by what his own manager says of him") {
  Signing given;
  const auto mallory = [&](const std::string& name) {
    REQUIRE(given.When("", "CreateUser",
                       absl::StrCat("organization_id: 'home' username: '", name,
                                    "' human { profile { given_name: 'T' family_name: 'T' } email { ",
                                    "email: 'vic@example.org' is_verified: true } phone { ",
                                    "phone: '+41791234567' is_verified: true } }"))
                .ok());
  };
  REQUIRE(given.When("", "CreateUser",
                     "organization_id: 'acme' user_id: 'vic' username: 'vic' human { profile { "
                     "given_name: 'T' family_name: 'T' } email { email: 'vic@example.org' "
                     "is_verified: true } phone { phone: '+41791234567' is_verified: true } }")
              .ok());
  CHECK(Whom(given, "vic@example.org") == "vic");
  CHECK(Whom(given, "+41791234567") == "vic");
  mallory("vic@example.org");
  mallory("+41791234567");
  CHECK(Whom(given, "vic@example.org") == "user.not_found");
  CHECK(Whom(given, "+41791234567") == "user.not_found");
  given.chosen_organization_id = "acme";
  CHECK(Whom(given, "vic@example.org") == "vic");
  CHECK(Whom(given, "+41791234567") == "vic");
}

TEST_CASE("nobody catches a user name by what his own manager says of him") {
  for (const std::string name : {"vic@example.org", "+41791234567"}) {
    Signing given;
    const auto whom = [&] { return Whom(given, name); };
    REQUIRE(given.When("", "UpdateUser", absl::StrCat("user_id: 'bob' username: '", name, "'")).ok());
    CHECK(whom() == "bob");
    REQUIRE(given.When("", "CreateUser",
                       "organization_id: 'home' user_id: 'mallory' username: 'mallory' human { "
                       "profile { given_name: 'T' family_name: 'T' } email { email: "
                       "'vic@example.org' is_verified: true } phone { phone: '+41791234567' "
                       "is_verified: true } }")
                .ok());
    CHECK(whom() == "user.not_found");
    // He who has read what was sent there is meant, whoever calls himself so.
    event::v1::EmailVerified email;
    email.set_proved(true);
    given.Fact<User>(UserScope("mallory"), email);
    event::v1::PhoneVerified phone;
    phone.set_proved(true);
    given.Fact<User>(UserScope("mallory"), phone);
    CHECK(whom() == "mallory");
  }
}

TEST_CASE("of two who both proved an address nobody is meant, whosever name it is") {
  Signing given;
  event::v1::EmailVerified proved;
  proved.set_proved(true);
  given.Fact<User>(UserScope("bob"), proved);
  REQUIRE(given.When("", "CreateUser",
                     "organization_id: 'home' user_id: 'mallory' username: 'mallory' human { profile "
                     "{ given_name: 'T' family_name: 'T' } email { email: 'bob@example.org' "
                     "is_verified: true } }")
              .ok());
  const auto whom = [&] { return Whom(given, "bob@example.org"); };
  CHECK(whom() == "bob");
  given.Fact<User>(UserScope("mallory"), proved);
  CHECK(whom() == "user.not_found");
}

TEST_CASE("a user name that is another's number means that other") {
  Signing given;
  event::v1::PhoneChanged phone;
  phone.set_phone("+41791234567");
  given.Fact<User>(UserScope("bob"), phone);
  given.Fact<User>(UserScope("bob"), event::v1::PhoneVerified());
  REQUIRE(given.When("", "UpdateUser", "user_id: 'ann' username: '+41791234567'").ok());
  CHECK(Whom(given, "+41791234567") == "bob");
}

TEST_CASE("a name in an organization's domain is of nobody else") {
  Signing given;
  given.LoginMustBeDomain();
  CHECK(Whom(given, "bob@example.org@acme.example.test") == "bob");
  CHECK(Whom(given, "bob@example.org@home.example.test") == "user.not_found");
  CHECK(Whom(given, "bob@example.org") == "bob");  // his verified address
  CHECK(Whom(given, "ann@example.org") == "user.not_found");  // neither a login name nor verified
}

TEST_CASE("a name that several organizations have is nobody's until one of them is said") {
  Signing given;
  event::v1::OrganizationSettingsSet scoped;
  scoped.mutable_settings()->set_organization_scoped_usernames(true);
  given.Fact<OrganizationSettings>(OrgScope("acme"), scoped);
  const auto make = [&](const std::string& id, const std::string& organization,
                        const std::string& email) {
    REQUIRE(given.When("", "CreateUser",
                       absl::StrCat("organization_id: '", organization, "' user_id: '", id,
                                    "' username: 'admin' human { profile { given_name: 'T' ",
                                    "family_name: 'T' } email { email: '", email,
                                    "' is_verified: true } }"))
                .ok());
  };
  make("one", "acme", "one@example.org");
  CHECK(Whom(given, "admin") == "one");
  make("two", "home", "two@example.org");
  CHECK(Whom(given, "admin") == "user.not_found");
  given.chosen_organization_id = "acme";
  CHECK(Whom(given, "ADMIN") == "one");
  CHECK(Whom(given, "two@example.org") == "user.not_found");
  given.chosen_organization_id = "home";
  CHECK(Whom(given, "admin") == "two");
  given.chosen_organization_id.clear();
  CHECK(Whom(given, "one@example.org") == "one");
}

TEST_CASE("an address is a mailbox and no fold of one") {
  Signing given;
  const auto make = [&](const std::string& id, const std::string& name, const std::string& email) {
    REQUIRE(given.When("", "CreateUser",
                       absl::StrCat("organization_id: 'acme' user_id: '", id, "' username: '", name,
                                    "' human { profile { given_name: 'T' family_name: 'T' } email { ",
                                    "email: '", email, "' is_verified: true } }"))
                .ok());
    event::v1::EmailVerified proved;
    proved.set_proved(true);
    given.Fact<User>(UserScope(id), proved);
  };
  REQUIRE(given.When("", "CreateUser",
                     "organization_id: 'home' user_id: 'victim' username: 'max@strasse.de' human { "
                     "profile { given_name: 'T' family_name: 'T' } email { email: 'v@example.org' } "
                     "}")
              .ok());
  // Another domain, which is really his.
  make("mallory", "mallory", "max@straße.de");
  CHECK(Whom(given, "max@strasse.de") == "victim");
  CHECK(Whom(given, "max@straße.de") == "mallory");
}

}  // namespace
}  // namespace muniment::command
