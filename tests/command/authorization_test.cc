// Authorizations: which roles may be given to whom within which organization, and when they end.
#include <algorithm>
#include <random>
#include <set>

#include "absl/strings/match.h"
#include "command/project/settle.h"
#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

using event::v1::UserGrantAdded;
using event::v1::UserGrantChanged;
using zitadel::authorization::v2::CreateAuthorizationResponse;
using zitadel::authorization::v2::UpdateAuthorizationResponse;

std::string Give(const std::string& user, const std::string& organization, const Strings& keys) {
  return absl::StrCat(kLamps, Person(user), "organization_id: '", organization, "' ", Keys(keys));
}

void CheckRefused(Given& given, const std::string& caller, const std::string& method,
                  const std::string& request, const std::string& reason) {
  INFO(caller << ": " << method << " " << request);
  const Then then = given.When(caller, method, request);
  CHECK(then.reason == reason);
  CHECK(then.events.empty());
}

TEST_CASE("within the project's organization any of its roles may be given") {
  Delegated given;
  const Then then =
      given.When("ann", "CreateAuthorization", Give("robot", "acme", {"admin", "reader"}));
  REQUIRE(then.ok());
  const auto& response = then.response<CreateAuthorizationResponse>();
  CHECK(then.events == Strings{"user.grant.added " + response.id()});
  CHECK(response.has_creation_date());
  const auto& added = then.fact<UserGrantAdded>(0);
  CHECK(added.user_id() == "robot");
  CHECK(added.user_organization_id() == "acme");
  CHECK(added.project_id() == "lamps");
  CHECK(added.organization_id() == "acme");
  CHECK(added.project_grant_id() == "");
  CHECK(added.within() == "lamps");
  CHECK(Strings(added.role_key().begin(), added.role_key().end()) == Strings{"admin", "reader"});
  CHECK(then.facts[0].meta.owner == "acme");
}

TEST_CASE("within a granted organization the roles of the grant may be given, and no others") {
  Delegated given;
  const Then then = given.When("cora", "CreateAuthorization", Give("bob", "customer", {"writer"}));
  REQUIRE(then.ok());
  const auto& added = then.fact<UserGrantAdded>(0);
  CHECK(added.organization_id() == "customer");
  CHECK(added.user_organization_id() == "acme");
  CHECK(added.within() == given.grant);
  CHECK("lamps/" + added.project_grant_id() == given.grant);
  CHECK(then.facts[0].meta.owner == "customer");
  for (const char* caller : {"cora", "gus", "root"}) {
    CheckRefused(given, caller, "CreateAuthorization", Give("cora", "customer", {"admin"}),
                 "project_grant.role_missing");
    CheckRefused(given, caller, "CreateAuthorization", Give("cora", "customer", {"reader", "king"}),
                 "project.role_unknown");
    CheckRefused(given, caller, "UpdateAuthorization",
                 given.Theirs("role_keys: 'reader' role_keys: 'admin'"),
                 "project_grant.role_missing");
  }
}

TEST_CASE("while a project or its grant rests roles are taken and none are given") {
  for (const bool of_grant : {false, true}) {
    Delegated given;
    Must(given, "UpdateAuthorization", given.Theirs(Keys({"reader", "writer"})));
    if (of_grant) {
      Must(given, "DeactivateProjectGrant", kToCustomer);
    } else {
      Must(given, "DeactivateProject", kLamps);
    }
    INFO(of_grant);
    const auto set = [&](const Strings& keys) {
      return given.When("root", "UpdateAuthorization", given.Theirs(Keys(keys)));
    };
    const Then same = set({"writer", "reader"});
    CHECK(same.ok());
    CHECK(same.events.empty());
    CHECK(set({"writer"}).events == Strings{"user.grant.changed " + given.theirs});
    CHECK(set({"writer", "reader"}).reason ==
          (of_grant ? "project_grant.inactive" : "project.inactive"));
    CHECK(AuthorizationOf(given, given.theirs).role_keys == Strings{"writer"});
  }
}

