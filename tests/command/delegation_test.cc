// Who may what on a project, its grants and what users have by them, as reviewed tables; and that
// each power ends at once with what it comes from.
#include <map>

#include "tests/command/delegation_world.h"

namespace muniment::command {
namespace {

// The columns of the tables, in this order: nobody in particular; a person without a permission;
// who owns the project's organization, the granted one, one that is granted nothing; who owns the
// project itself, the grant itself; who looks at the instance, owns it, signs people in; a machine
// that owns the project.
const Strings kCallers = {"anonymous", "bob", "ann", "cora",   "otto", "pam",
                          "gus",       "viewer", "root", "client", "robot"};

// '+' may, '-' is told that there is no such thing, 'x' is refused, 'u' is to sign in first.
char MarkOf(const Then& then) {
  switch (then.code) {
    case absl::StatusCode::kOk:
      return '+';
    case absl::StatusCode::kNotFound:
      return '-';
    case absl::StatusCode::kPermissionDenied:
      return 'x';
    case absl::StatusCode::kUnauthenticated:
      return 'u';
    default:
      return '?';
  }
}

struct Row {
  const char* method;
  std::string marks;
  std::function<std::string(const Delegated& given)> request;
  // What makes it possible, by the system.
  const char* before = nullptr;
};

std::function<std::string(const Delegated&)> Says(std::string request) {
  return [request = std::move(request)](const Delegated&) { return request; };
}

// Who is refused leaves everything as it was, so all of them meet one platform.
void Check(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    REQUIRE(row.marks.size() == kCallers.size());
    std::unique_ptr<Delegated> given;
    std::string marks;
    for (const std::string& caller : kCallers) {
      if (given == nullptr) {
        given = std::make_unique<Delegated>();
        if (row.before != nullptr) Must(*given, row.before, row.request(*given));
      }
      const Then then = given->When(caller, row.method, row.request(*given));
      marks += MarkOf(then);
      INFO(row.method << " by " << caller << ": " << then.status);
      CHECK(then.events.empty() == !then.ok());
      if (then.ok()) given = nullptr;
    }
    INFO(row.method << " " << row.request(Delegated()));
    CHECK(marks == row.marks);
  }
}

const std::string kRole = kLamps + "role_key: 'reader' ";

TEST_CASE("who may change a project and its roles") {
  Check({
      //                        .bacopgvrcm
      {"CreateProject",          "u-+-----+--", Says("organization_id: 'acme' name: 'New'")},
      {"UpdateProject",          "u-+--+--+-+", Says(kLamps + "name: 'New'")},
      {"DeactivateProject",      "u-+--+--+-+", Says(kLamps)},
      {"ActivateProject",        "u-+--+--+-+", Says(kLamps), "DeactivateProject"},
      {"DeleteProject",          "u-+--+--+-+", Says(kLamps)},
      {"AddProjectRole",         "u-+--+--+-+", Says(kLamps + "role_key: 'n' display_name: 'N'")},
      {"UpdateProjectRole",      "u-+--+--+-+", Says(kRole + "display_name: 'N'")},
      {"RemoveProjectRole",      "u-+--+--+-+", Says(kRole)},
  });
}

TEST_CASE("who may change a project's applications: nobody by a grant, and owners of it end them") {
  Check({
      //                        .bacopgvrcm
      {"CreateApplication",      "u-+--+--+-+", Says(kLamps + "name: 'N' api_configuration {}")},
      {"UpdateApplication",      "u-+--+--+-+", Says(kShop + "name: 'N'")},
      {"DeactivateApplication",  "u-+--+--+-+", Says(kShop)},
      {"ReactivateApplication",  "u-+--+--+-+", Says(kShop), "DeactivateApplication"},
      {"GenerateClientSecret",   "u-+--+--+-+", Says(kShop)},
      {"CreateApplicationKey",   "u-+--+--+-+", Says(kStock)},
      {"DeleteApplicationKey",   "u-+--+--+-+", Says(kStock + "key_id: 'key'")},
      // The role of an organization's owner has no such permission; that of a project's has.
      {"DeleteApplication",      "u----+--+-+", Says(kShop)},
  });
}

TEST_CASE("who may change what another organization is granted: never that organization") {
  const auto to_customer = Says(kToCustomer);
  Check({
      //                        .bacopgvrcm
      {"CreateProjectGrant",     "u-+--+--+-+", Says(kLamps + "granted_organization_id: 'other' ")},
      {"UpdateProjectGrant",     "u-+--+--+-+", Says(kToCustomer + Keys({"reader", "admin"}))},
      {"UpdateProjectGrant",     "u-+--+--+-+", Says(kToCustomer + Keys({"reader"}))},
      {"DeactivateProjectGrant", "u-+--+--+-+", to_customer},
      {"ActivateProjectGrant",   "u-+--+--+-+", to_customer, "DeactivateProjectGrant"},
      {"DeleteProjectGrant",     "u-+--+--+-+", to_customer},
  });
}

TEST_CASE("who may give roles within the project's organization: nobody by a grant") {
  const auto own = [](const Delegated& given) { return given.Own(); };
  Check({
      //                        .bacopgvrcm
      {"CreateAuthorization",    "u-+--+--+++", Says(kLamps + "user_id: 'clerk' organization_id: "
                                                     "'acme' role_keys: 'admin'")},
      {"UpdateAuthorization",    "u-+--+--+++",
       [](const Delegated& given) { return given.Own("role_keys: 'admin'"); }},
      {"DeactivateAuthorization","u-+--+--+++", own},
      {"ActivateAuthorization",  "u-+--+--+++", own, "DeactivateAuthorization"},
      {"DeleteAuthorization",    "u-+--+--+-+", own},
  });
}

TEST_CASE("who may give roles within a granted organization: nobody by the project's side") {
  const auto theirs = [](const Delegated& given) { return given.Theirs(); };
  Check({
      //                        .bacopgvrcm
      {"CreateAuthorization",    "u--+--+-++-", Says(kLamps + "user_id: 'cora' organization_id: "
                                                     "'customer' role_keys: 'writer'")},
      {"UpdateAuthorization",    "u--+--+-++-",
       [](const Delegated& given) { return given.Theirs("role_keys: 'writer'"); }},
      {"DeactivateAuthorization","u--+--+-++-", theirs},
      {"ActivateAuthorization",  "u--+--+-++-", theirs, "DeactivateAuthorization"},
      {"DeleteAuthorization",    "u--+--+-+--", theirs},
      // Within an organization that neither owns the project nor is granted it nobody gives roles.
      {"CreateAuthorization",    "u----------", Says(kLamps + "user_id: 'otto' organization_id: "
                                                     "'other' role_keys: 'reader'")},
  });
}

TEST_CASE("who may set people over what") {
  const std::string whom = Person("bob");
  Check({
      //                        .bacopgvrcm
      {"CreateAdministrator",    "uxxxxxxx+xx", Says(kOnInstance + whom +
                                                     "roles: 'IAM_OWNER_VIEWER'")},
      {"CreateAdministrator",    "u-+-----+x-", Says(kOnAcme + whom + "roles: 'ORG_USER_MANAGER'")},
      {"UpdateAdministrator",    "u-+-----+x-", Says(kOnAcme + Person("clerk") +
                                                     "roles: 'ORG_USER_PERMISSION_EDITOR'")},
      {"DeleteAdministrator",    "u-+-----+--", Says(kOnAcme + Person("clerk"))},
      {"CreateAdministrator",    "u--+----+x-", Says(kOnCustomer + whom +
                                                     "roles: 'ORG_USER_MANAGER'")},
      {"DeleteAdministrator",    "uxxxxxxx+xx", Says(kOnInstance + Person("viewer"))},
      {"CreateAdministrator",    "u-+--+--+x+", Says(kOnLamps + whom +
                                                     "roles: 'PROJECT_OWNER_VIEWER'")},
      {"UpdateAdministrator",    "u-+--+--+x+", Says(kOnLamps + Person("pam") +
                                                     "roles: 'PROJECT_OWNER_VIEWER'")},
      {"DeleteAdministrator",    "u-+--+--+-+", Says(kOnLamps + Person("pam"))},
      // Either side of a grant may take people away from it.
      {"DeleteAdministrator",    "u-++-++-+-+", Says(kOnGrant + Person("gus"))},
  });
}

TEST_CASE("the granted side sets people over the grant") {
  for (const char* caller : {"cora", "gus", "root"}) {
    Delegated given;
    const std::string cole = kOnGrant + Person("cole");
    CHECK(given.When(caller, "CreateAdministrator", cole + "roles: 'PROJECT_GRANT_OWNER'").ok());
    CHECK(given.When(caller, "UpdateAdministrator", cole + "roles: 'PROJECT_GRANT_OWNER_VIEWER'")
              .ok());
  }
}

// The roles of a grant's managers give roles within the granted organization, which none of the
// project's side holds: he would hand out what he lacks, and take it himself.
TEST_CASE("the project's side gets no roles in a granted organization by a manager of its own") {
  for (const char* caller : {"ann", "pam"}) {
    Delegated given;
    const Then set = given.When(caller, "CreateAdministrator",
                                kOnGrant + Person(caller) + "roles: 'PROJECT_GRANT_OWNER'");
    INFO(caller << " " << set.status);
    const Then then = given.When(caller, "CreateAuthorization",
                                 kLamps + Person(caller) +
                                     "organization_id: 'customer' role_keys: 'writer'");
    CHECK(then.reason == "project.not_found");
    CHECK(then.events.empty());
    const std::string wider = given.Theirs("role_keys: 'writer'");
    CHECK_FALSE(given.When(caller, "UpdateAuthorization", wider).ok());
  }
}

TEST_CASE("what is not one's business is answered as what is not there") {
  Delegated given;
  for (const char* caller : {"bob", "otto", "viewer"}) {
    INFO(caller);
    CHECK(given.When(caller, "UpdateProject", kLamps + "name: 'P'").status ==
          given.When(caller, "UpdateProject", "project_id: 'none' name: 'P'").status);
    CHECK(given.When(caller, "UpdateAuthorization", given.Theirs()).status ==
          given.When(caller, "UpdateAuthorization", "id: 'none'").status);
    CHECK(given.When(caller, "UpdateApplication", kShop + "name: 'N'").status ==
          given.When(caller, "UpdateApplication", kLamps + "application_id: 'none' name: 'N'")
              .status);
  }
  // Also to whom only the other part is his.
  CHECK(given.When("pam", "DeleteAuthorization", given.Theirs()).status ==
        given.When("pam", "DeleteAuthorization", "id: 'none'").status);
  CHECK(given.When("gus", "DeleteAuthorization", given.Own()).status ==
        given.When("gus", "DeleteAuthorization", "id: 'none'").status);
}

TEST_CASE("who looks on by a project or a grant changes nothing") {
  for (const char* role : {"PROJECT_OWNER_VIEWER", "PROJECT_OWNER_VIEWER_GLOBAL"}) {
    Delegated given;
    given.Appoint(ProjectScope("lamps"), "bob", role);
    given.Appoint(ProjectGrantScope(given.grant), "cole", "PROJECT_GRANT_OWNER_VIEWER");
    for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
             {"UpdateProject", kLamps + "name: 'P'"},
             {"DeleteProject", kLamps},
             {"RemoveProjectRole", kRole},
             {"DeleteProjectGrant", kToCustomer},
             {"DeleteAuthorization", given.Own()},
             {"DeleteAuthorization", given.Theirs()},
             {"CreateAuthorization",
              kLamps + "user_id: 'clerk' organization_id: 'acme' role_keys: 'reader'"},
             {"CreateAuthorization",
              kLamps + "user_id: 'cora' organization_id: 'customer' role_keys: 'reader'"},
             {"DeleteAdministrator", kOnLamps + Person("pam")},
             {"DeleteAdministrator", kOnGrant + Person("gus")}}) {
      for (const char* caller : {"bob", "cole"}) {
        INFO(caller << " " << method << " " << request);
        CHECK(given.When(caller, method, request).code == absl::StatusCode::kNotFound);
      }
    }
  }
  // An owner of all but the grants.
  Delegated given;
  given.Appoint(ProjectScope("lamps"), "bob", "PROJECT_OWNER_GLOBAL");
  CHECK(given.When("bob", "UpdateProject", kLamps + "name: 'P'").ok());
  CHECK(given.When("bob", "UpdateProjectGrant", kToCustomer).reason == "project.not_found");
  CHECK(given.When("bob", "DeleteProjectGrant", kToCustomer).reason == "project.not_found");
  CHECK(given.When("bob", "DeleteAdministrator", kOnGrant + Person("gus")).reason ==
        "project_grant.not_found");
}

