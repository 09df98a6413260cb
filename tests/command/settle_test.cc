// What hangs on a project is brought to what stands of it (command/project/settle.h).
#include "command/project/settle.h"

#include "command/application/settle.h"
#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

// All that may hang on lamps, settled as a sweep does it.
Strings Settle(Delegated& given) {
  Strings events = Raised(given, [&](Unit& unit) { return SettleProjects(unit, {"lamps"}); });
  for (const Strings& more :
       {Raised(given, [&](Unit& unit) { return SettleGrants(unit, {given.grant}); }),
        Raised(given, [&](Unit& unit) {
          return SettleAuthorizations(unit, {given.own, given.theirs});
        })}) {
    events.insert(events.end(), more.begin(), more.end());
  }
  return events;
}

bool RolesSwept(Given& given, const Scope& scope, const RoleSet& swept) {
  bool all = false;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(all, RaiseRolesSwept(unit, scope, swept));
    return absl::OkStatus();
  });
  return all;
}

RoleSet Ending(Given& given, const Scope& scope) {
  RoleSet ending;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(ending, EndingRoles(unit, scope));
    return absl::OkStatus();
  });
  return ending;
}

TEST_CASE("what is as it should be is left alone, and so is what is unknown") {
  Delegated given;
  CHECK(Settle(given).empty());
  Must(given, "DeactivateProject", kLamps);
  Must(given, "DeactivateProjectGrant", kToCustomer);
  Must(given, "DeactivateAuthorization", given.Own());
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  CHECK(Settle(given).empty());
  const Strings unknown = {"none", "a/b"};
  CHECK(Raised(given, [&](Unit& unit) { return SettleProjects(unit, unknown); }).empty());
  CHECK(Raised(given, [&](Unit& unit) { return SettleGrants(unit, unknown); }).empty());
  CHECK(Raised(given, [&](Unit& unit) { return SettleAuthorizations(unit, unknown); }).empty());
  CHECK(Raised(given, [&](Unit& unit) { return RaiseProjectSwept(unit, "none"); }).empty());
  CHECK(Raised(given, [&](Unit& unit) { return RaiseGrantSwept(unit, "a/b"); }).empty());
}

TEST_CASE("of a project that was removed nothing is left, and that is said once") {
  Delegated given;
  Must(given, "DeleteProject", kLamps);
  CHECK(Settle(given) == Strings{"project.grant.removed " + given.grant,
                                 "user.grant.cascade.removed " + given.own,
                                 "user.grant.cascade.removed " + given.theirs});
  CHECK(Settle(given).empty());
  const auto end = [](Unit& unit) { return EndManagers(unit, ProjectScope("lamps")).status(); };
  CHECK(Raised(given, end) == Strings{"project.member.cascade.removed lamps",
                                      "project.member.cascade.removed lamps"});
  CHECK(Raised(given, end).empty());
  CHECK(StateOf<Members>(given, ProjectScope("lamps")).roles.empty());
  const auto swept = [](Unit& unit) { return RaiseProjectSwept(unit, "lamps"); };
  CHECK(Raised(given, swept) == Strings{"project.swept lamps"});
  CHECK(Raised(given, swept).empty());
}

TEST_CASE("what stands is not said to be swept") {
  Delegated given;
  CHECK(Raised(given, [](Unit& unit) { return RaiseProjectSwept(unit, "lamps"); }).empty());
  CHECK(Raised(given, [&](Unit& unit) { return RaiseGrantSwept(unit, given.grant); }).empty());
}

TEST_CASE("with a project end its applications, and not before") {
  Delegated given;
  const Strings ids = {"lamps/shop", "lamps/stock", "lamps/none"};
  const auto settle = [&](Unit& unit) { return SettleApplications(unit, ids); };
  Must(given, "DeactivateProject", kLamps);
  CHECK(Raised(given, settle).empty());
  Must(given, "DeleteProject", kLamps);
  CHECK(Raised(given, settle) == Strings{"project.application.removed lamps/shop",
                                         "project.application.removed lamps/stock"});
  CHECK(Raised(given, settle).empty());
}

TEST_CASE("with a grant ends what was given by it, and no more") {
  Delegated given;
  Must(given, "DeleteProjectGrant", kToCustomer);
  CHECK(Settle(given) == Strings{"user.grant.cascade.removed " + given.theirs});
  CHECK(AuthorizationOf(given, given.own).active());
  CHECK(Raised(given, [&](Unit& unit) {
          return EndManagers(unit, ProjectGrantScope(given.grant)).status();
        }) == Strings{"project.grant.member.cascade.removed " + given.grant});
  const auto swept = [&](Unit& unit) { return RaiseGrantSwept(unit, given.grant); };
  CHECK(Raised(given, swept) == Strings{"project.grant.swept " + given.grant});
  CHECK(Raised(given, swept).empty());
  // His place is free for another.
  given.grant = given.Grant({"writer"});
  CHECK(given.Authorize("cole", "customer", "writer") != given.theirs);
}

