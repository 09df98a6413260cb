// Who administers what by the v1 interface: each of the four levels, beside what the newer one tells
// of the same, and what one is told of one's own.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/access.h"
#include "tests/gateway/v1_story.h"

namespace muniment::gateway::v1 {
namespace {

// A project of Acme, granted to Other, and by either interface what is said of who administers it.
struct Members : Story {
  struct LevelOf {
    std::string name;      // "OrgMember"
    std::string fields;    // that name it in v1 requests
    std::string resource;  // that of the newer interface
    std::vector<std::string> roles;
    bool admin = false;  // AdminService has it
    JsonClient owner;
  };

  Members() {
    const JsonClient by_ann = SignIn(ann);
    project = by_ann.Must(Projects("CreateProject"),
                          absl::StrCat(R"({"name":"Lamps","organizationId":")", acme, "\"}"))
                  .Text("projectId");
    const std::string granted =
        absl::StrCat(R"({"projectId":")", project, R"(","grantedOrganizationId":")", other, "\"}");
    by_ann.Must(Projects("CreateProjectGrant"), granted);
    bob = AddPerson(acme, "bob");
    admin.Must(Permissions("CreateAdministrator"),
               absl::StrCat(R"({"userId":")", bob, R"(","roles":["PROJECT_GRANT_OWNER_VIEWER"],)",
                            R"("resource":{"projectGrant":{"projectId":")", project,
                            R"(","organizationId":")", other, "\"}}}"));
    // The newer interface tells the grant's own id too.
    const Struct all =
        admin.Must(Permissions("ListAdministrators"),
                   absl::StrCat(R"({"filters":[{"inUserIdsFilter":{"ids":[")", bob, "\"]}}]}"))
            .Json();
    grant = At(List(all, "administrators").at(0), "projectGrant.id");
    REQUIRE_FALSE(grant.empty());
    admin.Must(Management("RemoveProjectGrantMember"),
               absl::StrCat(R"({"userId":")", bob, "\"", OfGrant(), "}"));
  }
  std::string OfProject() const { return absl::StrCat(R"(,"projectId":")", project, "\""); }
  std::string OfGrant() const {
    return absl::StrCat(OfProject(), R"(,"grantId":")", grant, "\"");
  }
  std::vector<LevelOf> Levels() {
    const JsonClient by_ann = SignIn(ann);
    return {
        {"IAMMember", "", R"({"instance":true})", RolesFor(Level::kInstance), true, admin},
        {"OrgMember", "", absl::StrCat(R"({"organizationId":")", acme, "\"}"),
         RolesFor(Level::kOrg), false, by_ann},
        {"ProjectMember", OfProject(), absl::StrCat(R"({"projectId":")", project, "\"}"),
         RolesFor(Level::kProject), false, by_ann},
        {"ProjectGrantMember", OfGrant(),
         absl::StrCat(R"({"projectGrant":{"projectId":")", project, R"(","organizationId":")",
                      other, "\"}}"),
         RolesFor(Level::kProjectGrant), false, admin}};
  }
  static std::string Method(const LevelOf& level, const std::string& verb,
                            const std::string& ending = "") {
    const std::string name = absl::StrCat(verb, level.name, ending);
    return level.admin ? Admin(name.c_str()) : Management(name.c_str());
  }
  // Roles of the user on it, as the newer interface tells them.
  Names Newer(const LevelOf& level, const std::string& user) const {
    const Struct json =
        admin.Must(Permissions("ListAdministrators"),
                   absl::StrCat(R"({"filters":[{"inUserIdsFilter":{"ids":[")", user,
                                R"("]}},{"resource":)", level.resource, "}]}"))
            .Json();
    const std::vector<Struct> found = List(json, "administrators");
    return found.empty() ? Names() : Texts(found.at(0), "roles");
  }
  // The same as the v1 interface tells them.
  Names Older(const LevelOf& level, const std::string& user) const {
    const std::string query =
        absl::StrCat(R"({"queries":[{"userIdQuery":{"userId":")", user, "\"}}]", level.fields, "}");
    const Struct json = level.owner.Must(Method(level, "List", "s"), query).Json();
    const std::vector<Struct> found = List(json, "result");
    CHECK(At(json, "details.totalResult") == (found.empty() ? "" : "1"));
    return found.empty() ? Names() : Texts(found.at(0), "roles");
  }

  std::string project, grant, bob;
};