TEST_CASE("what stands on another project, or another grant, reaches no further") {
  Delegated given;
  Must(given, "CreateProject", "organization_id: 'acme' project_id: 'chairs' name: 'Chairs'");
  AddRole(given, "chairs", "reader");
  Must(given, "CreateProjectGrant",
       "project_id: 'chairs' granted_organization_id: 'customer' role_keys: 'reader'");
  Must(given, "CreateProjectGrant",
       kLamps + "granted_organization_id: 'other' role_keys: 'reader'");
  for (const char* caller : {"pam", "gus"}) {
    INFO(caller);
    CHECK(given.When(caller, "UpdateProject", "project_id: 'chairs' name: 'P'").reason ==
          "project.not_found");
    for (const char* there : {"project_id: 'chairs' organization_id: 'customer' ",
                              "project_id: 'chairs' organization_id: 'acme' ",
                              "project_id: 'lamps' organization_id: 'other' "}) {
      CHECK(given.When(caller, "CreateAuthorization",
                       absl::StrCat(there, "user_id: 'cora' role_keys: 'reader'")).reason ==
            "project.not_found");
    }
    CHECK(given.When(caller, "DeleteAdministrator",
                     "resource { project_grant { project_id: 'chairs' organization_id: 'customer' "
                     "} } user_id: 'gus'").reason == "project_grant.not_found");
  }
}

