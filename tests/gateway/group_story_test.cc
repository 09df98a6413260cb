// Groups on a served node: made, filled, listed, told of in the log, and gone with what they hang on.
#include <catch2/catch.hpp>
#include <string>

#include "tests/gateway/json_client.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {

std::string Groups(const char* method) {
  return absl::StrCat("zitadel.group.v2.GroupService/", method);
}

bool Holds(const std::string& body, const std::string& text) {
  return body.find(text) != std::string::npos;
}

TEST_CASE("a group is filled, listed and told of under its own id, and a removed user leaves it") {
  const DataDir data;
  Server server(*data.Load());
  const JsonClient admin(server.node().port(), data.token());
  const std::string org = admin.Must("zitadel.org.v2.OrganizationService/AddOrganization",
                                     R"({"name":"Acme"})")
                              .Text("organizationId");
  const auto add_machine = [&](const std::string& name) {
    return admin
        .Must("zitadel.user.v2.UserService/CreateUser",
              absl::StrCat(R"({"organizationId":")", org, R"(","username":")", name,
                           R"(","machine":{"name":")", name, "\"}}"))
        .Text("id");
  };
  const std::string one = add_machine("one"), two = add_machine("two");
  const std::string group =
      admin.Must(Groups("CreateGroup"),
                 absl::StrCat(R"({"organizationId":")", org, R"(","name":"Lights"})"))
          .Text("id");
  const std::string of_group = absl::StrCat(R"({"id":")", group, "\"");
  admin.Must(Groups("AddUsersToGroup"),
             absl::StrCat(of_group, R"(,"userIds":[")", one, R"(",")", two, "\"]}"));

  // Read back at once, each time.
  const std::string ask =
      absl::StrCat(R"({"filters":[{"groupIds":{"ids":[")", group, "\"]}}]}");
  auto listed = admin.Must(Groups("ListGroupUsers"), ask);
  CHECK(Holds(listed.body, one));
  CHECK(Holds(listed.body, two));
  CHECK(Holds(admin.Must(Groups("GetGroup"), of_group + "}").body, "Lights"));
  CHECK(Holds(admin.Must(Groups("ListGroups"), ask).body, group));

  // Its users stand on pages of it, and are published as the group's.
  const std::string events =
      admin.Must("zitadel.admin.v1.AdminService/ListEvents",
                 absl::StrCat(R"({"asc":true,"limit":100,"aggregateId":")", group, "\"}"))
          .body;
  CHECK(Holds(events, "\"group.added\""));
  CHECK(Holds(events, "\"group.users.added\""));
  CHECK_FALSE(Holds(events, group + "/"));

  admin.Must("zitadel.user.v2.UserService/DeleteUser",
             absl::StrCat(R"({"userId":")", one, "\"}"));
  listed = admin.Must(Groups("ListGroupUsers"), ask);
  CHECK_FALSE(Holds(listed.body, one));
  CHECK(Holds(listed.body, two));
  admin.Must(Groups("DeleteGroup"), of_group + "}");
  listed = admin.Must(Groups("ListGroupUsers"), ask);
  CHECK_FALSE(Holds(listed.body, two));
  CHECK(admin.Call(Groups("GetGroup"), of_group + "}").code == 404);
  CHECK(admin.Call(Groups("AddUsersToGroup"),
                   absl::StrCat(of_group, R"(,"userIds":[")", two, "\"]}"))
            .code == 404);
}

}  // namespace
}  // namespace muniment::gateway
