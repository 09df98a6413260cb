// Roles that an organization defines, on a served node: listed, given, worth what they say in calls
// and in lists, told of by `why` and in the log, over a restart too, and worth nothing when they end.
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "gateway/cli/told.h"
#include "muniment/api/permission/v1/permission.pb.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {

namespace why = ::muniment::api::permission::v1;

std::string Roles(const char* method) {
  return absl::StrCat("muniment.api.role.v1.RoleService/", method);
}
std::string Users(const char* method) {
  return absl::StrCat("zitadel.user.v2.UserService/", method);
}
bool Has(const std::string& body, const std::string& text) {
  return body.find(text) != std::string::npos;
}

class Story {
 public:
  Story() {
    Start();
    org = Admin()
              .Must("zitadel.org.v2.OrganizationService/AddOrganization", R"({"name":"Acme"})")
              .Text("organizationId");
    robot = AddMachine("robot");
    one = AddMachine("one");
    token = Admin()
                .Must(Users("AddPersonalAccessToken"),
                      absl::StrCat(R"({"userId":")", robot,
                                   R"(","expirationDate":"2090-01-01T00:00:00Z"})"))
                .Text("token");
  }

  void Start() {
    server_.reset();
    server_ = std::make_unique<Server>(*data_.Load());
  }
  uint16_t port() const { return server_->node().port(); }
  JsonClient Admin() const { return JsonClient(port(), data_.token()); }
  JsonClient Robot() const { return JsonClient(port(), token); }

  std::string AddMachine(const std::string& name) const {
    return Admin()
        .Must(Users("CreateUser"), absl::StrCat(R"({"organizationId":")", org, R"(","username":")",
                                                name, R"(","machine":{"name":")", name, "\"}}"))
        .Text("id");
  }
  // A request about acme, with more behind it.
  std::string On(const std::string& more = "") const {
    return absl::StrCat(R"({"resource":{"organizationId":")", org, "\"}", more, "}");
  }
  // What robot is answered who reads one, and how many he lists.
  int Reads() const {
    return Robot().Call(Users("GetUserByID"), absl::StrCat(R"({"userId":")", one, "\"}")).code;
  }
  std::string Lists() const { return Robot().Must(Users("ListUsers"), "{}").body; }
  why::ExplainResponse Why() const {
    why::ExplainRequest request;
    request.set_user(robot);
    request.set_permission("user.read");
    *request.mutable_resource() = *ParseResource("org/" + org);
    const auto told = server_->Call<why::ExplainResponse>(
        "muniment.api.permission.v1.PermissionService/Explain", request, {Bearer(data_.token())});
    REQUIRE(told.ok());
    return *told;
  }

 private:
  const DataDir data_;
  std::unique_ptr<Server> server_;

 public:
  std::string org, robot, one, token;
};

TEST_CASE("a role that an organization defines is worth what it says, wherever that is asked") {
  Story story;
  CHECK(story.Reads() == 404);
  CHECK_FALSE(Has(story.Lists(), story.one));
  story.Admin().Must(
      Roles("CreateRole"),
      story.On(R"(,"name":"READER","displayName":"Readers","level":"ROLE_LEVEL_ORGANIZATION",)"
               R"("permissions":["user.read"])"));
  const std::string give = R"(,"roles":["READER"],"userId":")" + story.robot + "\"";
  story.Admin().Must(
      "zitadel.internal_permission.v2.InternalPermissionService/CreateAdministrator",
      story.On(give));
  const std::string listed = story.Admin().Must(Roles("ListRoles"), story.On()).body;
  CHECK(Has(listed, "\"READER\""));
  CHECK(Has(listed, "ROLE_ORIGIN_ORGANIZATION"));
  CHECK(Has(listed, "\"ORG_OWNER\""));
  CHECK_FALSE(Has(listed, "IAM_OWNER"));
  CHECK(story.Robot().Call(Roles("ListRoles"), story.On()).code == 404);
  CHECK_FALSE(Has(story.Admin().Must(Roles("ListRoles"), R"({"resource":{"instance":true}})").body,
                  "READER"));

  for (const bool restarted : {false, true}) {
    INFO(restarted);
    if (restarted) story.Start();
    CHECK(story.Reads() == 200);
    CHECK(Has(story.Lists(), story.one));
    const why::ExplainResponse told = story.Why();
    CHECK(told.allowed());
    const std::string text = Tell(told);
    INFO(text);
    CHECK(Has(text, "by READER on the organization"));
    CHECK(Has(text, "READER was defined by the organization"));
    CHECK(Has(text, "org.custom.role.added by "));
  }

  story.Admin().Must(Roles("DeleteRole"), story.On(R"(,"name":"READER")"));
  for (const bool restarted : {false, true}) {
    INFO(restarted);
    if (restarted) story.Start();
    CHECK(story.Reads() == 404);
    CHECK_FALSE(Has(story.Lists(), story.one));
    const why::ExplainResponse told = story.Why();
    CHECK_FALSE(told.allowed());
    CHECK(Has(Tell(told), "READER was removed by the organization"));
    CHECK_FALSE(Has(story.Admin().Must(Roles("ListRoles"), story.On()).body, "READER"));
  }
  const auto again = story.Admin().Call(
      Roles("CreateRole"), story.On(R"(,"name":"READER","level":"ROLE_LEVEL_ORGANIZATION",)"
                                    R"("permissions":["user.read"])"));
  CHECK(again.code == 409);
}

TEST_CASE("to a stranger an organization's roles are those of an unknown one") {
  Story story;
  const std::string nowhere = R"({"resource":{"organizationId":"nowhere"}})";
  const auto own = story.Robot().Call(Roles("ListRoles"), story.On());
  const auto none = story.Robot().Call(Roles("ListRoles"), nowhere);
  CHECK(own.code == 404);
  CHECK(own.body == none.body);
  CHECK(story.Robot().Call(Roles("ListRoles"), R"({"resource":{"instance":true}})").code == 403);
  CHECK(story.Admin().Call(Roles("ListRoles"), R"({"resource":{"projectId":"1"}})").code == 400);
  CHECK(story.Admin().Call(Roles("ListRoles"), "{}").code == 400);
  CHECK(JsonClient(story.port(), "none").Call(Roles("ListRoles"), story.On()).code == 401);
}

}  // namespace
}  // namespace muniment::gateway