// ---------------------------------------------------------------------- powers end

struct Loss {
  const char* what;
  std::function<void(Delegated& given)> happens;
};

// The power is there, and each of what may happen takes it at once.
void CheckLost(const std::string& caller, const std::string& method,
               const std::function<std::string(const Delegated&)>& request,
               const std::vector<Loss>& losses) {
  Delegated before;
  REQUIRE(before.When(caller, method, request(before)).ok());
  for (const Loss& loss : losses) {
    Delegated given;
    loss.happens(given);
    INFO(caller << " " << method << " after " << loss.what);
    const Then then = given.When(caller, method, request(given));
    CHECK_FALSE(then.ok());
    CHECK(then.events.empty());
  }
}

std::function<void(Delegated& given)> Does(std::string method, std::string request) {
  return [method = std::move(method), request = std::move(request)](Delegated& given) {
    Must(given, method, request);
  };
}

const std::vector<Loss> kGrantEnds = {
    {"the grant rests", Does("DeactivateProjectGrant", kToCustomer)},
    {"the grant is removed", Does("DeleteProjectGrant", kToCustomer)},
    {"another grant", [](Delegated& given) {
       Must(given, "DeleteProjectGrant", kToCustomer);
       Must(given, "CreateProjectGrant", kToCustomer + "role_keys: 'reader'");
     }},
    {"the role is taken from it", Does("UpdateProjectGrant", kToCustomer + "role_keys: 'reader'")},
    {"the role is removed", Does("RemoveProjectRole", kLamps + "role_key: 'writer'")},
    {"the project rests", Does("DeactivateProject", kLamps)},
    {"the project is removed", Does("DeleteProject", kLamps)},
    {"the organization is removed", Does("DeleteOrganization", "organization_id: 'acme'")},
    {"the granted one rests", Does("DeactivateOrganization", "organization_id: 'customer'")},
    {"the granted one is removed", Does("DeleteOrganization", "organization_id: 'customer'")},
};

