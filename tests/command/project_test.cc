// Projects, their roles and their grants: what each command raises, and what it refuses by name.
#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

using event::v1::ProjectAdded;
using event::v1::ProjectChanged;
using event::v1::ProjectGrantAdded;
using event::v1::ProjectGrantChanged;
using event::v1::ProjectRoleAdded;
using event::v1::ProjectRoleChanged;
using event::v1::ProjectRoleRemoved;
using zitadel::project::v2::CreateProjectResponse;

struct Refused {
  std::string method, request, reason;
};

// Each is refused for its reason, and nothing is stored.
void CheckRefused(Given& given, const std::string& caller, const std::vector<Refused>& cases) {
  for (const auto& [method, request, reason] : cases) {
    INFO(caller << ": " << method << " " << request);
    const Then then = given.When(caller, method, request);
    CHECK(then.reason == reason);
    CHECK(then.events.empty());
  }
}

std::string Role(const std::string& key, const std::string& name = "May",
                 const std::string& more = "") {
  return absl::StrCat(kLamps, "role_key: '", key, "' display_name: '", name, "' ", more);
}
std::string RoleOf(const std::string& key) { return absl::StrCat(kLamps, "role_key: '", key, "'"); }

Strings KeysOf(const google::protobuf::RepeatedPtrField<std::string>& keys) {
  return {keys.begin(), keys.end()};
}

// What a sweep ends with when all that named the project's roles, or the grant's, was settled.
void SweepRoles(Given& given, const Scope& scope) {
  given.AsSystem([&](Unit& unit) -> absl::Status {
    const bool project = scope.aggregate == AGGREGATE_PROJECT;
    if (project) {
      RETURN_IF_ERROR(unit.LoadAny<Project>(scope.id).status());
      ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>(scope.id));
      unit.Raise(roles, event::v1::ProjectRolesSwept());
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const auto grant, unit.LoadAny<ProjectGrant>(scope.id));
    unit.Raise(grant, event::v1::ProjectGrantRolesSwept());
    return absl::OkStatus();
  });
}

// ---------------------------------------------------------------------- projects

TEST_CASE("who creates a project owns it, and its organization owns it too") {
  Given given;
  const Then then = given.When(
      "ann", "CreateProject",
      "organization_id: 'acme' name: 'Lamps' authorization_required: true "
      "private_labeling_setting: PRIVATE_LABELING_SETTING_ALLOW_LOGIN_USER_RESOURCE_OWNER_POLICY");
  REQUIRE(then.ok());
  const auto& response = then.response<CreateProjectResponse>();
  const std::string& id = response.project_id();
  CHECK(then.events == Strings{"project.added " + id, "project.member.added " + id});
  const auto& added = then.fact<ProjectAdded>(0);
  CHECK(added.organization_id() == "acme");
  CHECK(added.name() == "Lamps");
  CHECK_FALSE(added.project_role_assertion());
  CHECK(added.authorization_required());
  CHECK_FALSE(added.project_access_required());
  CHECK(added.private_labeling() == event::v1::PRIVATE_LABELING_USER_OWNER);
  CHECK(added.chosen_id() == "");
  CHECK(then.facts[0].meta.owner == "acme");
  CHECK(then.fact<event::v1::MemberAdded>(1).user_id() == "ann");
  CHECK(then.fact<event::v1::MemberAdded>(1).role(0) == "PROJECT_OWNER");
  CHECK(then.facts[1].meta.owner == "acme");
  CHECK(response.has_creation_date());
}

TEST_CASE("an id that a project is given is taken for everything, for ever") {
  Given given;
  const std::string project = "organization_id: 'acme' name: 'P' project_id: ";
  REQUIRE(given.When("ann", "CreateProject", project + "'lamps'").ok());
  const Then own = given.When("ann", "CreateProject", "organization_id: 'acme' name: 'Q' "
                                                      "project_id: 'lamps'");
  CHECK(own.reason == "project.already_exists");
  CHECK(own.code == absl::StatusCode::kAlreadyExists);
  for (const char* taken : {"'ann'", "'acme'", "'root'", "'home'", "'1'"}) {
    INFO(taken);
    const Then then = given.When("ann", "CreateProject",
                                 absl::StrCat("organization_id: 'acme' name: 'Q' project_id: ",
                                              taken));
    CHECK(then.status == own.status);
    CHECK(then.events.empty());
  }
  CHECK(given.When("root", "AddOrganization", "name: 'Lamps' organization_id: 'lamps'").reason ==
        "org.already_exists");
  CHECK(given.When("ann", "CreateUser",
                   "organization_id: 'acme' user_id: 'lamps' machine { name: 'l' }").reason ==
        "user.already_exists");
  REQUIRE(given.When("ann", "DeleteProject", kLamps).ok());
  CHECK(given.When("ann", "CreateProject", project + "'lamps'").status == own.status);
  CheckRefused(given, "ann", {{"CreateProject", project + "'a/b'", "request.project_id.not_id"},
                              {"CreateProject", project + "''", "request.project_id.too_short"}});
}

