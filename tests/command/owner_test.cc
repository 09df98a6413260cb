// Somebody is always left who administers the instance (command/instance/owners.h).
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/member/members.h"
#include "command/user/user.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

constexpr char kLast[] = "instance.last_owner";

// The fixture's owner has nothing to sign in with; here he can.
void GivePassword(Given& given, const std::string& user) {
  event::v1::PasswordChanged changed;
  changed.set_password_hash("a hash");
  given.Fact<User>(UserScope(user), changed);
}

void GiveToken(Given& given, const std::string& user, const std::string& expires) {
  REQUIRE(given
              .When("", "AddPersonalAccessToken",
                    absl::StrCat("user_id: '", user, "' expiration_date { seconds: ", expires, " }"))
              .ok());
}

std::string TokenOf(Given& given, const std::string& user, const std::string& expires) {
  const Then then = given.When(
      "", "AddPersonalAccessToken",
      absl::StrCat("user_id: '", user, "' expiration_date { seconds: ", expires, " }"));
  REQUIRE(then.ok());
  return then.response<zitadel::user::v2::AddPersonalAccessTokenResponse>().token_id();
}

constexpr char kFar[] = "4000000000";

std::string User(const std::string& id) { return absl::StrCat("user_id: '", id, "'"); }

// With a client that signs people in.
struct Signed : Given {
  Signed() {
    REQUIRE(When("", "CreateUser",
                 "organization_id: 'home' user_id: 'client' machine { name: 'client' }")
                .ok());
    Member(InstanceScope(), "client", {"IAM_LOGIN_CLIENT"});
    token = TokenOf(*this, "client", kFar);
  }
  std::string token;
};

TEST_CASE("a person administers by whoever signs him in: the last of those stays too") {
  const auto remove = [](Signed& given) {
    return given
        .When("", "RemovePersonalAccessToken",
              absl::StrCat(User("client"), " token_id: '", given.token, "'"))
        .reason;
  };
  Signed given;
  CHECK(given.When("", "LockUser", User("client")).ok());  // root has nothing to sign in with
  REQUIRE(given.When("", "UnlockUser", User("client")).ok());
  GivePassword(given, "root");
  CHECK(remove(given) == kLast);
  for (const char* command : {"DeleteUser", "DeactivateUser", "LockUser"}) {
    CHECK(given.When("", command, User("client")).reason == kLast);
  }
  CHECK(given.When("", "DeactivateOrganization", "organization_id: 'home'").reason == kLast);
  // What no endpoint takes helps nobody.
  given.Member(InstanceScope(), "clerk", {"IAM_OWNER"});
  REQUIRE(given.When("", "AddSecret", User("clerk")).ok());
  REQUIRE(given.When("", "AddKey", User("clerk") + " expiration_date { seconds: 4000000000 }").ok());
  CHECK(remove(given) == kLast);
  GiveToken(given, "clerk", kFar);
  CHECK(remove(given) == "");
}

TEST_CASE("the last who administers an instance cannot be taken away, by nobody") {
  for (const std::string caller : {"root", ""}) {
    for (const char* command : {"DeleteUser", "DeactivateUser", "LockUser"}) {
      Signed given;
      GivePassword(given, "root");
      INFO(command << " by " << caller);
      const Then then = given.When(caller, command, User("root"));
      CHECK(then.reason == kLast);
      CHECK(then.code == absl::StatusCode::kFailedPrecondition);
      CHECK(then.events.empty());
    }
  }
}