TEST_CASE("what is wrong with an authorization is refused by name, and nothing is stored") {
  Delegated given;
  const auto refused = [&](const std::string& request, const std::string& reason) {
    CheckRefused(given, "root", "CreateAuthorization", request, reason);
  };
  refused(Give("nobody", "acme", {"reader"}), "user.not_found");
  refused(Give("ann", "acme", {"king"}), "project.role_unknown");
  refused(Give("ann", "acme", {"reader", "reader"}), "request.role_keys.repeated");
  refused(Give("ann", "other", {"reader"}), "project.not_found");
  refused(Give("ann", "nowhere", {"reader"}), "project.not_found");
  refused("project_id: 'nothing' user_id: 'ann' organization_id: 'acme'", "project.not_found");
  refused(Person("ann") + "organization_id: 'acme'", "request.project_id.required");
  refused(kLamps + "organization_id: 'acme'", "request.user_id.required");
  refused(kLamps + Person("ann"), "request.organization_id.required");
  for (const std::string& twice : {Give("bob", "acme", {"writer"}), Give("cole", "customer", {})}) {
    const Then then = given.When("root", "CreateAuthorization", twice);
    CHECK(then.code == absl::StatusCode::kAlreadyExists);
    CHECK(then.events.empty());
  }
  // Within another organization it is another.
  CHECK(given.When("root", "CreateAuthorization", Give("bob", "customer", {"writer"})).ok());
  for (const char* method : {"UpdateAuthorization", "DeleteAuthorization", "ActivateAuthorization",
                             "DeactivateAuthorization"}) {
    CheckRefused(given, "root", method, "id: 'nothing'", "authorization.not_found");
    CheckRefused(given, "root", method, "id: 'bob'", "authorization.not_found");
  }
  CheckRefused(given, "root", "ActivateAuthorization", given.Own(), "authorization.not_inactive");
}

TEST_CASE("of two who give one user roles of a project at the same time one does") {
  Delegated given;
  const auto thens = given.Race({{"ann", "CreateAuthorization", Give("ann", "acme", {"reader"})},
                                 {"pam", "CreateAuthorization", Give("ann", "acme", {"admin"})}});
  REQUIRE(thens[0].ok() != thens[1].ok());
  CHECK(thens[thens[0].ok() ? 1 : 0].code == absl::StatusCode::kAlreadyExists);
  CHECK(thens[0].events.size() == 1);
}

TEST_CASE("nothing is given by a grant that ends at the same time") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    const auto thens =
        given.Race({{"ann", "DeactivateProjectGrant", kToCustomer},
                    {"cora", "CreateAuthorization", Give("cora", "customer", {"writer"})}});
    REQUIRE(thens[0].ok());
    if (!thens[1].ok()) {
      CHECK(thens[1].reason == "project_grant.inactive");
      CHECK(thens[1].events.size() == 1);
    } else {
      CHECK(thens[1].events[1] == "project.grant.deactivated " + given.grant);
    }
  }
}

TEST_CASE("an authorization's roles are replaced, and it rests, comes back and ends") {
  Delegated given;
  const Then then = given.When("ann", "UpdateAuthorization",
                               given.Own("role_keys: 'admin' role_keys: 'reader'"));
  CHECK(then.events == Strings{"user.grant.changed " + given.own});
  CHECK(then.fact<UserGrantChanged>(0).role_key(0) == "admin");
  const Then same = given.When("ann", "UpdateAuthorization",
                               given.Own("role_keys: 'admin' role_keys: 'reader'"));
  CHECK(same.ok());
  CHECK(same.events.empty());
  CHECK(same.response<UpdateAuthorizationResponse>().has_change_date());
  CHECK(given.When("ann", "UpdateAuthorization", given.Own()).ok());
  CHECK(AuthorizationOf(given, given.own).role_keys.empty());

  CHECK(given.When("ann", "DeactivateAuthorization", given.Own()).events ==
        Strings{"user.grant.deactivated " + given.own});
  CheckRefused(given, "ann", "DeactivateAuthorization", given.Own(),
               "authorization.already_inactive");
  CHECK(given.When("ann", "ActivateAuthorization", given.Own()).events ==
        Strings{"user.grant.reactivated " + given.own});
  const Then gone = given.When("ann", "DeleteAuthorization", given.Own());
  CHECK(gone.events == Strings{"user.grant.removed " + given.own});
  CHECK(gone.response<zitadel::authorization::v2::DeleteAuthorizationResponse>()
            .has_deletion_date());
  CheckRefused(given, "ann", "DeleteAuthorization", given.Own(), "authorization.not_found");
  CHECK(given.When("ann", "CreateAuthorization", Give("bob", "acme", {"reader"})).ok());
}

