// One organization makes a project and grants it to another, whose people give its roles among
// themselves: what each of them may and sees on a served node, and that each power ends at once
// with what it comes from, while what hung on it is swept after.
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>

#include "tests/gateway/json_client.h"
#include "tests/gateway/people.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {


std::string Orgs(const char* method) {
  return absl::StrCat("zitadel.org.v2.OrganizationService/", method);
}
std::string Users(const char* method) {
  return absl::StrCat("zitadel.user.v2.UserService/", method);
}
std::string Projects(const char* method) {
  return absl::StrCat("zitadel.project.v2.ProjectService/", method);
}
std::string Authorizations(const char* method) {
  return absl::StrCat("zitadel.authorization.v2.AuthorizationService/", method);
}
std::string Permissions(const char* method) {
  return absl::StrCat("zitadel.internal_permission.v2.InternalPermissionService/", method);
}

using Struct = google::protobuf::Struct;
using Names = std::set<std::string>;

// "a.b" of what a list holds; empty where it is not there.
std::string At(const Struct& json, const std::string& path) {
  const size_t dot = path.find('.');
  const auto found = json.fields().find(path.substr(0, dot));
  if (found == json.fields().end()) return "";
  if (dot == std::string::npos) return found->second.string_value();
  return At(found->second.struct_value(), path.substr(dot + 1));
}

// What is told of each entry of a list; its total counts these and nothing else.
Names Listed(const JsonClient& client, const std::string& method, const std::string& field,
             const std::function<std::string(const Struct& entry)>& tell) {
  const Struct json = client.Must(method, "{}").Json();
  Names names;
  const auto list = json.fields().find(field);
  const int entries =
      list == json.fields().end() ? 0 : list->second.list_value().values_size();
  for (int i = 0; i < entries; ++i) {
    names.insert(tell(list->second.list_value().values(i).struct_value()));
  }
  CHECK(names.size() == static_cast<size_t>(entries));
  const std::string total = At(json, "pagination.totalResult");
  INFO(method);
  CHECK((total.empty() ? "0" : total) == absl::StrCat(entries));
  return names;
}

// Waits until it is so; the test fails where that takes more than a minute.
void Await(const std::function<bool()>& so) {
  for (int i = 0; i < 1200; ++i) {
    if (so()) return;
    absl::SleepFor(absl::Milliseconds(50));
  }
  FAIL("It does not come to be.");
}