TEST_CASE("a project's name is its own within its organization") {
  Given given;
  const auto create = [&given](const std::string& organization, const std::string& name) {
    return given.When("root", "CreateProject", absl::StrCat("organization_id: '", organization,
                                                            "' name: '", name, "'"));
  };
  const Then lamps = create("acme", "Lamps");
  REQUIRE(lamps.ok());
  const Then taken = create("acme", "ＬＡＭＰＳ");
  CHECK(taken.reason == "project.name_taken");
  CHECK(taken.code == absl::StatusCode::kAlreadyExists);
  CHECK(taken.events.empty());
  CHECK(create("home", "Lamps").ok());
  const Then chairs = create("acme", "Chairs");
  REQUIRE(chairs.ok());
  const std::string id = IdIn(chairs.events[0]);
  const auto rename = [&](const std::string& name) {
    return given.When("root", "UpdateProject",
                      absl::StrCat("project_id: '", id, "' name: '", name, "'"));
  };
  CHECK(rename("lamps").reason == "project.name_taken");
  CHECK(rename("CHAIRS").events == Strings{"project.changed " + id});
  CHECK(rename("Tables").ok());
  CHECK(create("acme", "Chairs").ok());
  REQUIRE(given.When("root", "DeleteProject",
                     absl::StrCat("project_id: '", IdIn(lamps.events[0]), "'")).ok());
  CHECK(create("acme", "Lamps").ok());
}

TEST_CASE("of two who take one name at the same time one has it") {
  Given given;
  const auto thens = given.Race(
      "ann", "CreateProject",
      {"organization_id: 'acme' name: 'Lamps'", "organization_id: 'acme' name: 'lamps'"});
  REQUIRE(thens[0].ok() != thens[1].ok());
  CHECK(thens[thens[0].ok() ? 1 : 0].reason == "project.name_taken");
  CHECK(thens[0].events.size() == 2);
}

TEST_CASE("what is wrong with a project is refused by name, and nothing is stored") {
  Delegated given;
  CheckRefused(given, "root", {
      {"CreateProject", "organization_id: 'nowhere' name: 'P'", "org.not_found"},
      {"CreateProject", "organization_id: 'acme' name: '  '", "request.name.not_name"},
      {"CreateProject", "organization_id: 'acme'", "request.name.required"},
      {"CreateProject", "name: 'P'", "request.organization_id.required"},
      {"UpdateProject", "project_id: 'nothing' name: 'P'", "project.not_found"},
      {"UpdateProject", kLamps + "name: ''", "request.name.too_short"},
      {"ActivateProject", kLamps, "project.not_inactive"},
      {"DeleteProject", "project_id: 'acme'", "project.not_found"},
      {"AddProjectRole", "project_id: 'nothing' role_key: 'r' display_name: 'R'",
       "project.not_found"},
  });
  CheckRefused(given, "ann", {
      {"CreateProject", "organization_id: 'home' name: 'P'", "org.not_found"},
      {"CreateProject", "organization_id: 'customer' name: 'P'", "org.not_found"},
  });
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'other'").ok());
  CheckRefused(given, "root", {
      {"CreateProject", "organization_id: 'other' name: 'P'", "org.not_found"}});
}

TEST_CASE("no project is made in an organization at rest, by whoever administers the instance") {
  Given given;
  REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  const Then then = given.When("root", "CreateProject", "organization_id: 'acme' name: 'P'");
  CHECK(then.code == absl::StatusCode::kFailedPrecondition);
  CHECK(then.events.empty());
}