TEST_CASE("v1: every role of every level is given, told and taken by both interfaces") {
  Members story;
  for (const Members::LevelOf& level : story.Levels()) {
    INFO(level.name);
    const auto call = [&](const std::string& verb, const std::string& roles) {
      return level.owner.Call(Members::Method(level, verb),
                              Story::Member(story.bob, roles, level.fields));
    };
    const Struct listed =
        level.owner.Must(Members::Method(level, "List", "Roles"), "{}").Json();
    CHECK(Texts(listed, level.admin ? "roles" : "result") ==
          Names(level.roles.begin(), level.roles.end()));
    Names given;
    for (const std::string& role : level.roles) {
      INFO(role);
      const std::string quoted = absl::StrCat("\"", role, "\"");
      const JsonClient::Reply reply = call(given.empty() ? "Add" : "Update", quoted);
      REQUIRE(reply.code == 200);
      CHECK_FALSE(At(reply.Json(), "details.sequence").empty());
      CHECK_FALSE(At(reply.Json(), "details.resourceOwner").empty());
      CHECK(story.Older(level, story.bob) == Names{role});
      CHECK(story.Newer(level, story.bob) == Names{role});
      given.insert(role);
    }
    Refused(call("Add", absl::StrCat("\"", level.roles[0], "\"")), 409, "member.already_exists");
    const std::string bob =
        absl::StrCat(R"({"userId":")", story.bob, "\"", level.fields, "}");
    level.owner.Must(Members::Method(level, "Remove"), bob);
    CHECK(story.Older(level, story.bob).empty());
    CHECK(story.Newer(level, story.bob).empty());
    Refused(level.owner.Call(Members::Method(level, "Remove"), bob), 404, "member.not_found");
  }
}

TEST_CASE("v1: a role stands on its own level, and nobody gives what he lacks") {
  Members story;
  const auto levels = story.Levels();
  const JsonClient ann = story.SignIn(story.ann);
  const uint64_t before = story.Newest();
  for (const Members::LevelOf& level : levels) {
    INFO(level.name);
    for (const char* role : {"IAM_OWNER_VIEWER", "ORG_OWNER_VIEWER", "PROJECT_OWNER_VIEWER",
                             "PROJECT_GRANT_OWNER_VIEWER", "KING", ""}) {
      if (std::count(level.roles.begin(), level.roles.end(), role) > 0) continue;
      INFO(role);
      const auto reply =
          level.owner.Call(Members::Method(level, "Add"),
                           Story::Member(story.bob, absl::StrCat("\"", role, "\""), level.fields));
      CHECK(reply.code == 400);
    }
    // Nobody, twice the same, and none at all.
    const std::string role = absl::StrCat("\"", level.roles[0], "\"");
    Refused(level.owner.Call(Members::Method(level, "Add"),
                             Story::Member("999", role, level.fields)),
            404, "user.not_found");
    CHECK(level.owner.Call(Members::Method(level, "Add"),
                           Story::Member(story.bob, absl::StrCat(role, ",", role), level.fields))
              .code == 400);
    CHECK(level.owner.Call(Members::Method(level, "Add"),
                           Story::Member(story.bob, "", level.fields)).code == 400);
  }
  Refused(ann.Call(Admin("AddIAMMember"), Story::Member(story.bob, R"("IAM_OWNER")")), 403,
          "auth.permission_denied");
  Refused(ann.Call(Management("AddOrgMember"), Story::Member(story.bob, R"("IAM_OWNER")")), 400,
          "member.role_misplaced");
  CHECK(story.Newest() == before);
}