class Story {
 public:
  Story() : server_(*data_.Load()), admin(port(), data_.token()) {
    maker = AddOrganization("Maker");
    customer = AddOrganization("Customer");
    const std::string bystander = AddOrganization("Bystander");
    mia = AddPerson(admin, maker, "mia");
    bert = AddPerson(admin, maker, "bert");
    cora = AddPerson(admin, customer, "cora");
    otto = AddPerson(admin, bystander, "otto");
    Own(maker, mia);
    Own(customer, cora);
    Own(bystander, otto);
    project = SignIn(mia).Must(Projects("CreateProject"),
                               absl::StrCat(R"({"name":"Lamps","organizationId":")", maker, "\"}"))
                  .Text("projectId");
    for (const char* key : {"reader", "writer", "admin"}) AddRole(key);
    SignIn(mia).Must(Projects("CreateProjectGrant"), Granted(R"("reader","writer")"));
  }

  uint16_t port() { return server_.node().port(); }

  std::string AddPerson(const JsonClient& by, const std::string& organization,
                        const std::string& name) {
    return gateway::AddPerson(by, organization, name);
  }
  JsonClient SignIn(const std::string& user) {
    return JsonClient(port(), SessionTokenOf(admin, user));
  }
  void Own(const std::string& organization, const std::string& user) {
    admin.Must(Permissions("CreateAdministrator"),
               absl::StrCat(R"({"userId":")", user, R"(","resource":{"organizationId":")",
                            organization, R"("},"roles":["ORG_OWNER"]})"));
  }
  JsonClient::Reply TryAddRole(const std::string& key) {
    return SignIn(mia).Call(Projects("AddProjectRole"),
                            absl::StrCat(R"({"projectId":")", project, R"(","roleKey":")", key,
                                         R"(","displayName":")", key, "\"}"));
  }
  void AddRole(const std::string& key) { REQUIRE(TryAddRole(key).code == 200); }

  // Requests about the project, and about what the customer is granted of it.
  std::string OfProject(const std::string& more = "") const {
    return absl::StrCat(R"({"projectId":")", project, "\"", more, "}");
  }
  std::string Granted(const std::string& keys) const {
    return OfProject(absl::StrCat(R"(,"grantedOrganizationId":")", customer, R"(","roleKeys":[)",
                                  keys, "]"));
  }
  std::string ToCustomer() const {
    return OfProject(absl::StrCat(R"(,"grantedOrganizationId":")", customer, "\""));
  }
  std::string Give(const std::string& user, const std::string& organization,
                   const std::string& key) const {
    return OfProject(absl::StrCat(R"(,"userId":")", user, R"(","organizationId":")", organization,
                                  R"(","roleKeys":[")", key, "\"]"));
  }
  std::string OnGrant(const std::string& user, const std::string& more = "") const {
    return absl::StrCat(R"({"userId":")", user, R"(","resource":{"projectGrant":{"projectId":")",
                        project, R"(","organizationId":")", customer, "\"}}", more, "}");
  }

  // "organization", of a granted one "organization/granted".
  Names ProjectsOf(const JsonClient& client) const {
    return Listed(client, Projects("ListProjects"), "projects", [](const Struct& entry) {
      const std::string granted = At(entry, "grantedOrganizationId");
      return absl::StrCat(At(entry, "projectId"), granted.empty() ? "" : "/", granted);
    });
  }
  Names GrantsOf(const JsonClient& client) const {
    return Listed(client, Projects("ListProjectGrants"), "projectGrants", [](const Struct& entry) {
      return absl::StrCat(At(entry, "projectId"), "/", At(entry, "grantedOrganizationId"));
    });
  }
  // "user:role,role"
  Names AuthorizationsOf(const JsonClient& client) const {
    return Listed(client, Authorizations("ListAuthorizations"), "authorizations",
                  [](const Struct& entry) {
                    std::string told = At(entry, "user.id") + ":";
                    const auto roles = entry.fields().find("roles");
                    if (roles == entry.fields().end()) return told;
                    for (const auto& role : roles->second.list_value().values()) {
                      absl::StrAppend(&told, At(role.struct_value(), "key"), ",");
                    }
                    return told;
                  });
  }
  // "user@organization", "user@project" and "user@project/granted"
  Names AdministratorsOf(const JsonClient& client) const {
    return Listed(client, Permissions("ListAdministrators"), "administrators",
                  [](const Struct& entry) {
                    const std::string granted = At(entry, "projectGrant.grantedOrganizationId");
                    return absl::StrCat(At(entry, "user.id"), "@", At(entry, "organization.id"),
                                        At(entry, "project.id"),
                                        At(entry, "projectGrant.projectId"),
                                        granted.empty() ? "" : "/", granted);
                  });
  }
  // All that the log says of the project and what is part of it.
  std::string Events() const {
    return admin
        .Must("zitadel.admin.v1.AdminService/ListEvents",
              absl::StrCat(R"({"asc":true,"limit":1000,"aggregateId":")", project, "\"}"))
        .body;
  }
  void AwaitEvent(const std::string& type) const {
    Await([&] { return Events().find(absl::StrCat("\"", type, "\"")) != std::string::npos; });
  }

 private:
  std::string AddOrganization(const std::string& name) {
    return admin.Must(Orgs("AddOrganization"), absl::StrCat(R"({"name":")", name, "\"}"))
        .Text("organizationId");
  }

  const DataDir data_;
  Server server_;

 public:
  const JsonClient admin;
  std::string maker, customer, mia, bert, cora, otto, project;
};