TEST_CASE("a project is changed where it is asked to be, and not where nothing changes") {
  Delegated given;
  const Then then = given.When("ann", "UpdateProject",
                               kLamps + "name: 'Lamps' project_access_required: true");
  CHECK(then.events == Strings{"project.changed lamps"});
  const auto& changed = then.fact<ProjectChanged>(0);
  CHECK_FALSE(changed.has_name());
  CHECK(changed.project_access_required());
  CHECK_FALSE(changed.has_authorization_required());
  CHECK_FALSE(changed.has_private_labeling());
  for (const char* same : {"", "project_access_required: true", "name: 'Lamps'"}) {
    INFO(same);
    const Then again = given.When("ann", "UpdateProject", kLamps + same);
    CHECK(again.ok());
    CHECK(again.events.empty());
    CHECK(again.response<zitadel::project::v2::UpdateProjectResponse>().has_change_date());
  }
  CHECK(given.When("ann", "UpdateProject", kLamps + "project_access_required: false").events ==
        Strings{"project.changed lamps"});
}

TEST_CASE("a project rests and comes back, and after its removal is not there") {
  Delegated given;
  CHECK(given.When("ann", "DeactivateProject", kLamps).events ==
        Strings{"project.deactivated lamps"});
  CheckRefused(given, "ann", {{"DeactivateProject", kLamps, "project.already_inactive"}});
  CHECK(given.When("ann", "ActivateProject", kLamps).events ==
        Strings{"project.reactivated lamps"});
  CheckRefused(given, "ann", {{"ActivateProject", kLamps, "project.not_inactive"}});
  const Then gone = given.When("ann", "DeleteProject", kLamps);
  CHECK(gone.events == Strings{"project.removed lamps"});
  CHECK(gone.response<zitadel::project::v2::DeleteProjectResponse>().has_deletion_date());
  for (const char* caller : {"root", "ann", "pam", "cora", "gus"}) {
    CheckRefused(given, caller, {
        {"DeleteProject", kLamps, "project.not_found"},
        {"UpdateProject", kLamps + "name: 'P'", "project.not_found"},
        {"ActivateProject", kLamps, "project.not_found"},
        {"DeactivateProject", kLamps, "project.not_found"},
        {"AddProjectRole", Role("r"), "project.not_found"},
        {"UpdateProjectRole", Role("reader"), "project.not_found"},
        {"RemoveProjectRole", RoleOf("reader"), "project.not_found"},
        {"CreateProjectGrant", kLamps + "granted_organization_id: 'other'", "project.not_found"},
        {"UpdateProjectGrant", kToCustomer, "project.not_found"},
        {"ActivateProjectGrant", kToCustomer, "project.not_found"},
        {"DeactivateProjectGrant", kToCustomer, "project.not_found"},
        {"DeleteProjectGrant", kToCustomer, "project.not_found"},
        {"CreateAuthorization", kLamps + "user_id: 'ann' organization_id: 'acme'",
         "project.not_found"},
        {"CreateAuthorization", kLamps + "user_id: 'cora' organization_id: 'customer'",
         "project.not_found"},
        {"UpdateAuthorization", given.Own(), "authorization.not_found"},
        {"DeleteAuthorization", given.Theirs(), "authorization.not_found"},
        {"CreateAdministrator", kOnLamps + Person("bob") + "roles: 'PROJECT_OWNER_VIEWER'",
         "project.not_found"},
        {"DeleteAdministrator", kOnGrant + Person("gus"), "project_grant.not_found"},
    });
  }
}

TEST_CASE("with its organization a project has gone before anything of it is swept") {
  Delegated given;
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'acme'").ok());
  for (const char* caller : {"root", "cora", "gus"}) {
    CheckRefused(given, caller, {
        {"UpdateProject", kLamps + "name: 'P'", "project.not_found"},
        {"AddProjectRole", Role("r"), "project.not_found"},
        {"UpdateProjectGrant", kToCustomer, "project.not_found"},
        {"CreateAuthorization", kLamps + "user_id: 'cora' organization_id: 'customer'",
         "project.not_found"},
        {"UpdateAuthorization", given.Own(), "authorization.not_found"},
        {"UpdateAuthorization", given.Theirs("role_keys: 'writer'"), "authorization.not_found"},
        {"DeleteAdministrator", kOnLamps + Person("pam"), "project.not_found"},
        {"DeleteAdministrator", kOnGrant + Person("gus"), "project_grant.not_found"},
    });
  }
}

