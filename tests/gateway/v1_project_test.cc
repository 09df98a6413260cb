// Projects, their applications and what is granted of them by the v1 interface, on a served node,
// beside what the newer interfaces tell of the same.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/gateway/v1_story.h"
#include "zitadel/app.pb.h"
#include "zitadel/project.pb.h"

namespace muniment::gateway::v1 {
namespace {

using google::protobuf::EnumDescriptor;

std::string Applications(const char* method) {
  return absl::StrCat("zitadel.application.v2.ApplicationService/", method);
}
std::vector<std::string> NamesOf(const EnumDescriptor* type) {
  std::vector<std::string> names;
  for (int i = 0; i < type->value_count(); ++i) names.emplace_back(type->value(i)->name());
  return names;
}
// "a": "1" and so on, as a JSON object with `more` in it.
std::string Object(const std::vector<std::pair<const char*, std::string>>& texts,
                   const std::string& more = "") {
  std::string json;
  for (const auto& [name, text] : texts) {
    absl::StrAppend(&json, json.empty() ? "" : ",", "\"", name, "\":\"", text, "\"");
  }
  return absl::StrCat("{", json, more.empty() || json.empty() ? "" : ",", more, "}");
}

// ann owns Acme and its project lamps, with the roles read and write; otto owns Other.
struct Lamps : Story {
  Lamps() : ann_in(SignIn(ann)), otto_in(SignIn(otto)) {
    project = ann_in.Must(Management("AddProject"), R"({"name":"Lamps"})").Text("id");
    ann_in.Must(Management("BulkAddProjectRoles"),
                Of(R"("roles":[{"key":"read","displayName":"May read"},
                   {"key":"write","displayName":"May write","group":"more"}])"));
  }
  std::string Of(const std::string& more = "") const {
    return Object({{"projectId", project}}, more);
  }
  std::string App(const std::string& id, const std::string& more = "") const {
    return Object({{"projectId", project}, {"appId", id}}, more);
  }
  std::string Grant(const std::string& id, const std::string& more = "") const {
    return Object({{"projectId", project}, {"grantId", id}}, more);
  }
  // To Other, of the role read.
  std::string AddGrant() const {
    return ann_in
        .Must(Management("AddProjectGrant"),
              Of(absl::StrCat(R"("grantedOrgId":")", other, R"(","roleKeys":["read"])")))
        .Text("grantId");
  }

  const JsonClient ann_in, otto_in;
  std::string project;
};

TEST_CASE("a project lives by the v1 interface as by the newer one") {
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  const std::string id = Object({{"id", lamps.project}});
  for (const std::string& setting :
       NamesOf(zitadel::project::v1::PrivateLabelingSetting_descriptor())) {
    INFO(setting);
    ann.Must(Management("UpdateProject"),
             Object({{"id", lamps.project}, {"name", "Lamps"}, {"privateLabelingSetting", setting}},
                    R"("projectRoleCheck":true)"));
    const Struct older = ann.Must(Management("GetProjectByID"), id).Json();
    const Struct newer = ann.Must(Projects("GetProject"), lamps.Of()).Json();
    CHECK(At(older, "project.privateLabelingSetting") ==
          At(newer, "project.privateLabelingSetting"));
    CHECK(Says(older, "project.projectRoleCheck"));
    CHECK(Says(newer, "project.authorizationRequired"));
    CHECK_FALSE(Says(older, "project.hasProjectCheck"));
    CHECK(At(older, "project.details.resourceOwner") == lamps.acme);
  }
  const auto state = [&] {
    const std::string older =
        At(ann.Must(Management("GetProjectByID"), id).Json(), "project.state");
    CHECK(older == At(ann.Must(Projects("GetProject"), lamps.Of()).Json(), "project.state"));
    return older;
  };
  CHECK(state() == "PROJECT_STATE_ACTIVE");
  const Struct stopped = ann.Must(Management("DeactivateProject"), id).Json();
  CHECK(At(stopped, "details.resourceOwner") == lamps.acme);
  CHECK(state() == "PROJECT_STATE_INACTIVE");
  ann.Must(Management("ReactivateProject"), id);
  for (const char* method : {"GetProjectByID", "DeactivateProject", "RemoveProject"}) {
    INFO(method);
    const auto foreign = lamps.otto_in.Call(Management(method), id);
    const auto unknown = lamps.otto_in.Call(Management(method), R"({"id":"999"})");
    Refused(foreign, 404, "project.not_found");
    CHECK(foreign.body == unknown.body);
  }
  const Struct listed =
      ann.Must(Management("ListProjects"),
               R"({"queries":[{"nameQuery":{"name":"LAMP",
                  "method":"TEXT_QUERY_METHOD_STARTS_WITH_IGNORE_CASE"}}]})").Json();
  CHECK(Each(listed, "result", "id") == Names{lamps.project});
  CHECK(At(listed, "details.processedSequence") != "");
  CHECK(At(lamps.otto_in.Must(Management("ListProjects"), "{}").Json(), "details.totalResult") ==
        "");
  const Struct changes = ann.Must(Management("ListProjectChanges"), lamps.Of()).Json();
  CHECK(Each(changes, "result", "eventType.key").count("project.role.added") == 1);
  CHECK(Each(changes, "result", "editorId") == Names{lamps.ann});
  Refused(lamps.otto_in.Call(Management("ListProjectChanges"), lamps.Of()), 404,
          "project.not_found");
  ann.Must(Management("RemoveProject"), id);
  Refused(ann.Call(Management("GetProjectByID"), id), 404, "project.not_found");
}