// cora has made cole and carl, given cole a role, and set carl over the grant; mia has given bert
// one.
struct Told : Story {
  Told() {
    const JsonClient by_cora = SignIn(cora);
    cole = AddPerson(by_cora, customer, "cole");
    carl = AddPerson(by_cora, customer, "carl");
    coles = by_cora.Must(Authorizations("CreateAuthorization"), Give(cole, customer, "reader"))
                .Text("id");
    by_cora.Must(Permissions("CreateAdministrator"),
                 OnGrant(carl, R"(,"roles":["PROJECT_GRANT_OWNER"])"));
    SignIn(carl).Must(Authorizations("CreateAuthorization"), Give(cora, customer, "writer"));
    SignIn(mia).Must(Authorizations("CreateAuthorization"), Give(bert, maker, "admin"));
  }
  std::string cole, carl, coles;
};

TEST_CASE("each sees of a granted project exactly what he may, and totals count only that") {
  Told story;
  const std::string& project = story.project;
  const std::string grant = absl::StrCat(project, "/", story.customer);
  const JsonClient mia = story.SignIn(story.mia), cora = story.SignIn(story.cora),
                   carl = story.SignIn(story.carl), cole = story.SignIn(story.cole),
                   bert = story.SignIn(story.bert), otto = story.SignIn(story.otto);
  CHECK(story.ProjectsOf(mia) == Names{project});
  CHECK(story.ProjectsOf(cora) == Names{grant});
  CHECK(story.ProjectsOf(carl) == Names{grant});
  CHECK(story.ProjectsOf(story.admin) == Names{project});
  for (const JsonClient* client : {&mia, &cora, &carl, &story.admin}) {
    CHECK(story.GrantsOf(*client) == Names{grant});
  }
  for (const JsonClient* client : {&cole, &bert, &otto}) {
    CHECK(story.ProjectsOf(*client).empty());
    CHECK(story.GrantsOf(*client).empty());
    CHECK(client->Call(Projects("GetProject"), story.OfProject()).code == 404);
    CHECK(client->Call(Projects("ListProjectRoles"), story.OfProject()).code == 404);
  }

  const std::string of_cole = story.cole + ":reader,", of_cora = story.cora + ":writer,",
                    of_bert = story.bert + ":admin,";
  CHECK(story.AuthorizationsOf(story.admin) == Names{of_cole, of_cora, of_bert});
  CHECK(story.AuthorizationsOf(mia) == Names{of_bert});
  CHECK(story.AuthorizationsOf(bert) == Names{of_bert});
  CHECK(story.AuthorizationsOf(cora) == Names{of_cole, of_cora});
  CHECK(story.AuthorizationsOf(carl) == Names{of_cole, of_cora});
  CHECK(story.AuthorizationsOf(cole) == Names{of_cole});
  CHECK(story.AuthorizationsOf(otto).empty());

  // Who made the organizations owns them too.
  const auto but_admin = [&](const JsonClient& client) {
    const Names all = story.AdministratorsOf(client);
    Names people;
    for (const std::string& name : all) {
      for (const std::string* user : {&story.mia, &story.cora, &story.carl, &story.otto}) {
        if (name.rfind(*user, 0) == 0) people.insert(name);
      }
    }
    return people;
  };
  const std::string over_maker = absl::StrCat(story.mia, "@", story.maker),
                    over_project = absl::StrCat(story.mia, "@", project),
                    over_customer = absl::StrCat(story.cora, "@", story.customer),
                    over_grant = absl::StrCat(story.carl, "@", grant);
  CHECK(but_admin(mia) == Names{over_maker, over_project, over_grant});
  CHECK(but_admin(cora) == Names{over_customer, over_grant});
  CHECK(story.AdministratorsOf(carl) == Names{over_grant});
  CHECK(story.AdministratorsOf(cole).empty());
  CHECK(story.AdministratorsOf(bert).empty());
  CHECK(but_admin(otto).size() == 1);
  CHECK(but_admin(story.admin).size() == 5);
}