// ---------------------------------------------------------------------- roles

TEST_CASE("roles are added, changed where they differ, and removed") {
  Delegated given;
  const Then added = given.When("ann", "AddProjectRole", Role("owner", "Owns", "group: 'G'"));
  CHECK(added.events == Strings{"project.role.added lamps"});
  CHECK(added.fact<ProjectRoleAdded>(0).key() == "owner");
  CHECK(added.fact<ProjectRoleAdded>(0).display_name() == "Owns");
  CHECK(added.fact<ProjectRoleAdded>(0).group() == "G");
  CHECK(added.facts[0].meta.owner == "acme");

  const Then changed = given.When("ann", "UpdateProjectRole", RoleOf("owner") + "group: ''");
  CHECK(changed.events == Strings{"project.role.changed lamps"});
  CHECK(changed.fact<ProjectRoleChanged>(0).display_name() == "Owns");
  CHECK(changed.fact<ProjectRoleChanged>(0).group() == "");
  const Then same = given.When("ann", "UpdateProjectRole", Role("owner", "Owns"));
  CHECK(same.ok());
  CHECK(same.events.empty());
  CHECK(same.response<zitadel::project::v2::UpdateProjectRoleResponse>().has_change_date());

  const Then removed = given.When("ann", "RemoveProjectRole", RoleOf("owner"));
  CHECK(removed.events == Strings{"project.role.removed lamps"});
  CHECK(removed.fact<ProjectRoleRemoved>(0).key() == "owner");
  CHECK(removed.response<zitadel::project::v2::RemoveProjectRoleResponse>().has_removal_date());
}

TEST_CASE("what is wrong with a role is refused by name, and keys are compared byte for byte") {
  Delegated given;
  CheckRefused(given, "ann", {
      {"AddProjectRole", Role("reader"), "project.role_exists"},
      {"AddProjectRole", Role("r", " "), "request.display_name.not_name"},
      {"AddProjectRole", Role(""), "request.role_key.required"},
      {"UpdateProjectRole", Role("owner"), "project.role_not_found"},
      {"UpdateProjectRole", Role("Reader"), "project.role_not_found"},
      {"RemoveProjectRole", RoleOf("owner"), "project.role_not_found"},
  });
  CHECK(given.When("ann", "AddProjectRole", Role("Reader")).ok());
  const auto thens = given.Race("ann", "AddProjectRole", {Role("new", "A"), Role("new", "B")});
  REQUIRE(thens[0].ok() != thens[1].ok());
  CHECK(thens[thens[0].ok() ? 1 : 0].reason == "project.role_exists");
  CHECK(thens[0].events.size() == 1);
}

TEST_CASE("a project has a thousand roles and no more") {
  Delegated given;
  for (int half = 0; half < 2; ++half) {
    given.AsSystem([&](Unit& unit) -> absl::Status {
      RETURN_IF_ERROR(unit.LoadAny<Project>("lamps").status());
      ASSIGN_OR_RETURN(const auto roles, unit.LoadAny<ProjectRoles>("lamps"));
      for (int i = 0; i < 498 + half; ++i) {
        ProjectRoleAdded added;
        added.set_key(absl::StrCat(half, "-", i));
        unit.Raise(roles, std::move(added));
      }
      return absl::OkStatus();
    });
  }
  CheckRefused(given, "ann", {{"AddProjectRole", Role("more"), "project.too_many_roles"}});
  REQUIRE(given.When("ann", "RemoveProjectRole", RoleOf("admin")).ok());
  CHECK(given.When("ann", "AddProjectRole", Role("more")).ok());
}