TEST_CASE("another owner counts only while he can act") {
  struct Case {
    const char* what;
    std::function<void(Given&)> make;
    bool counts;
  };
  const auto ann = [](Given& given) { given.Member(InstanceScope(), "ann", {"IAM_OWNER"}); };
  const auto clerk = [](Given& given) { given.Member(InstanceScope(), "clerk", {"IAM_OWNER"}); };
  for (const Case& each : std::vector<Case>{
           {"a person with a password", [&](Given& g) { ann(g), GivePassword(g, "ann"); }, true},
           {"a person without", [&](Given& g) { ann(g); }, false},
           {"a viewer",
            [&](Given& g) {
              g.Member(InstanceScope(), "ann", {"IAM_OWNER_VIEWER"});
              GivePassword(g, "ann");
            },
            false},
           {"a locked person",
            [&](Given& g) {
              ann(g), GivePassword(g, "ann");
              REQUIRE(g.When("", "LockUser", User("ann")).ok());
            },
            false},
           {"a person of an inactive organization",
            [&](Given& g) {
              ann(g), GivePassword(g, "ann");
              REQUIRE(g.When("", "DeactivateOrganization", "organization_id: 'acme'").ok());
            },
            false},
           {"a machine with a token", [&](Given& g) { clerk(g), GiveToken(g, "clerk", kFar); },
            true},
           {"a machine without", [&](Given& g) { clerk(g); }, false},
           {"a machine whose token has expired",
            [&](Given& g) {
              clerk(g);
              GiveToken(g, "clerk", absl::StrCat(absl::ToUnixSeconds(g.clock.Now()) + 60));
              g.clock.Advance(absl::Seconds(61));
            },
            false},
       }) {
    Signed given;
    GivePassword(given, "root");
    each.make(given);
    INFO(each.what);
    CHECK(given.When("root", "LockUser", User("root")).reason == (each.counts ? "" : kLast));
  }
}

TEST_CASE("the last token of the last owner stands, others go") {
  Signed given;
  given.Member(InstanceScope(), "clerk", {"IAM_OWNER"});
  const std::string one = TokenOf(given, "clerk", kFar), other = TokenOf(given, "clerk", kFar);
  const auto remove = [&](const std::string& token) {
    return given
        .When("", "RemovePersonalAccessToken", absl::StrCat(User("clerk"), " token_id: '", token, "'"))
        .reason;
  };
  CHECK(remove(one) == "");
  CHECK(remove(other) == kLast);
  GivePassword(given, "root");
  CHECK(remove(other) == "");
}

TEST_CASE("the organization of all who administer the instance stays and stays active") {
  for (const char* command : {"DeactivateOrganization", "DeleteOrganization"}) {
    Signed given;
    given.Member(InstanceScope(), "ann", {"IAM_OWNER"});
    GivePassword(given, "ann");
    INFO(command);
    CHECK(given.When("root", command, "organization_id: 'acme'").reason == kLast);
    GivePassword(given, "root");
    CHECK(given.When("root", command, "organization_id: 'acme'").reason == "");
  }
}

TEST_CASE("an instance that nobody administers any more holds nobody else up") {
  Given given;  // root has nothing to sign in with
  CHECK(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").reason == "");
  CHECK(given.When("maker", "ActivateOrganization", "organization_id: 'acme'").reason == "");
  CHECK(given.When("ann", "DeleteUser", User("bob")).reason == "");
  CHECK(given.When("root", "LockUser", User("root")).reason == "");
}

TEST_CASE("of two owners who remove each other at the same moment one stays") {
  for (int round = 0; round < 20; ++round) {
    Signed given;
    given.Member(InstanceScope(), "ann", {"IAM_OWNER"});
    for (const char* user : {"root", "ann"}) GivePassword(given, user);
    const auto both = given.Race("", "DeleteUser", {User("root"), User("ann")});
    CHECK((both[0].ok() != both[1].ok()));
    CHECK((both[0].reason == kLast || both[1].reason == kLast));
  }
}

TEST_CASE("of a member of very many things nobody but an owner of all takes the credentials") {
  Given given;
  for (int i = 0; i < 1000; ++i) {
    given.Member(OrgScope(absl::StrCat("o", i)), "bob", {"ORG_USER_SELF_MANAGER"});
  }
  const std::string request = "user_id: 'bob' new_password { password: 'Wood-Lamp-7-River' }";
  CHECK(given.When("ann", "SetPassword", request).reason == "user.holds_more");
  CHECK(given.When("root", "SetPassword", request).ok());
}

}  // namespace
}  // namespace muniment::command
