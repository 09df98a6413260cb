// What PermissionService/Explain and `muniment why` tell of a permission: what calls meet, and the
// events that made it so, as far as whoever asks may know them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "gateway/cli/told.h"
#include "muniment/api/permission/v1/permission.pb.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/people.h"
#include "tests/gateway/program.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {

namespace why = ::muniment::api::permission::v1;
using Strings = std::vector<std::string>;


std::string Orgs(const char* method) {
  return absl::StrCat("zitadel.org.v2.OrganizationService/", method);
}
std::string Users(const char* method) { return absl::StrCat("zitadel.user.v2.UserService/", method); }
std::string Projects(const char* method) {
  return absl::StrCat("zitadel.project.v2.ProjectService/", method);
}
std::string Permissions(const char* method) {
  return absl::StrCat("zitadel.internal_permission.v2.InternalPermissionService/", method);
}

// The organization Maker, whose owner is mia, owns the project Lamps and grants it to Customer, whose
// owner is cora; carl owns the grant, and cole has nothing.
class Story {
 public:
  Story() : server_(*data_.Load()), admin(port(), data_.token()) {
    maker = admin.Must(Orgs("AddOrganization"), R"({"name":"Maker"})").Text("organizationId");
    customer = admin.Must(Orgs("AddOrganization"), R"({"name":"Customer"})").Text("organizationId");
    mia = AddPerson(maker, "mia");
    cora = AddPerson(customer, "cora");
    carl = AddPerson(customer, "carl");
    cole = AddPerson(customer, "cole");
    Set("CreateAdministrator", mia, OnOrg(maker), "ORG_OWNER");
    Set("CreateAdministrator", cora, OnOrg(customer), "ORG_OWNER");
    project = SignIn(mia).Must(Projects("CreateProject"),
                               absl::StrCat(R"({"name":"Lamps","organizationId":")", maker, "\"}"))
                  .Text("projectId");
    SignIn(mia).Must(Projects("CreateProjectGrant"), Granted());
    Set("CreateAdministrator", carl, OnGrant(), "PROJECT_GRANT_OWNER");
  }

  uint16_t port() { return server_.node().port(); }
  std::string url() { return absl::StrCat("http://127.0.0.1:", port()); }
  std::string token_file() const { return data_ / "admin.pat"; }

  std::string AddPerson(const std::string& organization, const std::string& name) {
    return gateway::AddPerson(admin, organization, name);
  }
  std::string TokenOf(const std::string& user) {
    return SessionTokenOf(admin, user);
  }
  JsonClient SignIn(const std::string& user) { return JsonClient(port(), TokenOf(user)); }

  // Resources, as JSON and as the command line has them.
  static std::string OnOrg(const std::string& id) {
    return absl::StrCat(R"({"organizationId":")", id, "\"}");
  }
  std::string OnGrant() const {
    return absl::StrCat(R"({"projectGrant":{"projectId":")", project, R"(","organizationId":")",
                        customer, "\"}}");
  }
  std::string Granted() const {
    return absl::StrCat(R"({"projectId":")", project, R"(","grantedOrganizationId":")", customer,
                        "\"}");
  }
  std::string OfProject() const { return absl::StrCat(R"({"projectId":")", project, "\"}"); }
  std::string Grant() const { return absl::StrCat("grant/", project, "/", customer); }

  void Set(const char* method, const std::string& user, const std::string& on,
           const std::string& role) {
    admin.Must(Permissions(method),
               absl::StrCat(R"({"userId":")", user, R"(","resource":)", on,
                            role.empty() ? "" : absl::StrCat(R"(,"roles":[")", role, "\"]"), "}"));
  }

  absl::StatusOr<why::ExplainResponse> Ask(const std::string& token, const std::string& user,
                                           const std::string& permission,
                                           const std::string& resource) {
    why::ExplainRequest request;
    request.set_user(user);
    request.set_permission(permission);
    *request.mutable_resource() = *ParseResource(resource);
    return server_.Call<why::ExplainResponse>(
        "muniment.api.permission.v1.PermissionService/Explain", request, {Bearer(token)});
  }
  // As the administrator, who may know all.
  why::ExplainResponse Why(const std::string& user, const std::string& permission,
                           const std::string& resource) {
    const auto told = Ask(data_.token(), user, permission, resource);
    INFO(user << " " << permission << " " << resource << " " << told.status());
    REQUIRE(told.ok());
    return *told;
  }

 private:
  const DataDir data_;
  Server server_;

 public:
  const JsonClient admin;
  std::string maker, customer, mia, cora, carl, cole, project;
};