TEST_CASE("roles are added all or none, replaced and removed by the v1 interface") {
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  Refused(ann.Call(Management("BulkAddProjectRoles"),
                   lamps.Of(R"("roles":[{"key":"new","displayName":"New"},
                            {"key":"read","displayName":"Again"}])")),
          409, "project.role_exists");
  const auto keys = [&](const std::string& more = "") {
    return Each(ann.Must(Management("ListProjectRoles"), lamps.Of(more)).Json(), "result", "key");
  };
  CHECK(keys() == Names{"read", "write"});
  ann.Must(Management("UpdateProjectRole"),
           lamps.Of(R"("roleKey":"write","displayName":"May change")"));
  const Struct found =
      ann.Must(Management("ListProjectRoles"),
               lamps.Of(R"("queries":[{"displayNameQuery":{"displayName":"change",
                        "method":"TEXT_QUERY_METHOD_CONTAINS"}}])")).Json();
  REQUIRE(Each(found, "result", "key") == Names{"write"});
  CHECK(At(List(found, "result").at(0), "group") == "");
  CHECK(At(List(found, "result").at(0), "details.resourceOwner") == lamps.acme);
  ann.Must(Management("RemoveProjectRole"), lamps.Of(R"("roleKey":"write")"));
  CHECK(keys() == Names{"read"});
  Refused(lamps.otto_in.Call(Management("AddProjectRole"),
                             lamps.Of(R"("roleKey":"spy","displayName":"Spy")")),
          404, "project.not_found");
}