TEST_CASE("a role that was removed is nobody's at once, and comes back only when it is swept") {
  Delegated given;
  REQUIRE(given.When("ann", "RemoveProjectRole", RoleOf("reader")).ok());
  CheckRefused(given, "ann", {
      {"AddProjectRole", Role("reader"), "project.role_ending"},
      {"RemoveProjectRole", RoleOf("reader"), "project.role_not_found"},
      {"UpdateProjectRole", Role("reader"), "project.role_not_found"},
      {"CreateProjectGrant", kLamps + "granted_organization_id: 'other' role_keys: 'reader'",
       "project.role_unknown"},
      {"UpdateProjectGrant", kToCustomer + Keys({"reader"}), "project.role_unknown"},
      {"CreateAuthorization", kLamps + Person("ann") + "organization_id: 'acme' "
                              "role_keys: 'reader'", "project.role_unknown"},
      {"UpdateAuthorization", given.Own("role_keys: 'reader'"), "project.role_unknown"},
  });
  CheckRefused(given, "cora", {
      {"CreateAuthorization", kLamps + Person("cora") + "organization_id: 'customer' "
                              "role_keys: 'reader'", "project.role_unknown"},
      {"UpdateAuthorization", given.Theirs("role_keys: 'reader'"), "project.role_unknown"},
  });
  SweepRoles(given, ProjectScope("lamps"));
  CHECK(given.When("ann", "AddProjectRole", Role("reader")).ok());
}

// ---------------------------------------------------------------------- grants

TEST_CASE("a grant says to whom and with which roles, each once") {
  Delegated given;
  const Then then =
      given.When("ann", "CreateProjectGrant",
                 kLamps + "granted_organization_id: 'other' " +
                     Keys({"writer", "reader", "writer"}));
  REQUIRE(then.events.size() == 1);
  const auto& added = then.fact<ProjectGrantAdded>(0);
  CHECK(then.events == Strings{"project.grant.added lamps/" + added.grant_id()});
  CHECK(added.project_id() == "lamps");
  CHECK(added.organization_id() == "acme");
  CHECK(added.granted_organization_id() == "other");
  CHECK(KeysOf(added.role_key()) == Strings{"writer", "reader"});
  CHECK(then.facts[0].meta.owner == "acme");
  CHECK(then.response<zitadel::project::v2::CreateProjectGrantResponse>().has_creation_date());
  // Without a role it is a grant too.
  REQUIRE(given.When("", "AddOrganization", "name: 'Third' organization_id: 'third'").ok());
  CHECK(given.When("ann", "CreateProjectGrant", kLamps + "granted_organization_id: 'third'").ok());
}

TEST_CASE("what is wrong with a grant is refused by name, and nothing is stored") {
  Delegated given;
  const std::string to = kLamps + "granted_organization_id: ";
  CheckRefused(given, "ann", {
      {"CreateProjectGrant", to + "'acme'", "project_grant.to_owner"},
      {"CreateProjectGrant", to + "'nowhere'", "org.not_found"},
      {"CreateProjectGrant", to + "'other' role_keys: 'owner'", "project.role_unknown"},
      {"CreateProjectGrant", to + "'other' role_keys: ''", "project.role_unknown"},
      {"UpdateProjectGrant", kToCustomer + Keys({"reader", "owner"}), "project.role_unknown"},
      {"UpdateProjectGrant", to + "'other' role_keys: 'reader'", "project_grant.not_found"},
      {"UpdateProjectGrant", to + "'acme'", "project_grant.not_found"},
      {"DeleteProjectGrant", to + "'other'", "project_grant.not_found"},
      {"DeactivateProjectGrant", to + "'other'", "project_grant.not_found"},
      {"ActivateProjectGrant", kToCustomer, "project_grant.not_inactive"},
  });
  const Then twice = given.When("ann", "CreateProjectGrant", kToCustomer);
  CHECK(twice.code == absl::StatusCode::kAlreadyExists);
  CHECK(twice.events.empty());
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'other'").ok());
  CheckRefused(given, "ann", {{"CreateProjectGrant", to + "'other'", "org.not_found"}});
}

TEST_CASE("who may not see an organization grants it nothing, nor learns that there is one") {
  Delegated given;
  given.Member(OrgScope("acme"), "bob", {"ORG_PROJECT_PERMISSION_EDITOR"});
  const auto grant = [&](const std::string& organization) {
    return given.When("bob", "CreateProjectGrant",
                      absl::StrCat(kLamps, "granted_organization_id: '", organization, "'"));
  };
  CHECK(grant("other").reason == "org.not_found");
  CHECK(grant("other").status == grant("nowhere").status);
  given.Member(OrgScope("other"), "bob", {"ORG_OWNER_VIEWER"});
  CHECK(grant("other").ok());
}