// Of these ways the one on a thing of the kind.
const why::Way& On(const why::ExplainResponse& told, why::Kind kind) {
  for (const why::Way& way : told.ways()) {
    if (way.on().kind() == kind) return way;
  }
  FAIL("There is no such way.");
  return told.ways(0);
}

TEST_CASE("what is told to be allowed is what calls are let do, after each change too") {
  Story story;
  const std::string org = "org/" + story.customer, lamps = "project/" + story.project;
  // What a call is answered that may not, whatever else it meets.
  struct Row {
    std::string permission, resource, method, request, denied;
  };
  const std::vector<Row> rows = {
      {"user.read", org, Users("GetUserByID"), absl::StrCat(R"({"userId":")", story.cole, "\"}"),
       "There is no such user."},
      {"project.read", lamps, Projects("GetProject"), story.OfProject(), "There is no such project."},
      {"project.role.read", lamps, Projects("ListProjectRoles"), story.OfProject(),
       "There is no such project."},
      {"project.grant.member.delete", story.Grant(), Permissions("DeleteAdministrator"),
       absl::StrCat(R"({"userId":")", story.cole, R"(","resource":)", story.OnGrant(), "}"),
       "There is no such project_grant."},
      {"user.grant.write", story.Grant(),
       "zitadel.authorization.v2.AuthorizationService/CreateAuthorization",
       absl::StrCat(R"({"projectId":")", story.project, R"(","userId":")", story.cole,
                    R"(","organizationId":")", story.customer, R"(","roleKeys":[]})"),
       "There is no such project."},
  };
  const std::vector<std::pair<std::string, JsonClient>> people = {
      {story.mia, story.SignIn(story.mia)},
      {story.cora, story.SignIn(story.cora)},
      {story.carl, story.SignIn(story.carl)}};
  int allowed = 0, refused = 0;
  const auto compare = [&](const std::string& when) {
    for (const auto& [user, client] : people) {
      for (const Row& row : rows) {
        const why::ExplainResponse told = story.Why(user, row.permission, row.resource);
        const JsonClient::Reply reply = client.Call(row.method, row.request);
        INFO(when << ": " << Tell(told) << reply.body);
        CHECK(told.allowed() == (reply.body.find(row.denied) == std::string::npos));
        ++(told.allowed() ? allowed : refused);
      }
    }
  };
  compare("at first");
  story.Set("UpdateAdministrator", story.cora, Story::OnOrg(story.customer), "ORG_OWNER_VIEWER");
  compare("cora only looks");
  story.admin.Must(Projects("DeactivateProjectGrant"), story.Granted());
  compare("the grant rests");
  story.admin.Must(Projects("ActivateProjectGrant"), story.Granted());
  story.admin.Must(Projects("DeactivateProject"), story.OfProject());
  compare("the project rests");
  story.Set("DeleteAdministrator", story.mia, Story::OnOrg(story.maker), "");
  compare("mia is no owner of the organization any more");
  CHECK(allowed > 10);
  CHECK(refused > 10);
}

TEST_CASE("what allows is told with the role, the place and the event") {
  Story story;
  const auto told = story.Why(story.mia, "user.write", "org/" + story.maker);
  CHECK(told.allowed());
  CHECK(told.user().id() == story.mia);
  CHECK(told.user().preferred_login_name() == "mia");
  CHECK(told.resource().name() == "Maker");
  REQUIRE(told.ways_size() == 2);
  CHECK(told.ways(0).on().kind() == why::KIND_INSTANCE);
  CHECK(told.ways(0).verdict() == why::VERDICT_NO_MEMBERSHIP);
  CHECK_FALSE(told.ways(0).has_since());
  const why::Way& way = told.ways(1);
  CHECK(way.verdict() == why::VERDICT_ALLOWS);
  CHECK(way.on().id() == story.maker);
  REQUIRE(way.allowing_roles_size() == 1);
  CHECK(way.allowing_roles(0) == "ORG_OWNER");
  CHECK(way.since().type() == "org.member.added");
  CHECK(way.since().sequence() > 0);
  CHECK(way.since().has_at());
  CHECK(way.since().by() != "");
  // The log says the same.
  const std::string events =
      story.admin
          .Must("zitadel.admin.v1.AdminService/ListEvents",
                absl::StrCat(R"({"aggregateId":")", story.maker,
                             R"(","eventTypes":["org.member.added"],"limit":1000})"))
          .body;
  CHECK(events.find(absl::StrCat("\"", way.since().sequence(), "\"")) != std::string::npos);
  CHECK(Tell(told).find(absl::StrCat("Yes: mia (", story.mia,
                                     ") holds user.write on the organization Maker (")) == 0);
  CHECK(Tell(told).find("by ORG_OWNER on the organization Maker") != std::string::npos);
}