TEST_CASE("an application's secret is told once, and replacing its configuration empties it") {
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  const Struct made =
      ann.Must(Management("AddOIDCApp"),
               lamps.Of(R"("name":"Shop","redirectUris":["https://shop.example/in"],
                        "postLogoutRedirectUris":["https://shop.example/out"],
                        "clockSkew":"2s")")).Json();
  const std::string shop = At(made, "appId");
  const std::string secret = At(made, "clientSecret");
  CHECK(secret.size() == 64);
  CHECK(At(made, "details.resourceOwner") == lamps.acme);
  const auto read = ann.Must(Management("GetAppByID"), lamps.App(shop));
  CHECK_FALSE(absl::StrContains(read.body, secret));
  CHECK(At(read.Json(), "app.oidcConfig.clientId") == At(made, "clientId"));
  CHECK(At(read.Json(), "app.details.resourceOwner") == lamps.acme);
  CHECK(Texts(read.Json(), "app.oidcConfig.postLogoutRedirectUris").size() == 1);
  const std::string next =
      ann.Must(Management("RegenerateOIDCClientSecret"), lamps.App(shop)).Text("clientSecret");
  CHECK(next.size() == 64);
  CHECK(next != secret);
  ann.Must(Management("UpdateOIDCAppConfig"),
           lamps.App(shop, R"("redirectUris":["https://shop.example/in"])"));
  const Struct bare = ann.Must(Management("GetAppByID"), lamps.App(shop)).Json();
  CHECK(Texts(bare, "app.oidcConfig.postLogoutRedirectUris").empty());
  CHECK(Find(bare, "app.oidcConfig.clockSkew") == nullptr);
  ann.Must(Management("UpdateApp"), lamps.App(shop, R"("name":"Store")"));
  const Struct listed = ann.Must(Management("ListApps"), lamps.Of()).Json();
  CHECK(Each(listed, "result", "name") == Names{"Store"});
  CHECK(At(List(listed, "result").at(0), "details.resourceOwner") == lamps.acme);

  // By another project's id it is not there, nor to others by its own.
  const std::string second = ann.Must(Management("AddProject"), R"({"name":"Other"})").Text("id");
  const std::string astray = Object({{"projectId", second}, {"appId", shop}});
  for (const char* method : {"GetAppByID", "ListAppChanges", "DeactivateApp", "RemoveApp",
                             "RegenerateOIDCClientSecret"}) {
    INFO(method);
    Refused(ann.Call(Management(method), astray), 404, "application.not_found");
    Refused(lamps.otto_in.Call(Management(method), lamps.App(shop)), 404, "application.not_found");
  }
  Refused(ann.Call(Management("AddSAMLApp"), lamps.Of(R"("name":"Old","metadataUrl":"x")")), 501,
          "method.unserved");
  const Struct api =
      ann.Must(Management("AddAPIApp"),
               lamps.Of(R"("name":"Stock","authMethodType":"API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT")"))
          .Json();
  const std::string stock = At(api, "appId");
  CHECK(At(api, "clientSecret") == "");
  Refused(ann.Call(Management("UpdateOIDCAppConfig"), lamps.App(stock)), 400,
          "application.other_type");
  const Struct key =
      ann.Must(Management("AddAppKey"), lamps.App(stock, R"("type":"KEY_TYPE_JSON")")).Json();
  CHECK(At(key, "keyDetails") != "");
  const std::string of_key =
      lamps.App(stock, absl::StrCat(R"("keyId":")", At(key, "id"), "\""));
  CHECK(At(ann.Must(Management("GetAppKey"), of_key).Json(), "key.id") == At(key, "id"));
  Refused(ann.Call(Management("GetAppKey"),
                   lamps.App(shop, absl::StrCat(R"("keyId":")", At(key, "id"), "\""))),
          404, "application_key.not_found");
  CHECK(Each(ann.Must(Management("ListAppKeys"), lamps.App(stock)).Json(), "result", "id") ==
        Names{At(key, "id")});
  ann.Must(Management("RemoveAppKey"), of_key);
  // Each one's changes are its own.
  const Names kinds = Each(ann.Must(Management("ListAppChanges"), lamps.App(stock)).Json(), "result",
                           "eventType.key");
  CHECK(kinds.count("project.application.added") == 1);
  CHECK(kinds.count("project.application.changed") == 0);
}

TEST_CASE("every value of an application's configuration is told alike in both interfaces") {
  namespace app = zitadel::app::v1;
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  const std::string id =
      ann.Must(Management("AddOIDCApp"), lamps.Of(R"("name":"Shop")")).Text("appId");
  const auto told = [&](const char* older, const char* newer) {
    const Struct one = ann.Must(Management("GetAppByID"), lamps.App(id)).Json();
    const Struct two = ann.Must(Applications("GetApplication"),
                                Object({{"applicationId", id}})).Json();
    const auto texts = [](const Struct& json, const std::string& path) {
      const Names many = Texts(json, path);
      return many.empty() ? Names{At(json, path)} : many;
    };
    const Names first = texts(one, absl::StrCat("app.oidcConfig.", older));
    CHECK(first == texts(two, absl::StrCat("application.oidcConfiguration.", newer)));
    return first;
  };
  const auto try_each = [&](const EnumDescriptor* type, const char* older, const char* newer,
                            bool list) {
    for (const std::string& name : NamesOf(type)) {
      INFO(name);
      const std::string value = absl::StrCat(list ? "[\"" : "\"", name, list ? "\"]" : "\"");
      const bool response = type == app::OIDCResponseType_descriptor();
      const bool implicit = response && name != "OIDC_RESPONSE_TYPE_CODE";
      const std::string with = implicit ? R"(,"grantTypes":["OIDC_GRANT_TYPE_IMPLICIT"])" : "";
      ann.Must(Management("UpdateOIDCAppConfig"),
               lamps.App(id, absl::StrCat("\"", older, "\":", value, with)));
      const Names first = told(older, newer);
      // The first value of an enum that JSON leaves out is told by nothing.
      if (list) CHECK(first == Names{name});
      if (!list) CHECK((first == Names{name} || first == Names{""}));
    }
  };
  try_each(app::OIDCResponseType_descriptor(), "responseTypes", "responseTypes", true);
  try_each(app::OIDCGrantType_descriptor(), "grantTypes", "grantTypes", true);
  try_each(app::OIDCAppType_descriptor(), "appType", "applicationType", false);
  try_each(app::OIDCAuthMethodType_descriptor(), "authMethodType", "authMethodType", false);
  try_each(app::OIDCTokenType_descriptor(), "accessTokenType", "accessTokenType", false);
  Refused(ann.Call(Management("UpdateOIDCAppConfig"), lamps.App(id, R"("responseTypes":[7])")), 400,
          "request.response_types.undefined");
  for (const std::string& name : NamesOf(app::APIAuthMethodType_descriptor())) {
    INFO(name);
    const std::string api =
        ann.Must(Management("AddAPIApp"),
                 lamps.Of(absl::StrCat(R"("name":")", name, R"(","authMethodType":")", name, "\"")))
            .Text("appId");
    CHECK(At(ann.Must(Management("GetAppByID"), lamps.App(api)).Json(),
             "app.apiConfig.authMethodType") ==
          At(ann.Must(Applications("GetApplication"), Object({{"applicationId", api}})).Json(),
             "application.apiConfiguration.authMethodType"));
  }
  const auto state = [&] {
    const std::string older =
        At(ann.Must(Management("GetAppByID"), lamps.App(id)).Json(), "app.state");
    const std::string newer = At(ann.Must(Applications("GetApplication"),
                                          Object({{"applicationId", id}})).Json(),
                                 "application.state");
    CHECK(absl::StrReplaceAll(newer, {{"APPLICATION_", "APP_"}}) == older);
    return older;
  };
  CHECK(state() == "APP_STATE_ACTIVE");
  ann.Must(Management("DeactivateApp"), lamps.App(id));
  CHECK(state() == "APP_STATE_INACTIVE");
  ann.Must(Management("ReactivateApp"), lamps.App(id));
  ann.Must(Management("RemoveApp"), lamps.App(id));
  Refused(ann.Call(Management("GetAppByID"), lamps.App(id)), 404, "application.not_found");
}