TEST_CASE("by a grant nobody gives a role any more once that, or what it comes from, has ended") {
  const auto create = Says(kLamps + "user_id: 'gus' organization_id: 'customer' "
                                    "role_keys: 'writer'");
  const auto update = [](const Delegated& given) { return given.Theirs("role_keys: 'writer'"); };
  for (const char* caller : {"cora", "gus"}) {
    CheckLost(caller, "CreateAuthorization", create, kGrantEnds);
    CheckLost(caller, "UpdateAuthorization", update, kGrantEnds);
  }
}

TEST_CASE("a manager of a grant is one while it, its project and both organizations are active") {
  const std::vector<Loss> rests = {
      {"the grant rests", Does("DeactivateProjectGrant", kToCustomer)},
      {"the project rests", Does("DeactivateProject", kLamps)},
      {"the owner rests", Does("DeactivateOrganization", "organization_id: 'acme'")},
      {"his own rests", Does("DeactivateOrganization", "organization_id: 'customer'")},
      {"he is taken away", Does("DeleteAdministrator", kOnGrant + Person("gus"))},
      {"he looks on", Does("UpdateAdministrator",
                           kOnGrant + Person("gus") + "roles: 'PROJECT_GRANT_OWNER_VIEWER'")},
  };
  CheckLost("gus", "DeleteAuthorization", [](const Delegated& given) { return given.Theirs(); },
            rests);
  CheckLost("gus", "CreateAdministrator",
            Says(kOnGrant + Person("cole") + "roles: 'PROJECT_GRANT_OWNER'"), rests);
  // It comes back with them.
  Delegated given;
  Must(given, "DeactivateOrganization", "organization_id: 'acme'");
  Must(given, "ActivateOrganization", "organization_id: 'acme'");
  CHECK(given.When("gus", "DeleteAuthorization", given.Theirs()).ok());
}