TEST_CASE("of a grant's manager all is told that must be active, and what of it rests") {
  Story story;
  auto told = story.Why(story.carl, "user.grant.write", story.Grant());
  CHECK(told.allowed());
  const why::Way way = On(told, why::KIND_PROJECT_GRANT);
  CHECK(way.verdict() == why::VERDICT_ALLOWS);
  REQUIRE(way.takes_size() == 4);
  const why::Kind kinds[] = {why::KIND_PROJECT_GRANT, why::KIND_PROJECT, why::KIND_ORGANIZATION,
                             why::KIND_ORGANIZATION};
  for (int i = 0; i < 4; ++i) {
    CHECK(way.takes(i).thing().kind() == kinds[i]);
    CHECK(way.takes(i).state() == why::STATE_ACTIVE);
    CHECK(way.takes(i).since().sequence() > 0);
  }
  struct Rest {
    std::string method, request;
    int which;
    std::string type;
    std::string back;
  };
  const std::vector<Rest> rests = {
      {Projects("DeactivateProjectGrant"), story.Granted(), 0, "project.grant.deactivated",
       Projects("ActivateProjectGrant")},
      {Projects("DeactivateProject"), story.OfProject(), 1, "project.deactivated",
       Projects("ActivateProject")},
      {Orgs("DeactivateOrganization"), Story::OnOrg(story.maker), 2, "org.deactivated",
       Orgs("ActivateOrganization")},
  };
  for (const Rest& rest : rests) {
    INFO(rest.type);
    story.admin.Must(rest.method, rest.request);
    told = story.Why(story.carl, "user.grant.write", story.Grant());
    CHECK_FALSE(told.allowed());
    const why::Way& now = On(told, why::KIND_PROJECT_GRANT);
    CHECK(now.verdict() == why::VERDICT_AT_REST);
    CHECK(now.takes(rest.which).state() == why::STATE_INACTIVE);
    CHECK(now.takes(rest.which).since().type() == rest.type);
    const std::string text = Tell(told);
    CHECK(text.find("No: carl") == 0);
    CHECK(text.find("PROJECT_GRANT_OWNER, which does not count") != std::string::npos);
    CHECK(text.find(rest.type) != std::string::npos);
    story.admin.Must(rest.back, rest.request);
    told = story.Why(story.carl, "user.grant.write", story.Grant());
    CHECK(told.allowed());
  }
}

TEST_CASE("what is missing is told: no roles, too few, or none any more, by whom and when") {
  Story story;
  const std::string org = "org/" + story.customer;
  auto told = story.Why(story.cole, "user.write", org);
  CHECK_FALSE(told.allowed());
  CHECK(On(told, why::KIND_ORGANIZATION).verdict() == why::VERDICT_NO_MEMBERSHIP);
  CHECK_FALSE(On(told, why::KIND_ORGANIZATION).has_since());
  CHECK(Tell(told).find("on the instance he has no roles") != std::string::npos);

  story.Set("CreateAdministrator", story.cole, Story::OnOrg(story.customer), "ORG_OWNER_VIEWER");
  told = story.Why(story.cole, "user.write", org);
  CHECK(On(told, why::KIND_ORGANIZATION).verdict() == why::VERDICT_ROLES_LACK_IT);
  CHECK(Tell(told).find("ORG_OWNER_VIEWER, which lacks it") != std::string::npos);
  CHECK(story.Why(story.cole, "user.read", org).allowed());

  story.Set("UpdateAdministrator", story.cole, Story::OnOrg(story.customer), "ORG_OWNER");
  told = story.Why(story.cole, "user.write", org);
  CHECK(told.allowed());
  CHECK(On(told, why::KIND_ORGANIZATION).since().type() == "org.member.changed");

  story.SignIn(story.cora).Must(Permissions("DeleteAdministrator"),
                                absl::StrCat(R"({"userId":")", story.cole, R"(","resource":)",
                                             Story::OnOrg(story.customer), "}"));
  told = story.Why(story.cole, "user.write", org);
  const why::Way& way = On(told, why::KIND_ORGANIZATION);
  CHECK(way.verdict() == why::VERDICT_NO_MEMBERSHIP);
  CHECK(way.since().type() == "org.member.removed");
  CHECK(way.since().by() == story.cora);
  CHECK(way.since().by_login_name() == "cora");
  CHECK(Tell(told).find("since org.member.removed by cora") != std::string::npos);
}