TEST_CASE("v1: the last owner stays, whoever takes him away by whatever interface") {
  Members story;
  const JsonClient ann = story.SignIn(story.ann);
  // Who made the organization owns it too.
  const Struct owners = ann.Must(Management("ListOrgMembers"), "{}").Json();
  for (const std::string& user : Each(owners, "result", "userId")) {
    if (user != story.ann) ann.Must(Management("RemoveOrgMember"), Story::OfUser(user));
  }
  Refused(ann.Call(Management("RemoveOrgMember"), Story::OfUser(story.ann)), 400,
          "org.last_owner");
  Refused(ann.Call(Management("UpdateOrgMember"),
                   Story::Member(story.ann, R"("ORG_OWNER_VIEWER")")),
          400, "org.last_owner");
  const std::string me = At(story.admin.Must(Auth("GetMyUser"), "{}").Json(), "user.id");
  const Struct instance = story.admin.Must(Admin("ListIAMMembers"), "{}").Json();
  for (const std::string& user : Each(instance, "result", "userId")) {
    if (user != me) story.admin.Must(Admin("RemoveIAMMember"), Story::OfUser(user));
  }
  Refused(story.admin.Call(Admin("RemoveIAMMember"), Story::OfUser(me)), 400,
          "instance.last_owner");
  Refused(story.admin.Call(Admin("UpdateIAMMember"), Story::Member(me, R"("IAM_OWNER_VIEWER")")),
          400, "instance.last_owner");
}

TEST_CASE("v1: members are found by what they are called, and sorted as is asked") {
  Members story;
  const JsonClient ann = story.SignIn(story.ann);
  ann.Must(Management("AddOrgMember"), Story::Member(story.bob, R"("ORG_OWNER_VIEWER")"));
  const auto found = [&](const std::string& query) {
    return Each(ann.Must(Management("ListOrgMembers"),
                         absl::StrCat(R"({"queries":[{)", query, "}]}"))
                    .Json(),
                "result", "userId");
  };
  const std::pair<const char*, const char*> methods[] = {
      {"EQUALS", "bob"},      {"EQUALS_IGNORE_CASE", "BOB"},
      {"STARTS_WITH", "bo"},  {"STARTS_WITH_IGNORE_CASE", "BO"},
      {"CONTAINS", "o"},      {"CONTAINS_IGNORE_CASE", "O"},
      {"ENDS_WITH", "ob"},    {"ENDS_WITH_IGNORE_CASE", "OB"}};
  for (const auto& [method, text] : methods) {
    INFO(method);
    CHECK(found(absl::StrCat(R"("firstNameQuery":{"firstName":")", text,
                             R"(","method":"TEXT_QUERY_METHOD_)", method, "\"}")) ==
          Names{story.bob});
  }
  CHECK(found(R"("emailQuery":{"email":"bob@example.org"})") == Names{story.bob});
  CHECK(found(R"("lastNameQuery":{"lastName":"Test"})") == Names{story.ann, story.bob});
  CHECK(found(R"("lastNameQuery":{"lastName":"test"})").empty());
  Refused(ann.Call(Management("ListOrgMembers"), R"({"queries":[{}]})"), 400,
          "query.empty_filter");

  for (const std::string& user : {story.ann, story.otto}) {
    story.admin.Must(Admin("AddIAMMember"), Story::Member(user, R"("IAM_OWNER_VIEWER")"));
  }
  const auto sorted = [&](const char* column, const char* path) {
    const Struct json = story.admin
                            .Must(Admin("ListIAMMembers"),
                                  absl::StrCat(R"({"query":{"asc":true},"sortingColumn":")",
                                               column, "\"}"))
                            .Json();
    std::vector<std::string> values;
    for (const Struct& one : List(json, "result")) {
      const std::string value = At(one, path);
      // A time's fraction has as many digits as it needs.
      values.push_back(value.substr(0, value.find('Z')));
    }
    CHECK(values.size() > 2);
    CHECK(std::is_sorted(values.begin(), values.end()));
  };
  sorted("MEMBER_FIELD_NAME_USER_ID", "userId");
  sorted("MEMBER_FIELD_NAME_CREATION_DATE", "details.creationDate");
  sorted("MEMBER_FIELD_NAME_CHANGE_DATE", "details.changeDate");
  sorted("MEMBER_FIELD_NAME_USER_RESOURCE_OWNER", "userResourceOwner");
  Refused(story.admin.Call(Admin("ListIAMMembers"), R"({"sortingColumn":77})"), 400,
          "request.sorting_column.undefined");
}