TEST_CASE("a grant is named by its own id, and both sides see it") {
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  const JsonClient& otto = lamps.otto_in;
  Refused(ann.Call(Management("AddProjectGrant"),
                   lamps.Of(absl::StrCat(R"("grantedOrgId":")", lamps.other,
                                         R"(","roleKeys":["nothing"])"))),
          400, "project.role_unknown");
  const std::string id = lamps.AddGrant();
  REQUIRE(id != "");
  const Struct read = ann.Must(Management("GetProjectGrantByID"), lamps.Grant(id)).Json();
  CHECK(At(read, "projectGrant.grantedOrgName") == "Other");
  CHECK(At(read, "projectGrant.projectOwnerName") == "Acme");
  CHECK(Texts(read, "projectGrant.grantedRoleKeys") == Names{"read"});
  const Struct granted = otto.Must(Management("GetGrantedProjectByID"), lamps.Grant(id)).Json();
  CHECK(At(granted, "grantedProject.projectName") == "Lamps");
  CHECK(Each(otto.Must(Management("ListGrantedProjects"), "{}").Json(), "result", "grantId") ==
        Names{id});
  CHECK(List(ann.Must(Management("ListGrantedProjects"), "{}").Json(), "result").empty());
  CHECK(Each(ann.Must(Management("ListProjectGrants"), lamps.Of()).Json(), "result", "grantId") ==
        Names{id});
  CHECK(Each(ann.Must(Management("ListAllProjectGrants"),
                      R"({"queries":[{"roleKeyQuery":{"roleKey":"read"}}]})").Json(),
             "result", "grantId") == Names{id});
  CHECK(List(otto.Must(Management("ListAllProjectGrants"), "{}").Json(), "result").empty());
  CHECK(Each(otto.Must(Management("ListGrantedProjectRoles"), lamps.Grant(id)).Json(), "result",
             "key") == Names{"read"});
  Refused(ann.Call(Management("GetGrantedProjectByID"), lamps.Grant(id)), 404,
          "project_grant.not_found");
  Refused(ann.Call(Management("GetProjectGrantByID"), lamps.Grant("999")), 404,
          "project_grant.not_found");

  const auto state = [&] {
    const std::string older = At(ann.Must(Management("GetProjectGrantByID"), lamps.Grant(id)).Json(),
                                 "projectGrant.state");
    const Struct newer = ann.Must(Projects("ListProjectGrants"), "{}").Json();
    CHECK(Each(newer, "projectGrants", "state") == Names{older});
    return older;
  };
  CHECK(state() == "PROJECT_GRANT_STATE_ACTIVE");
  ann.Must(Management("DeactivateProjectGrant"), lamps.Grant(id));
  CHECK(state() == "PROJECT_GRANT_STATE_INACTIVE");
  ann.Must(Management("ReactivateProjectGrant"), lamps.Grant(id));
  ann.Must(Management("UpdateProjectGrant"), lamps.Grant(id, R"("roleKeys":["read","write"])"));
  for (const char* method : {"UpdateProjectGrant", "DeactivateProjectGrant", "RemoveProjectGrant"}) {
    INFO(method);
    Refused(ann.Call(Management(method), lamps.Grant("999")), 404, "project_grant.not_found");
    Refused(otto.Call(Management(method), lamps.Grant(id)), 404, "project.not_found");
  }
  const Names kinds = Each(
      ann.Must(Management("ListProjectGrantChanges"), lamps.Grant(id)).Json(), "result",
      "eventType.key");
  CHECK(kinds.count("project.grant.added") == 1);
  CHECK(kinds.count("project.role.added") == 0);
  Refused(ann.Call(Management("ListProjectGrantChanges"), lamps.Grant("999")), 404,
          "project_grant.not_found");
  ann.Must(Management("RemoveProjectGrant"), lamps.Grant(id));
  Refused(ann.Call(Management("GetProjectGrantByID"), lamps.Grant(id)), 404,
          "project_grant.not_found");
}

TEST_CASE("who is given roles within a grant is given no others, and is told of by his organization") {
  Lamps lamps;
  const JsonClient& ann = lamps.ann_in;
  const JsonClient& otto = lamps.otto_in;
  const std::string grant = lamps.AddGrant();
  const std::string mia = lamps.AddPerson(lamps.other, "mia");
  const auto give = [&](const std::string& roles, const std::string& by) {
    return Object({{"userId", mia}, {"projectId", lamps.project}, {"projectGrantId", by}},
                  absl::StrCat(R"("roleKeys":[)", roles, "]"));
  };
  Refused(otto.Call(Management("AddUserGrant"), give(R"("write")", grant)), 400,
          "project_grant.role_missing");
  Refused(otto.Call(Management("AddUserGrant"), give(R"("read")", "999")), 404,
          "project.not_found");
  // Its owner does not decide to whom it is given there.
  Refused(ann.Call(Management("AddUserGrant"), give(R"("read")", grant)), 404, "project.not_found");
  const Struct made = otto.Must(Management("AddUserGrant"), give(R"("read")", grant)).Json();
  const std::string id = At(made, "userGrantId");
  CHECK(At(made, "details.resourceOwner") == lamps.other);
  const std::string both = Object({{"userId", mia}, {"grantId", id}});
  const Struct read = otto.Must(Management("GetUserGrantByID"), both).Json();
  CHECK(At(read, "userGrant.projectGrantId") == grant);
  CHECK(At(read, "userGrant.grantedOrgId") == lamps.other);
  CHECK(At(read, "userGrant.email") == "mia@example.org");
  CHECK(At(read, "userGrant.userType") == "TYPE_HUMAN");
  CHECK(Texts(read, "userGrant.roleKeys") == Names{"read"});
  const std::string wrong = Object({{"userId", lamps.otto}, {"grantId", id}});
  for (const char* method : {"GetUserGrantByID", "DeactivateUserGrant", "RemoveUserGrant"}) {
    INFO(method);
    Refused(otto.Call(Management(method), wrong), 404, "authorization.not_found");
    Refused(ann.Call(Management(method), both), 404, "authorization.not_found");
  }
  Refused(otto.Call(Management("UpdateUserGrant"),
                    Object({{"userId", mia}, {"grantId", id}}, R"("roleKeys":["write"])")),
          400, "project_grant.role_missing");
  const auto state = [&] {
    return At(otto.Must(Management("GetUserGrantByID"), both).Json(), "userGrant.state");
  };
  CHECK(state() == "USER_GRANT_STATE_ACTIVE");
  otto.Must(Management("DeactivateUserGrant"), both);
  CHECK(state() == "USER_GRANT_STATE_INACTIVE");
  otto.Must(Management("ReactivateUserGrant"), both);
  Refused(otto.Call(Management("BulkRemoveUserGrant"),
                    absl::StrCat(R"({"grantId":[")", id, R"(","999"]})")),
          404, "authorization.not_found");
  CHECK(state() == "USER_GRANT_STATE_ACTIVE");
  otto.Must(Management("BulkRemoveUserGrant"), absl::StrCat(R"({"grantId":[")", id, "\"]}"));
  Refused(otto.Call(Management("GetUserGrantByID"), both), 404, "authorization.not_found");
}