TEST_CASE("an owner of a project is one while its organization is active, and awakes it himself") {
  const std::vector<Loss> losses = {
      {"the organization rests", Does("DeactivateOrganization", "organization_id: 'acme'")},
      {"the organization is removed", Does("DeleteOrganization", "organization_id: 'acme'")},
      {"the project is removed", Does("DeleteProject", kLamps)},
      {"he is taken away", Does("DeleteAdministrator", kOnLamps + Person("cole"))},
      {"he looks on", Does("UpdateAdministrator",
                           kOnLamps + Person("cole") + "roles: 'PROJECT_OWNER_VIEWER'")},
  };
  // Of another organization, so that it is the project's that counts.
  for (const Loss& loss : losses) {
    Delegated given;
    given.Appoint(ProjectScope("lamps"), "cole", "PROJECT_OWNER");
    REQUIRE(given.When("cole", "UpdateProject", kLamps + "name: 'A'").ok());
    loss.happens(given);
    INFO(loss.what);
    const Then then = given.When("cole", "UpdateProject", kLamps + "name: 'B'");
    CHECK(then.reason == "project.not_found");
    CHECK(then.events.empty());
  }
  Delegated given;
  REQUIRE(given.When("pam", "DeactivateProject", kLamps).ok());
  CHECK(given.When("pam", "ActivateProject", kLamps).ok());
}

TEST_CASE("who owns an organization loses what it is granted with the office, at once") {
  CheckLost("cora", "UpdateAuthorization",
            [](const Delegated& given) { return given.Theirs("role_keys: 'writer'"); },
            {{"she is taken away", Does("DeleteAdministrator", kOnCustomer + Person("cora"))},
             {"she manages settings", Does("UpdateAdministrator",
                                           kOnCustomer + Person("cora") +
                                               "roles: 'ORG_SETTINGS_MANAGER'")},
             {"she is locked", Does("LockUser", Person("cora"))},
             {"she is removed", Does("DeleteUser", Person("cora"))}});
  CheckLost("ann", "UpdateProjectGrant", Says(kToCustomer + Keys({"writer"})),
            {{"she is taken away", Does("DeleteAdministrator", kOnAcme + Person("ann"))},
             {"her organization rests", Does("DeactivateOrganization", "organization_id: 'acme'")},
             {"she is removed", Does("DeleteUser", Person("ann"))}});
}

TEST_CASE("a power and its end at the same time: what was done was done before") {
  for (int i = 0; i < 5; ++i) {
    Delegated given;
    const auto thens = given.Race(
        {{"root", "DeleteAdministrator", kOnGrant + Person("gus")},
         {"gus", "UpdateAuthorization", given.Theirs("role_keys: 'writer'")}});
    REQUIRE(thens[0].ok());
    CHECK(thens[0].events.size() == (thens[1].ok() ? 2 : 1));
    CHECK(thens[0].events.back() == "project.grant.member.removed " + given.grant);
  }
}

}  // namespace
}  // namespace muniment::command