TEST_CASE("v1: who is set over a project or a grant of it is shown to either side and nobody else") {
  Members story;
  const JsonClient ann = story.SignIn(story.ann), otto = story.SignIn(story.otto),
                   bob = story.SignIn(story.bob);
  const std::string of_project = absl::StrCat(R"({"projectId":")", story.project, "\"}");
  const std::string of_grant = absl::StrCat(R"({"projectId":")", story.project,
                                            R"(","grantId":")", story.grant, "\"}");
  // Each side sets people over the grant.
  otto.Must(Management("AddProjectGrantMember"),
            Story::Member(story.otto, R"("PROJECT_GRANT_OWNER")", story.OfGrant()));
  for (const JsonClient* client : {&ann, &otto, &story.admin}) {
    const Struct json =
        client->Must(Management("ListProjectGrantMembers"), of_grant).Json();
    CHECK(Each(json, "result", "userId") == Names{story.otto});
  }
  Refused(bob.Call(Management("ListProjectGrantMembers"), of_grant), 404,
          "project_grant.not_found");
  for (const std::string& unknown :
       {absl::StrCat(R"({"projectId":")", story.project, R"(","grantId":"999"})"),
        absl::StrCat(R"({"projectId":"999","grantId":")", story.grant, "\"}"),
        absl::StrCat(R"({"projectId":")", story.project, R"(","grantId":")", story.other, "\"}")}) {
    Refused(ann.Call(Management("ListProjectGrantMembers"), unknown), 404,
            "project_grant.not_found");
    const std::string member =
        absl::StrCat(unknown.substr(0, unknown.size() - 1), R"(,"userId":")", story.bob,
                     R"(","roles":["PROJECT_GRANT_OWNER"]})");
    Refused(ann.Call(Management("AddProjectGrantMember"), member), 404,
            "project_grant.not_found");
  }
  CHECK(List(ann.Must(Management("ListProjectMembers"), of_project).Json(), "result").size() <= 1);
  for (const JsonClient* client : {&otto, &bob}) {
    Refused(client->Call(Management("ListProjectMembers"), of_project), 404, "project.not_found");
    Refused(client->Call(Management("AddProjectMember"),
                         Story::Member(story.bob, R"("PROJECT_OWNER")", story.OfProject())),
            404, "project.not_found");
  }
  // Who manages nothing is not told the roles that there are.
  for (const char* list : {"ListOrgMemberRoles", "ListProjectMemberRoles",
                           "ListProjectGrantMemberRoles"}) {
    Refused(bob.Call(Management(list), "{}"), 403, "auth.permission_denied");
  }
}

// What bob is told of himself.
struct Mine {
  explicit Mine(Members& story) : story(story), bob(story.SignIn(story.bob)) {}

  Names Memberships(const std::string& query = "") const {
    const Struct json = bob.Must(Auth("ListMyMemberships"),
                                 absl::StrCat(R"({"queries":[)", query, "]}"))
                            .Json();
    Names told;
    for (const Struct& one : List(json, "result")) {
      CHECK(At(one, "userId") == story.bob);
      told.insert(absl::StrCat(Says(one, "iam") ? "iam" : "", At(one, "orgId"),
                               At(one, "projectId"), At(one, "projectGrantId"), "=",
                               At(one, "displayName")));
    }
    return told;
  }
  // In an organization; without one in his own.
  Names Permitted(const std::string& organization = "") const {
    const JsonClient client = organization.empty() ? bob : story.In(bob, organization);
    return Texts(client.Must(Auth("ListMyZitadelPermissions"), "{}").Json(), "result");
  }
  Names Orgs() const {
    return Each(bob.Must(Auth("ListMyProjectOrgs"), "{}").Json(), "result", "id");
  }

  Members& story;
  const JsonClient bob;
};

std::string Query(const char* which, const std::string& field, const std::string& id) {
  return absl::StrCat("{\"", which, "\":{\"", field, "\":\"", id, "\"}}");
}