TEST_CASE("nothing is given of a project at rest, nor by a grant at rest") {
  Delegated given;
  REQUIRE(given.When("ann", "DeactivateProjectGrant", kToCustomer).ok());
  CheckRefused(given, "cora", "CreateAuthorization", Give("cora", "customer", {"reader"}),
               "project_grant.inactive");
  CheckRefused(given, "cora", "UpdateAuthorization", given.Theirs("role_keys: 'writer'"),
               "project_grant.inactive");
  CHECK(given.When("ann", "CreateAuthorization", Give("ann", "acme", {"reader"})).ok());
  // Taking away is no giving.
  CHECK(given.When("cora", "DeactivateAuthorization", given.Theirs()).ok());
  CHECK(given.When("cora", "DeleteAuthorization", given.Theirs()).ok());
  REQUIRE(given.When("ann", "ActivateProjectGrant", kToCustomer).ok());
  REQUIRE(given.When("ann", "DeactivateProject", kLamps).ok());
  for (const char* organization : {"acme", "customer"}) {
    CheckRefused(given, "root", "CreateAuthorization", Give("clerk", organization, {"reader"}),
                 "project.inactive");
  }
  CheckRefused(given, "ann", "UpdateAuthorization", given.Own("role_keys: 'writer'"),
               "project.inactive");
  CHECK(given.When("ann", "DeleteAuthorization", given.Own()).ok());
}

TEST_CASE("a user who has gone with his organization is given nothing") {
  Delegated given;
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'other'").ok());
  CheckRefused(given, "root", "CreateAuthorization", Give("otto", "acme", {"reader"}),
               "user.not_found");
  CheckRefused(given, "ann", "CreateAuthorization", Give("otto", "acme", {"reader"}),
               "user.not_found");
}

TEST_CASE("with a user his authorizations end, wherever they are") {
  Delegated given;
  const std::string abroad = given.Authorize("bob", "customer", "writer");
  const Then then = given.When("root", "DeleteUser", Person("bob"));
  REQUIRE(then.ok());
  const std::set<std::string> events(then.events.begin(), then.events.end());
  CHECK(events.count("user.grant.cascade.removed " + given.own) == 1);
  CHECK(events.count("user.grant.cascade.removed " + abroad) == 1);
  CHECK(AuthorizationOf(given, given.theirs).active());
}

// ---------------------------------------------------------------------- whatever happens

// Whose roles they are, told by nothing but what was asked for and answered with OK.
struct Ledger {
  std::set<std::string> project = {"reader", "writer", "admin"};
  std::set<std::string> granted = {"reader", "writer"};
  std::set<std::string> own = {"reader"};
  std::set<std::string> theirs = {"reader"};

  void RemoveRole(const std::string& key) {
    for (auto* keys : {&project, &granted, &own, &theirs}) keys->erase(key);
  }
  void Grant(const Strings& keys) {
    granted = {keys.begin(), keys.end()};
    for (auto it = theirs.begin(); it != theirs.end();) {
      it = granted.count(*it) > 0 ? std::next(it) : theirs.erase(it);
    }
  }
};

