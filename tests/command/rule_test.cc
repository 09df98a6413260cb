#include <catch2/catch.hpp>

#include "tests/command/fixture.h"

namespace muniment::command {
namespace {

using zitadel::org::v2::UpdateOrganizationRequest;
using zitadel::org::v2::UpdateOrganizationResponse;
using zitadel::user::v2::LockUserRequest;
using zitadel::user::v2::LockUserResponse;

absl::StatusOr<LockUserResponse> Lock(Unit& unit, const LockUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  unit.Raise(user, event::v1::UserLocked());
  return LockUserResponse();
}

absl::StatusOr<UpdateOrganizationResponse> Update(Unit& unit,
                                                  const UpdateOrganizationRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  event::v1::OrgChanged changed;
  changed.set_name(request.name());
  unit.Raise(org, std::move(changed));
  return UpdateOrganizationResponse();
}

LockUserRequest Target(const std::string& user) {
  LockUserRequest request;
  request.set_user_id(user);
  return request;
}

std::vector<Handler> Table() {
  Rule instance;
  instance.set_permission("org.create");
  instance.set_target(TARGET_INSTANCE);
  Rule authenticated;
  authenticated.set_authenticated(true);
  Rule open;
  open.set_open(true);
  const auto nothing = [](Unit&, const LockUserRequest&) -> absl::StatusOr<LockUserResponse> {
    return LockUserResponse();
  };
  return {
      TestHandler<LockUserRequest, LockUserResponse>("lock", UserRule("user.write"), Lock),
      TestHandler<LockUserRequest, LockUserResponse>("lock_self",
                                                     UserRule("user.write", SELF_ALLOW), Lock),
      TestHandler<UpdateOrganizationRequest, UpdateOrganizationResponse>(
          "update", OrgRule("org.write"), Update),
      TestHandler<LockUserRequest, LockUserResponse>("on_instance", instance, nothing),
      TestHandler<LockUserRequest, LockUserResponse>("authenticated", authenticated, nothing),
      TestHandler<LockUserRequest, LockUserResponse>("open", open, nothing),
      TestHandler<LockUserRequest, LockUserResponse>("forgets", UserRule("user.write"), nothing),
      TestHandler<LockUserRequest, LockUserResponse>(
          "forgets_and_writes", UserRule("user.write"),
          [](Unit& unit, const LockUserRequest& request) -> absl::StatusOr<LockUserResponse> {
            ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(request.user_id()));
            unit.Raise(user, event::v1::UserLocked());
            return LockUserResponse();
          }),
  };
}

TEST_CASE("who may act on a user is decided by the user's own organization") {
  World world(Table());
  struct Case {
    std::string caller, org, target, reason;
  };
  for (const Case& each : std::vector<Case>{
           {"owner", "100", "robot", ""},
           {"iam", "100", "other", ""},
           {"foreign", "200", "nobody", "user.not_found"},
           {"owner", "100", "other", "user.not_found"},
           {"viewer", "100", "nobody", "user.not_found"},
           {"nobody", "100", "viewer", "user.not_found"},
           {"nobody", "100", "nobody", "auth.permission_denied"},
           {"owner", "100", "stranger", "user.not_found"},
           {"stranger", "100", "nobody", "auth.token_invalid"},
       }) {
    INFO(each.caller << " on " << each.target);
    const uint64_t before = world.Events();
    const auto answer = world.Run("lock", Target(each.target), CallerOf(each.caller, each.org));
    CHECK(Reason(answer.status()) == each.reason);
    CHECK(answer.ok() == each.reason.empty());
    CHECK(world.Events() == before + (each.reason.empty() ? 1 : 0));
  }
}

TEST_CASE("what may not be seen is answered to the letter like what is not there") {
  World world(Table());
  const auto hidden = world.Run("lock", Target("other"), CallerOf("owner")).status();
  const auto absent = world.Run("lock", Target("stranger"), CallerOf("owner")).status();
  CHECK(hidden == absent);
  CHECK(hidden.code() == absl::StatusCode::kNotFound);
}

TEST_CASE("the caller's organization in the token or the header gives no right") {
  World world(Table());
  Caller caller = CallerOf("foreign", "100");
  caller.chosen_organization_id = "100";
  CHECK(Reason(world.Run("lock", Target("nobody"), caller).status()) == "user.not_found");
  UpdateOrganizationRequest request;
  request.set_name("Taken over");
  CHECK(Reason(world.Run("update", request, caller).status()) == "org.not_found");
}

TEST_CASE("an organization that is not named is the one the call works in") {
  World world(Table());
  UpdateOrganizationRequest request;
  request.set_name("Renamed");
  CHECK(world.Run("update", request, CallerOf("owner")).ok());
  Caller chooses = CallerOf("iam");
  chooses.chosen_organization_id = "200";
  request.set_name("Renamed too");
  CHECK(world.Run("update", request, chooses).ok());
  request.set_organization_id("200");
  CHECK(Reason(world.Run("update", request, CallerOf("owner")).status()) == "org.not_found");
}

TEST_CASE("the self rule lets a caller act on himself and on nobody else") {
  World world(Table());
  CHECK(Reason(world.Run("lock_self", Target("viewer"), CallerOf("nobody")).status()) ==
        "user.not_found");
  CHECK(world.Run("lock_self", Target("nobody"), CallerOf("nobody")).ok());
  // He is locked now.
  CHECK(Reason(world.Run("lock_self", Target("nobody"), CallerOf("nobody")).status()) ==
        "auth.token_invalid");
}

TEST_CASE("a caller who does not stand may nothing, whatever his roles") {
  World world(Table());
  SECTION("deactivated") {
    REQUIRE(World::OnUser(*world.router, "owner", event::v1::UserDeactivated()).ok());
  }
  SECTION("locked") {
    REQUIRE(World::OnUser(*world.router, "owner", event::v1::UserLocked()).ok());
  }
  SECTION("removed") {
    REQUIRE(World::OnUser(*world.router, "owner", event::v1::UserRemoved()).ok());
  }
  SECTION("of an organization that is deactivated") {
    REQUIRE(World::OnOrg(*world.router, "100", event::v1::OrgDeactivated()).ok());
  }
  SECTION("of an organization that is removed") {
    REQUIRE(World::OnOrg(*world.router, "100", event::v1::OrgRemoved()).ok());
  }
  const auto answer = world.Run("lock", Target("nobody"), CallerOf("owner"));
  CHECK(answer.status().code() == absl::StatusCode::kUnauthenticated);
  CHECK(Reason(answer.status()) == "auth.token_invalid");
  CHECK(Reason(world.Run("authenticated", Target(""), CallerOf("owner")).status()) ==
        "auth.token_invalid");
}

TEST_CASE("users of a removed organization are not found even by the instance's owner") {
  World world(Table());
  REQUIRE(World::OnOrg(*world.router, "200", event::v1::OrgRemoved()).ok());
  CHECK(Reason(world.Run("lock", Target("other"), CallerOf("iam")).status()) == "user.not_found");
}

TEST_CASE("roles in a deactivated organization give nothing, the instance's roles still do") {
  World world(Table());
  REQUIRE(World::SetRoles(*world.router, OrgScope("200"), "nobody", {"ORG_OWNER"}).ok());
  CHECK(world.Run("lock", Target("other"), CallerOf("nobody")).ok());
  REQUIRE(World::OnOrg(*world.router, "200", event::v1::OrgDeactivated()).ok());
  CHECK(Reason(world.Run("lock", Target("foreign"), CallerOf("nobody")).status()) ==
        "user.not_found");
  CHECK(world.Run("lock", Target("foreign"), CallerOf("iam")).ok());
}

TEST_CASE("a personal access token counts as long as it stands") {
  World world(Table());
  Caller robot = CallerOf("robot");
  robot.token_id = "t1";
  CHECK(world.Run("lock", Target("nobody"), robot).ok());
  robot.token_id = "t2";
  CHECK(Reason(world.Run("lock", Target("nobody"), robot).status()) == "auth.token_invalid");
  robot.token_id = "t1";
  const auto node = world.Node();
  REQUIRE(World::AsSystem(*node, [](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>("robot"));
            event::v1::PersonalAccessTokenRemoved removed;
            removed.set_token_id("t1");
            unit.Raise(tokens, std::move(removed));
            return absl::OkStatus();
          }).ok());
  // Removed on another node: this one's copy is old, and the commit finds out.
  const uint64_t before = world.Events();
  CHECK(Reason(world.Run("lock", Target("nobody"), robot).status()) == "auth.token_invalid");
  CHECK(world.Events() == before);
}