TEST_CASE("a customer's owner invites and sets what is his, and with the office loses both") {
  Story story;
  const JsonClient mia = story.SignIn(story.mia), cora = story.SignIn(story.cora);
  const std::string make = "zitadel.application.v2.ApplicationService/CreateApplication",
                    list = "zitadel.application.v2.ApplicationService/ListApplications",
                    shop = story.OfProject(R"(,"name":"Shop","apiConfiguration":{})");
  const auto name = [](const Struct& entry) { return At(entry, "name"); };
  mia.Must(make, shop);
  CHECK(Listed(mia, list, "applications", name) == Names{"Shop"});
  // The project's applications are no part of what is granted.
  CHECK(Listed(cora, list, "applications", name).empty());
  CHECK(cora.Call(make, shop).code == 404);

  const std::string person =
      absl::StrCat(R"({"organizationId":")", story.customer,
                   R"(","human":{"profile":{"givenName":"Cole","familyName":"Test"},"email":)"
                   R"({"email":"cole@example.org","returnCode":{}}}})");
  const std::string cole = cora.Must(Users("CreateUser"), person).Text("id");
  const std::string invite = absl::StrCat(R"({"userId":")", cole, R"(","returnCode":{}})");
  const auto proof = [&cole](const std::string& code) {
    return absl::StrCat(R"({"userId":")", cole, R"(","verificationCode":")", code, "\"}");
  };
  const std::string code = cora.Must(Users("CreateInviteCode"), invite).Text("inviteCode");
  CHECK(story.admin.Call(Users("VerifyInviteCode"), proof(code + "X")).code == 400);
  story.admin.Must(Users("VerifyInviteCode"), proof(code));
  story.admin.Must(Users("SetPassword"),
                   absl::StrCat(R"({"userId":")", cole, R"(","newPassword":{"password":")",
                                kPassword, "\"}}"));
  cora.Must(Authorizations("CreateAuthorization"), story.Give(cole, story.customer, "reader"));
  CHECK(story.AuthorizationsOf(story.SignIn(cole)) == Names{cole + ":reader,"});

  const auto called = [](const std::string& organization) {
    return absl::StrCat(R"({"organizationId":")", organization, R"(","name":"Harbour"})");
  };
  cora.Must(Orgs("UpdateOrganization"), called(story.customer));
  CHECK(cora.Call(Orgs("UpdateOrganization"), called(story.maker)).code == 404);
  CHECK(mia.Call(Orgs("UpdateOrganization"), called(story.customer)).code == 404);

  story.admin.Must(Permissions("DeleteAdministrator"),
                   absl::StrCat(R"({"userId":")", story.cora,
                                R"(","resource":{"organizationId":")", story.customer, "\"}}"));
  CHECK(cora.Call(Orgs("UpdateOrganization"), called(story.customer)).code == 404);
  CHECK(cora.Call(Users("CreateUser"), person).code == 404);
  CHECK(cora.Call(Users("CreateInviteCode"), invite).code == 404);
}

TEST_CASE("a granted organization gives what it is granted, and gets no more by itself") {
  Told story;
  for (const std::string& user : {story.cora, story.carl}) {
    const JsonClient client = story.SignIn(user);
    CHECK(client.Call(Authorizations("CreateAuthorization"),
                      story.Give(story.carl, story.customer, "admin")).code == 400);
    CHECK(client.Call(Authorizations("CreateAuthorization"),
                      story.Give(story.carl, story.maker, "reader")).code == 404);
    CHECK(client.Call(Projects("UpdateProjectGrant"), story.Granted(R"("admin")")).code == 404);
    CHECK(client.Call(Projects("DeleteProjectGrant"), story.ToCustomer()).code == 404);
    CHECK(client.Call(Projects("DeactivateProject"), story.OfProject()).code == 404);
    CHECK(client.Call(Projects("AddProjectRole"),
                      story.OfProject(R"(,"roleKey":"king","displayName":"K")")).code == 404);
  }
  // Nor does the project's side reach into it.
  const JsonClient mia = story.SignIn(story.mia);
  CHECK(mia.Call(Authorizations("CreateAuthorization"),
                 story.Give(story.bert, story.customer, "reader")).code == 404);
  CHECK(mia.Call(Authorizations("DeleteAuthorization"),
                 absl::StrCat(R"({"id":")", story.coles, "\"}")).code == 404);
}