// What counts of an authorization's roles, as the streams say.
std::set<std::string> Effective(Given& given, const std::string& id) {
  const UserGrant held = AuthorizationOf(given, id);
  const auto roles = StateOf<ProjectRoles>(given, ProjectScope(held.project_id));
  std::set<std::string> keys;
  for (const std::string& key : held.role_keys) {
    if (roles.Has(key)) keys.insert(key);
  }
  if (held.project_grant_id.empty()) return keys;
  const auto grant = StateOf<ProjectGrant>(given, ProjectGrantScope(held.within));
  std::set<std::string> within;
  if (!grant.exists()) return within;
  for (const std::string& key : grant.role_keys) {
    if (keys.count(key) > 0) within.insert(key);
  }
  return within;
}

// The sweeps' last steps, as far as they may be made; `more` is an authorization beside the world's.
void Sweep(Delegated& given, const std::string& more = "") {
  Strings held = {given.own, given.theirs};
  if (!more.empty()) held.push_back(more);
  given.AsSystem([&](Unit& unit) { return SettleGrants(unit, {given.grant}); });
  given.AsSystem([&](Unit& unit) { return SettleAuthorizations(unit, held); });
  for (const Scope& scope : {ProjectScope("lamps"), ProjectGrantScope(given.grant)}) {
    given.AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto ending, EndingRoles(unit, scope));
      if (ending.empty()) return absl::OkStatus();
      return RaiseRolesSwept(unit, scope, ending).status();
    });
  }
}

// What takes "writer" from whom it could be given, and why it is not given afterwards.
struct Taking {
  const char* what;
  Given::Asked taken;
  Given::Asked given;  // "writer", to somebody who has nothing or, by the world's own authorizations, less
  const char* reason;
};

std::vector<Taking> Takings(const Delegated& world) {
  const Given::Asked role = {"ann", "RemoveProjectRole", kLamps + "role_key: 'writer'"};
  const Given::Asked narrowed = {"ann", "UpdateProjectGrant", kToCustomer + Keys({"reader"})};
  const Given::Asked rested = {"ann", "DeactivateProjectGrant", kToCustomer};
  const Given::Asked ended = {"ann", "DeleteProjectGrant", kToCustomer};
  const Given::Asked here = {"ann", "CreateAuthorization", Give("robot", "acme", {"writer"})};
  const Given::Asked there = {"cora", "CreateAuthorization", Give("gus", "customer", {"writer"})};
  const Given::Asked own = {"ann", "UpdateAuthorization", world.Own(Keys({"reader", "writer"}))};
  const Given::Asked theirs = {"cora", "UpdateAuthorization",
                               world.Theirs(Keys({"reader", "writer"}))};
  return {{"a role, within the project's organization", role, here, "project.role_unknown"},
          {"a role, within a granted one", role, there, "project.role_unknown"},
          {"a role, of what is held", role, own, "project.role_unknown"},
          {"a role, of what is held by the grant", role, theirs, "project.role_unknown"},
          {"of a grant", narrowed, there, "project_grant.role_missing"},
          {"of a grant, of what is held by it", narrowed, theirs, "project_grant.role_missing"},
          {"by a grant that rests", rested, there, "project_grant.inactive"},
          {"by a grant that rests, of what is held by it", rested, theirs,
           "project_grant.inactive"},
          {"by a grant that ends", ended, there, "project.not_found"},
          {"by a grant that ends, of what is held by it", ended, theirs, "authorization.not_found"}};
}

// Whether nobody has the role who was given it, told by the answer to that: neither before the sweep
// nor, by name, behind it.
void CheckTaken(Delegated& world, const Taking& taking, const Then& given) {
  const bool made = std::string(taking.given.method) == "CreateAuthorization";
  std::string id = absl::StrContains(taking.given.request, world.own) ? world.own : world.theirs;
  if (!given.ok()) {
    CHECK(given.reason == taking.reason);
    if (made) return;
  } else if (made) {
    id = given.response<CreateAuthorizationResponse>().id();
  }
  const bool rests = std::string(taking.taken.method) == "DeactivateProjectGrant";
  const UserGrant held = AuthorizationOf(world, id);
  if (rests) {
    // What was given before it rested waits with it.
    CHECK_FALSE(StateOf<ProjectGrant>(world, ProjectGrantScope(held.within)).active());
    return;
  }
  CHECK(Effective(world, id).count("writer") == 0);
  Sweep(world, made ? id : "");
  const Strings left = AuthorizationOf(world, id).role_keys;
  const bool gone = !AuthorizationOf(world, id).exists();
  CHECK((gone || std::count(left.begin(), left.end(), "writer") == 0));
}