TEST_CASE("v1: one is told what one has roles on, where, and what they permit") {
  Members story;
  const JsonClient ann = story.SignIn(story.ann);
  const Mine mine(story);
  CHECK(mine.Memberships().empty());
  CHECK(mine.Permitted().empty());
  CHECK(mine.Orgs().empty());

  ann.Must(Management("AddProjectMember"),
           Story::Member(story.bob, R"("PROJECT_OWNER_VIEWER")", story.OfProject()));
  story.admin.Must(Management("AddProjectGrantMember"),
                   Story::Member(story.bob, R"("PROJECT_GRANT_OWNER_VIEWER")", story.OfGrant()));
  CHECK(mine.Memberships() == Names{absl::StrCat(story.project, "=Lamps"),
                                    absl::StrCat(story.grant, "=Lamps")});
  CHECK(mine.Orgs() == Names{story.acme, story.other});
  CHECK(mine.Permitted().count("project.read:" + story.project) == 1);
  CHECK(mine.Permitted().count("project.read") == 0);
  CHECK(mine.Permitted(story.other).count("project.read:" + story.grant) == 1);
  CHECK(mine.Permitted(story.other).count("project.read:" + story.project) == 0);

  ann.Must(Management("AddOrgMember"), Story::Member(story.bob, R"("ORG_OWNER_VIEWER")"));
  CHECK(mine.Permitted().count("org.read") == 1);
  CHECK(mine.Permitted().count("org.write") == 0);
  CHECK(mine.Permitted(story.other).count("org.read") == 0);
  CHECK(mine.Memberships(Query("orgQuery", "orgId", story.acme)) == Names{story.acme + "=Acme"});
  CHECK(mine.Memberships(Query("orgQuery", "orgId", story.other)).empty());
  CHECK(mine.Memberships(Query("projectQuery", "projectId", story.project)).size() == 1);
  CHECK(mine.Memberships(Query("projectGrantQuery", "projectGrantId", story.grant)).size() == 1);
  CHECK(mine.Memberships(Query("projectGrantQuery", "projectGrantId", "999")).empty());
  CHECK(mine.Memberships(R"({"iamQuery":{"iam":true}})").empty());
  CHECK(mine.Memberships(R"({"iamQuery":{}})").size() == 3);

  story.admin.Must(Admin("AddIAMMember"), Story::Member(story.bob, R"("IAM_OWNER_VIEWER")"));
  CHECK(mine.Memberships(R"({"iamQuery":{"iam":true}})").size() == 1);
  CHECK(mine.Orgs() == Names{story.home, story.acme, story.other});
  CHECK(mine.Permitted(story.other).count("iam.read") == 1);
  // What rests permits nothing meanwhile, but for what is held on the instance.
  story.In(story.admin, story.other).Must(Management("DeactivateOrg"), "{}");
  CHECK(mine.Permitted(story.other).count("project.read:" + story.grant) == 0);
}

TEST_CASE("v1: one is told one's roles of projects, and nobody else's") {
  Members story;
  const JsonClient ann = story.SignIn(story.ann);
  const Mine mine(story);
  ann.Must(Projects("AddProjectRole"),
           absl::StrCat(R"({"projectId":")", story.project,
                        R"(","roleKey":"reader","displayName":"R"})"));
  const std::string given =
      ann.Must("zitadel.authorization.v2.AuthorizationService/CreateAuthorization",
               absl::StrCat(R"({"userId":")", story.bob, R"(","projectId":")", story.project,
                            R"(","organizationId":")", story.acme,
                            R"(","roleKeys":["reader"]})"))
          .Text("id");
  const auto grants = [](const JsonClient& client) {
    return List(client.Must(Auth("ListMyUserGrants"), "{}").Json(), "result");
  };
  REQUIRE(grants(mine.bob).size() == 1);
  const Struct one = grants(mine.bob)[0];
  CHECK(At(one, "grantId") == given);
  CHECK(At(one, "projectName") == "Lamps");
  CHECK(At(one, "orgId") == story.acme);
  CHECK(At(one, "orgName") == "Acme");
  CHECK(Texts(one, "roleKeys") == Names{"reader"});
  CHECK(At(one, "userType") == "TYPE_HUMAN");
  CHECK(At(one, "state") == "USER_GRANT_STATE_ACTIVE");
  CHECK(grants(ann).empty());
  ann.Must("zitadel.authorization.v2.AuthorizationService/DeactivateAuthorization",
           absl::StrCat(R"({"id":")", given, "\"}"));
  CHECK(At(grants(mine.bob).at(0), "state") == "USER_GRANT_STATE_INACTIVE");
}

}  // namespace
}  // namespace muniment::gateway::v1