TEST_CASE("what users have is found by each query, within the organization that asks") {
  Lamps lamps;
  const JsonClient& otto = lamps.otto_in;
  const std::string grant = lamps.AddGrant();
  const std::string mia = lamps.AddPerson(lamps.other, "mia");
  const std::string id =
      otto.Must(Management("AddUserGrant"),
                Object({{"userId", mia}, {"projectId", lamps.project}}, R"("roleKeys":["read"])"))
          .Text("userGrantId");
  const auto listed = [&](const std::string& query) {
    return Each(otto.Must(Management("ListUserGrants"),
                          absl::StrCat(R"({"queries":[)", query, "]}")).Json(),
                "result", "id");
  };
  for (const char* query :
       {R"({"userIdQuery":{"userId":"MIA"}})", R"({"inUserIdsQuery":{"inUserIds":["MIA"]}})",
        R"({"projectIdQuery":{"projectId":"LAMPS"}})", R"({"roleKeyQuery":{"roleKey":"read"}})",
        R"({"projectGrantIdQuery":{"projectGrantId":"GRANT"}})",
        R"({"userNameQuery":{"userName":"mia"}})", R"({"firstNameQuery":{"firstName":"mia"}})",
        R"({"lastNameQuery":{"lastName":"Test"}})", R"({"emailQuery":{"email":"mia@example.org"}})",
        R"({"orgNameQuery":{"orgName":"Other"}})", R"({"projectNameQuery":{"projectName":"Lamps"}})",
        R"({"displayNameQuery":{"displayName":"mia Test"}})",
        R"({"userTypeQuery":{"type":"TYPE_HUMAN"}})"}) {
    INFO(query);
    CHECK(listed(absl::StrReplaceAll(
              query, {{"MIA", mia}, {"LAMPS", lamps.project}, {"GRANT", grant}})) == Names{id});
  }
  CHECK(listed(R"({"userNameQuery":{"userName":"otto"}})").empty());
  CHECK(listed(R"({"userTypeQuery":{"type":"TYPE_MACHINE"}})").empty());
  Refused(otto.Call(Management("ListUserGrants"),
                    R"({"queries":[{"withGrantedQuery":{"withGranted":true}}]})"),
          501, "request.unserved");
  // The owner of the project is not told whom it is given to there.
  CHECK(List(lamps.ann_in.Must(Management("ListUserGrants"), "{}").Json(), "result").empty());
}

}  // namespace
}  // namespace muniment::gateway::v1