TEST_CASE("with an organization end its projects, and what it was granted") {
  Delegated owner;
  Must(owner, "DeleteOrganization", "organization_id: 'acme'");
  CHECK(Settle(owner) == Strings{"project.removed lamps", "project.grant.removed " + owner.grant,
                                 "user.grant.cascade.removed " + owner.own,
                                 "user.grant.cascade.removed " + owner.theirs});
  Delegated granted;
  Must(granted, "DeleteOrganization", "organization_id: 'customer'");
  CHECK(Settle(granted) == Strings{"project.grant.removed " + granted.grant,
                                   "user.grant.cascade.removed " + granted.theirs});
  CHECK(StateOf<Project>(granted, ProjectScope("lamps")).active());
}

TEST_CASE("a role that was removed is taken from what names it, which stands without it") {
  Delegated given;
  Must(given, "UpdateAuthorization", given.Own("role_keys: 'admin' role_keys: 'reader'"));
  Must(given, "DeactivateAuthorization", given.Theirs());
  Must(given, "RemoveProjectRole", kLamps + "role_key: 'reader'");
  CHECK(Settle(given) == Strings{"project.grant.cascade.changed " + given.grant,
                                 "user.grant.cascade.changed " + given.own,
                                 "user.grant.cascade.changed " + given.theirs});
  const Scope grant = ProjectGrantScope(given.grant);
  CHECK(StateOf<ProjectGrant>(given, grant).role_keys == Strings{"writer"});
  CHECK(AuthorizationOf(given, given.own).role_keys == Strings{"admin"});
  const UserGrant theirs = AuthorizationOf(given, given.theirs);
  CHECK(theirs.role_keys.empty());
  CHECK(theirs.exists());
  CHECK_FALSE(theirs.active());
  CHECK(Settle(given).empty());
}

TEST_CASE("a role that was taken from a grant is taken from what was given by it") {
  Delegated given;
  Must(given, "UpdateProjectGrant", kToCustomer + Keys({"writer"}));
  CHECK(Settle(given) == Strings{"user.grant.cascade.changed " + given.theirs});
  CHECK(AuthorizationOf(given, given.theirs).role_keys.empty());
  CHECK(AuthorizationOf(given, given.own).role_keys == Strings{"reader"});
}

TEST_CASE("roles are swept only when these are all that there are to sweep") {
  Delegated given;
  const Scope lamps = ProjectScope("lamps");
  Must(given, "RemoveProjectRole", kLamps + "role_key: 'reader'");
  const RoleSet first = Ending(given, lamps);
  CHECK(first == RoleSet{"reader"});
  Must(given, "RemoveProjectRole", kLamps + "role_key: 'admin'");
  CHECK_FALSE(RolesSwept(given, lamps, first));
  CHECK(Ending(given, lamps) == RoleSet{"admin", "reader"});
  CHECK(RolesSwept(given, lamps, {"admin", "reader"}));
  CHECK(Ending(given, lamps).empty());
  const Scope grant = ProjectGrantScope(given.grant);
  Must(given, "UpdateProjectGrant", kToCustomer + Keys({"writer"}));
  CHECK(Ending(given, grant) == RoleSet{"reader"});
  CHECK_FALSE(RolesSwept(given, grant, {}));
  CHECK(RolesSwept(given, grant, {"reader"}));
  CHECK(Ending(given, grant).empty());
}

TEST_CASE("a change of a grant that takes nothing away is swept as well: its work has to end") {
  Delegated given;
  Must(given, "UpdateProjectGrant", kToCustomer + Keys({"reader", "writer", "admin"}));
  const Scope grant = ProjectGrantScope(given.grant);
  CHECK(Raised(given, [&](Unit& unit) { return RaiseRolesSwept(unit, grant, {}).status(); }) ==
        Strings{"project.grant.roles.swept " + given.grant});
}

TEST_CASE("managers of what stands stay") {
  Delegated given;
  for (const Scope& scope : {ProjectScope("lamps"), ProjectGrantScope(given.grant)}) {
    bool all = false;
    CHECK(Raised(given, [&](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(all, EndManagers(unit, scope));
            return absl::OkStatus();
          }).empty());
    CHECK(all);
  }
}

TEST_CASE("managers are ended as many at a time as a commit takes") {
  Delegated given;
  for (int part = 0; part < 2; ++part) {
    given.AsSystem([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(unit.LoadAny<Project>("lamps").status());
      ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(ProjectScope("lamps")));
      for (int i = 0; i < 300; ++i) {
        event::v1::MemberAdded added;
        added.set_user_id(absl::StrCat("u", part, "-", i));
        added.add_role("PROJECT_OWNER_VIEWER");
        unit.Raise(members, std::move(added));
      }
      return absl::OkStatus();
    });
  }
  Must(given, "DeleteProject", kLamps);
  std::vector<bool> all;
  const auto end = [&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const bool done, EndManagers(unit, ProjectScope("lamps")));
    all.push_back(done);
    return absl::OkStatus();
  };
  CHECK(Raised(given, end).size() == eventstore::kMaxCommitEvents);
  CHECK_FALSE(all.back());
  CHECK(Raised(given, end).size() == 602 - eventstore::kMaxCommitEvents);
  CHECK(all.back());
}

}  // namespace
}  // namespace muniment::command