Then Ask(Delegated& world, const Given::Asked& asked) {
  return world.When(asked.caller, asked.method, asked.request);
}

TEST_CASE("a role that is taken and given at the same time is nobody's, whichever comes first") {
  const size_t all = Takings(Delegated()).size();
  for (size_t i = 0; i < all; ++i) {
    for (int round = 0; round < 6; ++round) {
      Delegated world;
      const Taking taking = Takings(world)[i];
      INFO(taking.what << ", round " << round);
      Then given;
      if (round == 0) {
        REQUIRE(Ask(world, taking.taken).ok());
        given = Ask(world, taking.given);
        CHECK_FALSE(given.ok());
      } else if (round == 1) {
        given = Ask(world, taking.given);
        REQUIRE(given.ok());
        REQUIRE(Ask(world, taking.taken).ok());
      } else {
        const bool first = round % 2 == 0;
        auto thens = world.Race(first ? std::vector{taking.taken, taking.given}
                                      : std::vector{taking.given, taking.taken});
        REQUIRE(thens[first ? 0 : 1].ok());
        given = std::move(thens[first ? 1 : 0]);
      }
      CheckTaken(world, taking, given);
    }
  }
}

TEST_CASE("whatever is given and taken, nobody has a role that was not given since it was taken") {
  const uint32_t seed = GENERATE(1u, 2u, 3u, 4u, 5u, 6u);
  CAPTURE(seed);
  std::mt19937 random(seed);
  Delegated given;
  Ledger ledger;
  const Strings keys = {"reader", "writer", "admin"};
  const auto some = [&] {
    Strings chosen;
    for (const std::string& key : keys) {
      if (random() % 2 == 0) chosen.push_back(key);
    }
    return chosen;
  };
  std::string done;
  for (int step = 0; step < 60; ++step) {
    const std::string key = keys[random() % keys.size()];
    const Strings chosen = some();
    const std::string role = absl::StrCat(kLamps, "role_key: '", key, "' ");
    const auto ok = [&](const std::string& method, const std::string& request) {
      const Then then = given.When("root", method, request);
      absl::StrAppend(&done, method, " ", request, " ", then.ok() ? "ok" : then.reason, "\n");
      return then.ok();
    };
    switch (random() % 6) {
      case 0:
        if (ok("RemoveProjectRole", role)) ledger.RemoveRole(key);
        break;
      case 1:
        if (ok("AddProjectRole", role + "display_name: 'R'")) ledger.project.insert(key);
        break;
      case 2:
        if (ok("UpdateProjectGrant", kToCustomer + Keys(chosen))) ledger.Grant(chosen);
        break;
      case 3:
        if (ok("UpdateAuthorization", given.Own(Keys(chosen)))) {
          ledger.own = {chosen.begin(), chosen.end()};
        }
        break;
      case 4:
        if (ok("UpdateAuthorization", given.Theirs(Keys(chosen)))) {
          ledger.theirs = {chosen.begin(), chosen.end()};
        }
        break;
      default:
        Sweep(given);
        absl::StrAppend(&done, "sweep\n");
    }
    INFO(done);
    REQUIRE(Effective(given, given.own) == ledger.own);
    REQUIRE(Effective(given, given.theirs) == ledger.theirs);
  }
  // Once all is swept nothing is named that does not count.
  Sweep(given);
  for (const auto& [id, held] : {std::pair(given.own, ledger.own),
                                 std::pair(given.theirs, ledger.theirs)}) {
    const UserGrant grant = AuthorizationOf(given, id);
    CHECK(std::set<std::string>(grant.role_keys.begin(), grant.role_keys.end()) == held);
  }
}

}  // namespace
}  // namespace muniment::command