TEST_CASE("who is locked, or whose organization rests or is gone, may nothing, and that is told") {
  Story story;
  const std::string org = "org/" + story.customer;
  const std::string of_cora = absl::StrCat(R"({"userId":")", story.cora, "\"}");
  story.admin.Must(Users("LockUser"), of_cora);
  auto told = story.Why(story.cora, "user.write", org);
  CHECK_FALSE(told.allowed());
  CHECK(told.user_standing(0).state() == why::STATE_LOCKED);
  CHECK(told.user_standing(0).since().type() == "user.locked");
  CHECK(Tell(told).find("is locked, since user.locked by ") != std::string::npos);
  story.admin.Must(Users("UnlockUser"), of_cora);
  CHECK(story.Why(story.cora, "user.write", org).allowed());

  story.admin.Must(Orgs("DeactivateOrganization"), Story::OnOrg(story.customer));
  told = story.Why(story.cora, "user.write", org);
  CHECK_FALSE(told.allowed());
  CHECK(told.user_standing(1).state() == why::STATE_INACTIVE);
  CHECK(told.user_standing(1).since().type() == "org.deactivated");
  story.admin.Must(Orgs("ActivateOrganization"), Story::OnOrg(story.customer));

  // mia looks at the instance, too: an organization that was removed is nobody's any more.
  story.Set("CreateAdministrator", story.mia, R"({"instance":true})", "IAM_OWNER");
  CHECK(story.Why(story.mia, "user.write", org).allowed());
  story.admin.Must(Orgs("DeleteOrganization"), Story::OnOrg(story.customer));
  told = story.Why(story.mia, "user.write", org);
  CHECK_FALSE(told.allowed());
  CHECK(On(told, why::KIND_INSTANCE).verdict() == why::VERDICT_ALLOWS);
  CHECK(told.resource_standing(0).state() == why::STATE_REMOVED);
  CHECK(told.resource_standing(0).since().type() == "org.removed");
  CHECK(Tell(told).find("is removed, since org.removed by ") != std::string::npos);
}

TEST_CASE("whoever asks is told what he may know, and of the rest that it is withheld") {
  Story story;
  const std::string cora = story.TokenOf(story.cora), mia = story.TokenOf(story.mia);
  const auto reason = [&](const std::string& token, const std::string& user,
                          const std::string& resource) {
    return Reason(story.Ask(token, user, "user.read", resource).status());
  };
  // Of whom, and of what, he may not know, he learns nothing.
  CHECK(reason(cora, story.mia, "org/" + story.customer) == "user.not_found");
  CHECK(reason(cora, "nobody", "org/" + story.customer) == "user.not_found");
  CHECK(reason(cora, story.cole, "org/" + story.maker) == "org.not_found");
  CHECK(reason(cora, story.cole, "org/999") == "org.not_found");
  CHECK(reason(cora, story.cole, "project/" + story.project) == "project.not_found");
  CHECK(reason(cora, story.cole, "project/999") == "project.not_found");
  CHECK(reason(cora, story.cole, "grant/999/" + story.customer) == "project_grant.not_found");
  CHECK(reason(story.TokenOf(story.cole), story.cole, "org/" + story.customer) ==
        "user.not_found");

  // She sees the grant from her side; who owns the project is not hers to look at.
  const auto told = story.Ask(cora, story.carl, "user.grant.write", story.Grant());
  REQUIRE(told.ok());
  CHECK(told->allowed());
  const why::Way& way = On(*told, why::KIND_PROJECT_GRANT);
  CHECK_FALSE(way.withheld());
  CHECK(way.since().type() == "project.grant.member.added");
  CHECK_FALSE(way.takes(0).withheld());
  CHECK_FALSE(way.takes(1).withheld());
  CHECK(way.takes(2).withheld());
  CHECK(way.takes(2).thing().id() == story.maker);
  CHECK(way.takes(2).thing().name() == "");
  CHECK(way.takes(2).state() == why::STATE_UNSPECIFIED);
  CHECK_FALSE(way.takes(2).has_since());
  CHECK(Tell(*told).find("its state is withheld from you") != std::string::npos);
  // Who made it so is of another organization: his id is told, and his name is not.
  CHECK(way.since().by() != "");
  CHECK(way.since().by_login_name() == "");

  // Which roles her own people have she may read wherever they are; not who gave them.
  story.Set("CreateAdministrator", story.cole, R"({"instance":true})", "IAM_OWNER_VIEWER");
  story.Set("CreateAdministrator", story.cole, Story::OnOrg(story.maker), "ORG_OWNER_VIEWER");
  const auto on_maker = story.Ask(cora, story.cole, "user.read", "org/" + story.maker);
  REQUIRE(on_maker.ok());
  CHECK(on_maker->allowed());
  for (const why::Way& each : on_maker->ways()) {
    CHECK(each.verdict() == why::VERDICT_ALLOWS);
    CHECK(each.withheld());
    CHECK_FALSE(each.has_since());
  }
  CHECK(on_maker->resource().name() == "");
  CHECK(on_maker->resource_standing(0).withheld());
  CHECK(Tell(*on_maker).find("by an event that is withheld from you") != std::string::npos);
}

