// Who may do what to a user: every command that has a user for its target, with every kind of caller,
// as the rules of the methods and the roles' permissions say. What a command asks beyond its rule is
// its own test's.
#include <catch2/catch.hpp>
#include <set>

#include "base/access.h"
#include "base/error.h"
#include "command/rule.h"
#include "tests/command/given.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;

struct Kind {
  std::string caller;
  Strings on_instance, on_acme;
  bool session = false;  // in which he has just proved his password
};

// Of the user bob of acme.
const std::vector<Kind> kKinds = {
    {"anonymous", {}, {}},
    {"bob", {}, {}},
    {"bob", {}, {}, true},
    {"robot", {}, {}},
    {"clerk", {}, {"ORG_USER_MANAGER"}},
    {"ann", {}, {"ORG_OWNER"}},
    {"maker", {"IAM_ORG_MANAGER"}, {}},
    {"root", {"IAM_OWNER"}, {}},
};

// What the rule alone refuses with.
const std::set<std::string> kRefusals = {"auth.required", "auth.permission_denied",
                                         "auth.proof_too_old", "user.not_found"};

std::string Expected(const Rule& rule, const Kind& kind) {
  if (kind.caller == "anonymous") return "auth.required";
  const bool own = kind.caller == "bob" || rule.field().empty();
  if (own && rule.self() == SELF_ALLOW) return "";
  if (Allows(kind.on_instance, kind.on_acme, rule.permission())) return "";
  if (own && rule.self() == SELF_ALLOW_FRESH) return kind.session ? "" : "auth.proof_too_old";
  return own ? "auth.permission_denied" : "user.not_found";
}

// Bob has a password, and where the kind says so a session.
class People : public Given {
 public:
  explicit People(const Kind& kind) {
    REQUIRE(When("root", "SetPassword",
                 "user_id: 'bob' new_password { password: 'Wood-Lamp-7-River' }")
                .ok());
    if (!kind.session) return;
    const Then made = When("root", "CreateSession",
                           "checks { user { user_id: 'bob' } "
                           "password { password: 'Wood-Lamp-7-River' } }");
    REQUIRE(made.ok());
    session_token = made.response<CreateSessionResponse>().session_token();
  }
};

TEST_CASE("every command on a user obeys its rule, with every kind of caller") {
  int commands = 0;
  for (const Handler& handler : Handlers()) {
    const auto rule = RuleOf(handler.method);
    if (!rule.ok() || rule->rule.target() != TARGET_USER || rule->rule.open()) continue;
    ++commands;
    const std::string name = handler.method.substr(handler.method.find('/') + 1);
    for (const Kind& kind : kKinds) {
      INFO(name << " by " << kind.caller << (kind.session ? " in a session" : ""));
      People given(kind);
      // Not held against its limits, which a request of nothing else would fail.
      const auto thens = given.Race(kind.caller, name, {"user_id: 'bob'"});
      const Then& then = thens.front();
      const std::string expected = Expected(rule->rule, kind);
      if (expected.empty()) {
        CHECK(kRefusals.count(then.reason) == 0);
      } else {
        CHECK(then.reason == expected);
        CHECK(then.events.empty());
      }
    }
  }
  CHECK(commands > 60);
}

}  // namespace
}  // namespace muniment::command
