// What a session does whose user must change the password that it proved.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/timestamp.h"
#include "command/handler.h"
#include "command/policy/settings.h"
#include "command/rule.h"
#include "tests/command/authenticator_world.h"
#include "tests/command/signing_world.h"

namespace muniment::command {
namespace {

constexpr char kDue[] = "auth.password_change_required";

void SetPasswordOfBob(Given& given, bool change_required, absl::string_view password = kPassword) {
  event::v1::PasswordChanged changed;
  changed.set_password_hash(absl::StrCat("hash of ", password));
  changed.set_change_required(change_required);
  *changed.mutable_changed_at() = ToTimestamp(given.clock.Now());
  given.Fact<User>(UserScope("bob"), changed);
}

// bob was given a password to be changed and shows a session that proved it; he owns everything.
struct Due : Signing {
  explicit Due(const std::string& role = "IAM_OWNER") {
    Member(InstanceScope(), "bob", {role});
    SetPasswordOfBob(*this, true);
    REQUIRE(Create(Proof()).ok());
    session_token = token;
  }
  Then Change(const std::string& more) {
    return When("bob", "SetPassword",
                absl::StrCat("user_id: 'bob' new_password { password: 'an0ther of bob' } ", more));
  }
};

std::string Current(const std::string& password = kPassword) {
  return absl::StrCat("current_password: '", password, "' ");
}

TEST_CASE("a session of a password that must be changed acts in the methods of its change alone") {
  Due given;
  Strings let;
  int refused = 0;
  for (const Handler& handler : Handlers()) {
    // No Given knows them.
    if (absl::StartsWith(handler.method, "muniment.api.work.")) continue;
    const auto rule = RuleOf(handler.method);
    if (!rule.ok() || rule->rule.open()) continue;
    const std::string name = handler.method.substr(handler.method.find('/') + 1);
    INFO(name);
    if (rule->rule.before_password_change()) {
      let.push_back(name);
      continue;
    }
    ++refused;
    // Not held against its limits, which an empty request would fail.
    const auto thens = given.Race("bob", name, {""});
    const Then& then = thens.front();
    CHECK(then.reason == kDue);
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.events.empty());
  }
  std::sort(let.begin(), let.end());
  CHECK(let == Strings{"DeleteSession", "SetHumanInitialPassword", "SetHumanPassword",
                       "SetPassword", "UpdateMyPassword"});
  CHECK(refused > 80);
}

TEST_CASE("the session in which its user changes the password acts from then on") {
  Due given("IAM_OWNER_VIEWER");
  const std::string own = given.token;
  given.session_token.clear();
  REQUIRE(given.Create(Proof()).ok());
  const std::string other = given.token;
  CHECK(given.Acting(own) == kDue);
  given.session_token = own;
  SECTION("by zitadel.user.v2") { REQUIRE(given.Change(Current()).ok()); }
  SECTION("by the older interface") {
    REQUIRE(given.When("bob", "UpdateMyPassword",
                       absl::StrCat("user_id: 'bob' ", Current(),
                                    "new_password { password: 'an0ther of bob' }"))
                .ok());
  }
  given.session_token.clear();
  CHECK(given.Acting(own) == "");
  CHECK(given.Acting(other) == "session.credentials_changed");
}

TEST_CASE("a password that must be changed is changed by who knows it, and to another") {
  Due given;
  CHECK(given.Change(Current("a guess")).reason == "user.password_wrong");
  CHECK(given.When("bob", "SetPassword",
                   absl::StrCat("user_id: 'bob' ", Current(), "new_password { password: '",
                                kPassword, "' }"))
            .reason == "password.unchanged");
  // That he may set anybody's does not count before.
  CHECK(given.Change("").reason == "user.write_required");
  CHECK(given.Acting(given.token) == kDue);
  // Another one that is to be changed is no end of it.
  given.session_token = given.token;
  REQUIRE(given.Change(absl::StrCat(Current(), "new_password { change_required: true }")).ok());
  CHECK(given.Acting(given.token) == kDue);
  given.session_token = given.token;
  REQUIRE(given.When("bob", "SetPassword",
                     absl::StrCat("user_id: 'bob' ", Current("an0ther of bob"),
                                  "new_password { password: 'a third 0ne of bob' }"))
              .ok());
  CHECK(given.Acting(given.token) == "");
}

TEST_CASE("whoever must change his password holds nothing over others meanwhile") {
  Due given;
  const std::string own_id = given.id, own = given.token;
  given.session_token.clear();
  REQUIRE(given.Create("checks { user { user_id: 'ann' } }").ok());
  given.session_token = own;
  const std::string anns = absl::StrCat("session_id: '", given.id, "'");
  const std::string to_ann = "user_id: 'ann' new_password { password: 'n3w for ann' }";
  CHECK(given.When("bob", "SetPassword", to_ann).reason == "user.not_found");
  CHECK(given.When("bob", "DeleteSession", anns).reason == "session.not_found");
  CHECK(given.When("bob", "DeleteSession", absl::StrCat("session_id: '", own_id, "'")).ok());
  CHECK(given.Acting(own) == "auth.token_invalid");
  // In one whose password is changed he holds it all.
  given.session_token.clear();
  SetPasswordOfBob(given, false);
  REQUIRE(given.Create(Proof()).ok());
  given.session_token = given.token;
  CHECK(given.When("bob", "SetPassword", to_ann).ok());
  CHECK(given.When("bob", "DeleteSession", anns).ok());
}

TEST_CASE("a password that a manager sets to be changed binds the sessions that he lets stand") {
  Signing given;
  REQUIRE(given.Create(Proof()).ok());
  REQUIRE(given.When("root", "SetSessionSettings", "end_with_credentials: false").ok());
  const auto set = [&given](const std::string& password) {
    return given.When("ann", "SetPassword",
                      absl::StrCat("user_id: 'bob' new_password { ", password, " }"));
  };
  REQUIRE(set("password: 'g1ven to bob' change_required: true").ok());
  CHECK(given.Acting(given.token) == kDue);
  REQUIRE(set("password: 'k3pt by bob'").ok());
  CHECK(given.Acting(given.token) == "");
}

TEST_CASE("a password is too old by the organization's setting, else the instance's") {
  Signing given;
  SetPasswordOfBob(given, false);
  event::v1::PasswordAgeChanged five;
  five.mutable_policy()->set_max_age_days(5);
  given.Fact<PasswordAge>(InstanceScope(), five);
  REQUIRE(given.Create(Proof()).ok());
  const std::string own = given.token;
  given.clock.Advance(absl::Hours(24 * 5) - absl::Seconds(1));
  CHECK(given.Acting(own) == "");
  given.clock.Advance(absl::Seconds(1));
  CHECK(given.Acting(own) == kDue);
  // Proved again it is no younger.
  REQUIRE(given.Create(Proof()).ok());
  CHECK(given.Acting(given.token) == kDue);
  event::v1::PasswordAgeAdded any;
  any.mutable_policy()->set_expire_warn_days(1);
  given.Fact<PasswordAge>(OrgScope("acme"), any);
  CHECK(given.Acting(own) == "");
  given.Fact<PasswordAge>(OrgScope("acme"), event::v1::PasswordAgeRemoved());
  CHECK(given.Acting(own) == kDue);
  given.session_token = own;
  REQUIRE(given.When("bob", "SetPassword",
                     absl::StrCat("user_id: 'bob' ", Current(),
                                  "new_password { password: 'an0ther of bob' }"))
              .ok());
  CHECK(given.Acting(own) == "");
}

TEST_CASE("a passkey alone acts whatever the password, and with the password does not") {
  AuthenticatorWorld given;
  given.AddPasskey();
  SetPasswordOfBob(given, true);
  const Then alone = given.Show(given.Asserted(given.Ask()));
  REQUIRE(alone.ok());
  CHECK(given.Acting(alone) == "");
  const Then both = given.Show(given.Asserted(given.Ask()),
                               absl::StrCat("password { password: '", kPassword, "' }"));
  REQUIRE(both.ok());
  CHECK(given.Acting(both) == kDue);
}

}  // namespace
}  // namespace muniment::command