TEST_CASE("users are found by id and by login name, and what is no permission is refused") {
  Story story;
  CHECK(story.Why("mia", "user.write", "org/" + story.maker).user().id() == story.mia);
  CHECK(story.Why("MIA", "user.write", "org/" + story.maker).user().id() == story.mia);
  CHECK(story.Why(story.mia, "iam.read", "instance").allowed() == false);
  const std::string token = Content(story.token_file());
  const std::string admin = token.substr(0, token.find('\n'));
  CHECK(Reason(story.Ask(admin, "mia", "user.wriet", "instance").status()) == "permission.unknown");
  CHECK(Reason(story.Ask(admin, "mi", "user.write", "instance").status()) == "user.not_found");
  CHECK(Reason(story.Ask("wrong", "mia", "user.write", "instance").status()) ==
        "auth.token_invalid");
}

TEST_CASE("the command line tells it in a few lines, and as JSON") {
  Story story;
  const std::string server =
      absl::StrCat(" --url ", story.url(), " --token-file ", story.token_file());
  const Run yes = RunProgram(absl::StrCat("why mia user.write org/", story.maker, server));
  INFO(yes.output);
  CHECK(yes.code == 0);
  CHECK(Says(yes, "Yes: mia ("));
  CHECK(Says(yes, "by ORG_OWNER on the organization Maker ("));
  CHECK(Says(yes, "since org.member.added by "));
  const Run no = RunProgram(absl::StrCat("why cole user.write ", story.Grant(), server));
  INFO(no.output);
  CHECK(no.code == 0);
  CHECK(Says(no, "No: cole ("));
  CHECK(Says(no, " of the project Lamps ("));
  CHECK(std::count(no.output.begin(), no.output.end(), '\n') < 8);
  const Run json = RunProgram(absl::StrCat("why mia user.write org/", story.maker, server, " --json"));
  CHECK(Says(json, "\"allowed\": true"));
  CHECK(Says(json, "\"VERDICT_ALLOWS\""));
  const Run unknown = RunProgram(absl::StrCat("why nobody user.write instance", server));
  CHECK(unknown.code == 1);
  CHECK(Says(unknown, "[user.not_found]"));
}

TEST_CASE("a resource is written as it is told, and anything else is refused") {
  CHECK(ParseResource("instance")->instance());
  CHECK(ParseResource("org/1")->organization_id() == "1");
  CHECK(ParseResource("project/1")->project_id() == "1");
  CHECK(ParseResource("grant/1/2")->project_grant().project_id() == "1");
  CHECK(ParseResource("grant/1/2")->project_grant().organization_id() == "2");
  for (const char* wrong : {"", "/", "org", "org/", "org/1/2", "instance/1", "grant/1", "grant//2",
                            "user/1", "ORG/1", "1"}) {
    INFO(wrong);
    CHECK(Reason(ParseResource(wrong).status()) == "why.invalid_resource");
  }
}

}  // namespace
}  // namespace muniment::gateway