TEST_CASE("a role that was taken away on another node is gone at once") {
  World world(Table());
  CHECK(world.Run("lock", Target("nobody"), CallerOf("owner")).ok());
  const auto node = world.Node();
  REQUIRE(World::SetRoles(*node, OrgScope("100"), "owner", {}).ok());
  const uint64_t before = world.Events();
  CHECK(Reason(world.Run("lock", Target("viewer"), CallerOf("owner")).status()) ==
        "user.not_found");
  CHECK(world.Events() == before);
  REQUIRE(World::SetRoles(*node, OrgScope("100"), "owner", {"ORG_OWNER"}).ok());
  CHECK(world.Run("lock", Target("viewer"), CallerOf("owner")).ok());
}

TEST_CASE("a rule on the instance is applied before the handler and says so") {
  World world(Table());
  CHECK(world.Run("on_instance", Target(""), CallerOf("iam")).ok());
  const auto answer = world.Run("on_instance", Target(""), CallerOf("owner"));
  CHECK(answer.status().code() == absl::StatusCode::kPermissionDenied);
  CHECK(Reason(answer.status()) == "auth.permission_denied");
}

TEST_CASE("without a token only open methods answer") {
  World world(Table());
  CHECK(world.Run("open", Target(""), Caller()).ok());
  CHECK(Reason(world.Run("authenticated", Target(""), Caller()).status()) == "auth.required");
  CHECK(Reason(world.Run("lock", Target("nobody"), Caller()).status()) == "auth.required");
  CHECK(world.Run("authenticated", Target(""), CallerOf("other", "200")).ok());
}

TEST_CASE("a command that answers or writes without its rule is our fault and stores nothing") {
  World world(Table());
  const uint64_t before = world.Events();
  for (const char* method : {"forgets", "forgets_and_writes"}) {
    const auto answer = world.Run(method, Target("nobody"), CallerOf("owner"));
    CHECK(answer.status().code() == absl::StatusCode::kInternal);
    CHECK(Reason(answer.status()) == "command.rule_not_applied");
  }
  CHECK(world.Events() == before);
}

TEST_CASE("a method without a rule, or with a field that its request has not, is not served") {
  Rule wrong = UserRule("user.write");
  wrong.set_field("user.id");
  World world({TestHandler<LockUserRequest, LockUserResponse>("wrong", wrong, Lock)});
  CHECK(Reason(world.Run("wrong", Target("nobody"), CallerOf("owner")).status()) ==
        "command.rule_missing");
  CHECK(Reason(world.Run("none", Target("nobody"), CallerOf("owner")).status()) ==
        "command.unknown_method");
}

}  // namespace
}  // namespace muniment::command