TEST_CASE("of two who grant a project to one organization at the same time one does") {
  Delegated given;
  const std::string other = kLamps + "granted_organization_id: 'other' ";
  const auto thens = given.Race({{"ann", "CreateProjectGrant", other},
                                 {"pam", "CreateProjectGrant", other + Keys({"admin"})}});
  REQUIRE(thens[0].ok() != thens[1].ok());
  CHECK(thens[thens[0].ok() ? 1 : 0].code == absl::StatusCode::kAlreadyExists);
  CHECK(thens[0].events.size() == 1);
}

TEST_CASE("a grant and the removal of what it names do not both stand") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    const auto thens = given.Race(
        {{"ann", "RemoveProjectRole", RoleOf("admin")},
         {"pam", "UpdateProjectGrant", kToCustomer + Keys({"reader", "writer", "admin"})}});
    REQUIRE(thens[0].ok());
    // Either it was granted before, and the sweep of the role comes after, or it is refused.
    if (!thens[1].ok()) {
      CHECK(thens[1].reason == "project.role_unknown");
      CHECK(thens[1].events == Strings{"project.role.removed lamps"});
    } else {
      CHECK(thens[1].events == Strings{"project.grant.changed " + given.grant,
                                       "project.role.removed lamps"});
    }
  }
}

TEST_CASE("a grant's roles are replaced, and one that was taken comes back when it is swept") {
  Delegated given;
  const Then wider = given.When("ann", "UpdateProjectGrant",
                                kToCustomer + Keys({"reader", "writer", "admin", "admin"}));
  CHECK(wider.events == Strings{"project.grant.changed " + given.grant});
  CHECK(KeysOf(wider.fact<ProjectGrantChanged>(0).role_key()) ==
        Strings{"reader", "writer", "admin"});
  const Then same = given.When("ann", "UpdateProjectGrant",
                               kToCustomer + Keys({"reader", "writer", "admin"}));
  CHECK(same.ok());
  CHECK(same.events.empty());
  CHECK(same.response<zitadel::project::v2::UpdateProjectGrantResponse>().has_change_date());

  CHECK(given.When("ann", "UpdateProjectGrant", kToCustomer + Keys({"writer"})).ok());
  CheckRefused(given, "ann", {
      {"UpdateProjectGrant", kToCustomer + Keys({"writer", "admin"}), "project.role_ending"},
      {"UpdateProjectGrant", kToCustomer + Keys({"reader"}), "project.role_ending"},
  });
  CheckRefused(given, "cora", {
      {"UpdateAuthorization", given.Theirs("role_keys: 'reader'"), "project_grant.role_missing"}});
  CHECK(given.When("ann", "UpdateProjectGrant", kToCustomer).ok());
  SweepRoles(given, ProjectGrantScope(given.grant));
  CHECK(given.When("ann", "UpdateProjectGrant", kToCustomer + Keys({"reader"})).ok());
}

TEST_CASE("a grant rests, comes back and ends, and another is another") {
  Delegated given;
  CHECK(given.When("ann", "DeactivateProjectGrant", kToCustomer).events ==
        Strings{"project.grant.deactivated " + given.grant});
  CheckRefused(given, "ann", {
      {"DeactivateProjectGrant", kToCustomer, "project_grant.already_inactive"}});
  CHECK(given.When("ann", "ActivateProjectGrant", kToCustomer).events ==
        Strings{"project.grant.reactivated " + given.grant});
  CHECK(given.When("ann", "DeleteProjectGrant", kToCustomer).events ==
        Strings{"project.grant.removed " + given.grant});
  CheckRefused(given, "ann", {{"DeleteProjectGrant", kToCustomer, "project_grant.not_found"},
                              {"UpdateProjectGrant", kToCustomer, "project_grant.not_found"}});
  const Then again = given.When("ann", "CreateProjectGrant", kToCustomer + Keys({"reader"}));
  REQUIRE(again.ok());
  CHECK(IdIn(again.events[0]) != given.grant);
  // What hung on the first does not come back with the second.
  CheckRefused(given, "cora", {
      {"UpdateAuthorization", given.Theirs("role_keys: 'reader'"), "authorization.not_found"}});
  CheckRefused(given, "gus", {
      {"CreateAuthorization", kLamps + Person("gus") + "organization_id: 'customer' "
                              "role_keys: 'reader'", "project.not_found"},
      {"DeleteAdministrator", kOnGrant + Person("gus"), "project_grant.not_found"},
  });
}

}  // namespace
}  // namespace muniment::command