TEST_CASE("a role that is removed is nobody's at once, and comes back to nobody") {
  Told story;
  const JsonClient cole = story.SignIn(story.cole), cora = story.SignIn(story.cora);
  story.SignIn(story.mia).Must(Projects("RemoveProjectRole"),
                               story.OfProject(R"(,"roleKey":"reader")"));
  CHECK(story.AuthorizationsOf(cole) == Names{story.cole + ":"});
  CHECK(cora.Call(Authorizations("CreateAuthorization"),
                  story.Give(story.carl, story.customer, "reader")).code == 400);
  // Once it is swept out of all that named it.
  Await([&] { return story.TryAddRole("reader").code == 200; });
  CHECK(story.Events().find("\"project.role.swept\"") != std::string::npos);
  CHECK(story.AuthorizationsOf(cole) == Names{story.cole + ":"});
  CHECK(cora.Call(Authorizations("CreateAuthorization"),
                  story.Give(story.carl, story.customer, "reader")).code == 400);
}

TEST_CASE("a grant that rests or is narrowed takes its powers along, and brings them back") {
  Told story;
  const JsonClient mia = story.SignIn(story.mia), cora = story.SignIn(story.cora),
                   carl = story.SignIn(story.carl), cole = story.SignIn(story.cole);
  const auto gives = [&](const JsonClient& client) {
    const JsonClient::Reply made = client.Call(Authorizations("CreateAuthorization"),
                                               story.Give(story.carl, story.customer, "reader"));
    if (made.code == 200) {
      client.Must(Authorizations("DeleteAuthorization"),
                  absl::StrCat(R"({"id":")", made.Text("id"), "\"}"));
    }
    return made.code;
  };
  CHECK(gives(cora) == 200);
  CHECK(gives(carl) == 200);
  mia.Must(Projects("DeactivateProjectGrant"), story.ToCustomer());
  CHECK(gives(cora) == 400);
  CHECK(gives(carl) == 404);
  CHECK(story.ProjectsOf(carl).empty());
  CHECK(story.GrantsOf(carl).empty());
  CHECK(story.AuthorizationsOf(carl).empty());
  CHECK(story.ProjectsOf(cora).size() == 1);
  mia.Must(Projects("ActivateProjectGrant"), story.ToCustomer());
  CHECK(gives(carl) == 200);

  mia.Must(Projects("DeactivateProject"), story.OfProject());
  CHECK(gives(cora) == 400);
  CHECK(gives(carl) == 404);
  mia.Must(Projects("ActivateProject"), story.OfProject());

  story.admin.Must(Orgs("DeactivateOrganization"),
                   absl::StrCat(R"({"organizationId":")", story.maker, "\"}"));
  CHECK(gives(carl) == 404);
  CHECK(story.AuthorizationsOf(carl).empty());
  story.admin.Must(Orgs("ActivateOrganization"),
                   absl::StrCat(R"({"organizationId":")", story.maker, "\"}"));
  CHECK(gives(carl) == 200);

  mia.Must(Projects("UpdateProjectGrant"), story.Granted(R"("writer")"));
  CHECK(gives(cora) == 400);
  CHECK(gives(carl) == 400);
  CHECK(story.AuthorizationsOf(cole) == Names{story.cole + ":"});
  story.AwaitEvent("project.grant.roles.swept");
}

TEST_CASE("whoever loses his office has nothing of it with the next call") {
  Told story;
  const JsonClient cora = story.SignIn(story.cora), carl = story.SignIn(story.carl);
  cora.Must(Permissions("DeleteAdministrator"), story.OnGrant(story.carl));
  CHECK(story.ProjectsOf(carl).empty());
  CHECK(story.AuthorizationsOf(carl).empty());
  CHECK(story.AdministratorsOf(carl).empty());
  CHECK(carl.Call(Authorizations("CreateAuthorization"),
                  story.Give(story.carl, story.customer, "reader")).code == 404);
  story.admin.Must(Permissions("DeleteAdministrator"),
                   absl::StrCat(R"({"userId":")", story.cora,
                                R"(","resource":{"organizationId":")", story.customer, "\"}}"));
  CHECK(story.ProjectsOf(cora).empty());
  CHECK(story.GrantsOf(cora).empty());
  CHECK(story.AdministratorsOf(cora).empty());
  // What is given to herself she sees.
  CHECK(story.AuthorizationsOf(cora) == Names{story.cora + ":writer,"});
  CHECK(cora.Call(Authorizations("DeleteAuthorization"),
                  absl::StrCat(R"({"id":")", story.coles, "\"}")).code == 404);
  CHECK(cora.Call(Permissions("CreateAdministrator"),
                  story.OnGrant(story.cora, R"(,"roles":["PROJECT_GRANT_OWNER"])")).code == 404);
}

TEST_CASE("with a grant goes what hung on it, at once for everybody, and is swept") {
  Told story;
  const JsonClient mia = story.SignIn(story.mia), cora = story.SignIn(story.cora),
                   carl = story.SignIn(story.carl), cole = story.SignIn(story.cole);
  mia.Must(Projects("DeleteProjectGrant"), story.ToCustomer());
  for (const JsonClient* client : {&cora, &carl, &cole}) {
    CHECK(story.ProjectsOf(*client).empty());
    CHECK(story.GrantsOf(*client).empty());
    CHECK(story.AuthorizationsOf(*client).empty());
  }
  CHECK(story.AdministratorsOf(carl).empty());
  CHECK(story.AuthorizationsOf(story.admin) == Names{story.bert + ":admin,"});
  story.AwaitEvent("project.grant.swept");
  CHECK(story.Events().find("\"project.grant.member.cascade.removed\"") != std::string::npos);
  CHECK(story.AuthorizationsOf(story.admin) == Names{story.bert + ":admin,"});
  // Granted again it brings nothing back.
  mia.Must(Projects("CreateProjectGrant"), story.Granted(R"("reader","writer")"));
  CHECK(story.AuthorizationsOf(cole).empty());
  CHECK(story.ProjectsOf(carl).empty());
  CHECK(cora.Call(Authorizations("CreateAuthorization"),
                  story.Give(story.cole, story.customer, "reader")).code == 200);
}

TEST_CASE("with a project, or its organization, goes all that hung on it, and is swept") {
  const bool organization = GENERATE(false, true);
  CAPTURE(organization);
  Told story;
  const JsonClient cora = story.SignIn(story.cora), carl = story.SignIn(story.carl),
                   cole = story.SignIn(story.cole);
  if (organization) {
    story.admin.Must(Orgs("DeleteOrganization"),
                     absl::StrCat(R"({"organizationId":")", story.maker, "\"}"));
  } else {
    story.SignIn(story.mia).Must(Projects("DeleteProject"), story.OfProject());
  }
  const auto gone = [&] {
    CHECK(story.admin.Call(Projects("GetProject"), story.OfProject()).code == 404);
    CHECK(story.admin.Call(Projects("ListProjectRoles"), story.OfProject()).code == 404);
    for (const JsonClient* client : {&story.admin, &cora, &carl, &cole}) {
      CHECK(story.ProjectsOf(*client).empty());
      CHECK(story.GrantsOf(*client).empty());
      CHECK(story.AuthorizationsOf(*client).empty());
      for (const std::string& administrator : story.AdministratorsOf(*client)) {
        CHECK(administrator.find(story.project) == std::string::npos);
      }
    }
  };
  gone();
  story.AwaitEvent("project.swept");
  // Each grant asks for its own sweep.
  story.AwaitEvent("project.grant.swept");
  gone();
  const std::string events = story.Events();
  for (const char* type : {"project.removed", "project.grant.removed",
                           "project.member.cascade.removed",
                           "project.grant.member.cascade.removed"}) {
    INFO(type);
    CHECK(events.find(absl::StrCat("\"", type, "\"")) != std::string::npos);
  }
}

}  // namespace
}  // namespace muniment::gateway
