// Applications of a project on a served node: secrets and keys that are told once, who sees what,
// and that all of it ends with the project, at once for everybody, and is swept.
#include <catch2/catch.hpp>
#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/people.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {

using Struct = google::protobuf::Struct;


std::string Applications(const char* method) {
  return absl::StrCat("zitadel.application.v2.ApplicationService/", method);
}
std::string Permissions(const char* method) {
  return absl::StrCat("zitadel.internal_permission.v2.InternalPermissionService/", method);
}

// "a.b" of an answer; empty where it is not there.
std::string At(const Struct& json, const std::string& path) {
  const size_t dot = path.find('.');
  const auto found = json.fields().find(path.substr(0, dot));
  if (found == json.fields().end()) return "";
  if (dot == std::string::npos) return found->second.string_value();
  return At(found->second.struct_value(), path.substr(dot + 1));
}

// Waits until it is so; the test fails where that takes more than a minute.
void Await(const std::function<bool()>& so) {
  for (int i = 0; i < 1200; ++i) {
    if (so()) return;
    absl::SleepFor(absl::Milliseconds(50));
  }
  FAIL("It does not come to be.");
}

// mia owns the project lamps and nothing else; otto owns the organization that is granted it.
class Platform {
 public:
  Platform() : server_(*data_.Load()), admin(server_.node().port(), data_.token()) {
    const std::string maker = AddOrganization("Maker");
    const std::string customer = AddOrganization("Customer");
    mia = AddPerson(maker, "mia");
    otto = AddPerson(customer, "otto");
    project = admin.Must("zitadel.project.v2.ProjectService/CreateProject",
                         absl::StrCat(R"({"name":"Lamps","organizationId":")", maker, "\"}"))
                  .Text("projectId");
    admin.Must("zitadel.project.v2.ProjectService/CreateProjectGrant",
               absl::StrCat(R"({"projectId":")", project, R"(","grantedOrganizationId":")",
                            customer, "\"}"));
    Set(absl::StrCat(R"("projectId":")", project, "\""), mia, "PROJECT_OWNER");
    Set(absl::StrCat(R"("organizationId":")", customer, "\""), otto, "ORG_OWNER");
  }

  JsonClient SignIn(const std::string& user) {
    return JsonClient(server_.node().port(), SessionTokenOf(admin, user));
  }
  // A request about an application of the project.
  std::string Of(const std::string& application, const std::string& more = "") const {
    return absl::StrCat(R"({"projectId":")", project, R"(","applicationId":")", application, "\"",
                        more, "}");
  }
  std::string New(const std::string& name, const std::string& configuration) const {
    return absl::StrCat(R"({"projectId":")", project, R"(","name":")", name, "\",", configuration,
                        "}");
  }
  // How many there are to this caller, as the total has it.
  std::string Total(const JsonClient& client, const char* method) const {
    const std::string total =
        At(client.Must(Applications(method), "{}").Json(), "pagination.totalResult");
    return total.empty() ? "0" : total;
  }
  // All that the log says of the project and what is part of it.
  std::string Events() const {
    return admin
        .Must("zitadel.admin.v1.AdminService/ListEvents",
              absl::StrCat(R"({"asc":true,"limit":1000,"aggregateId":")", project, "\"}"))
        .body;
  }

 private:
  std::string AddOrganization(const std::string& name) {
    return admin
        .Must("zitadel.org.v2.OrganizationService/AddOrganization",
              absl::StrCat(R"({"name":")", name, "\"}"))
        .Text("organizationId");
  }
  std::string AddPerson(const std::string& organization, const std::string& name) {
    return gateway::AddPerson(admin, organization, name);
  }
  void Set(const std::string& resource, const std::string& user, const std::string& role) {
    admin.Must(Permissions("CreateAdministrator"),
               absl::StrCat(R"({"userId":")", user, R"(","resource":{)", resource,
                            R"(},"roles":[")", role, "\"]}"));
  }

  const DataDir data_;
  Server server_;

 public:
  const JsonClient admin;
  std::string mia, otto, project;
};

constexpr char kShop[] = R"("oidcConfiguration":{"redirectUris":["https://shop.example/in"]})";
constexpr char kStock[] =
    R"("apiConfiguration":{"authMethodType":"API_AUTH_METHOD_TYPE_PRIVATE_KEY_JWT"})";

TEST_CASE("a secret is told once, and to nobody later by whatever way") {
  Platform platform;
  const JsonClient mia = platform.SignIn(platform.mia);
  const Struct made =
      mia.Must(Applications("CreateApplication"), platform.New("Shop", kShop)).Json();
  const std::string id = At(made, "applicationId");
  const std::string secret = At(made, "oidcConfiguration.clientSecret");
  CHECK(secret.size() == 64);
  const std::string next =
      mia.Must(Applications("GenerateClientSecret"), platform.Of(id)).Text("clientSecret");
  CHECK(next.size() == 64);
  CHECK(next != secret);
  for (const JsonClient* client : {&mia, &platform.admin}) {
    for (const std::string& told :
         {client->Must(Applications("GetApplication"),
                       absl::StrCat(R"({"applicationId":")", id, "\"}")).body,
          client->Must(Applications("ListApplications"), "{}").body}) {
      CHECK(absl::StrContains(told, At(made, "oidcConfiguration.clientId")));
      CHECK_FALSE(absl::StrContains(told, secret));
      CHECK_FALSE(absl::StrContains(told, next));
      CHECK_FALSE(absl::StrContains(told, "ecret"));
    }
  }
  const std::string events = platform.Events();
  CHECK(absl::StrContains(events, "\"project.application.config.oidc.secret.changed\""));
  CHECK_FALSE(absl::StrContains(events, secret));
  CHECK_FALSE(absl::StrContains(events, "secretHash"));
}

TEST_CASE("applications are the project's business, and no granted organization's") {
  Platform platform;
  const JsonClient mia = platform.SignIn(platform.mia), otto = platform.SignIn(platform.otto);
  const std::string id =
      mia.Must(Applications("CreateApplication"), platform.New("Stock", kStock))
          .Text("applicationId");
  const std::string key =
      mia.Must(Applications("CreateApplicationKey"), platform.Of(id)).Text("keyId");
  const std::string one = absl::StrCat(R"({"applicationId":")", id, "\"}");
  const std::string one_key = absl::StrCat(R"({"keyId":")", key, "\"}");
  for (const JsonClient* client : {&mia, &platform.admin}) {
    CHECK(platform.Total(*client, "ListApplications") == "1");
    CHECK(platform.Total(*client, "ListApplicationKeys") == "1");
    CHECK(client->Call(Applications("GetApplication"), one).code == 200);
    CHECK(client->Call(Applications("GetApplicationKey"), one_key).code == 200);
  }
  CHECK(platform.Total(otto, "ListApplications") == "0");
  CHECK(platform.Total(otto, "ListApplicationKeys") == "0");
  CHECK(otto.Call(Applications("GetApplication"), one).code == 404);
  CHECK(otto.Call(Applications("GetApplicationKey"), one_key).code == 404);
  CHECK(otto.Call(Applications("CreateApplication"), platform.New("Own", kShop)).code == 404);
  CHECK(otto.Call(Applications("CreateApplicationKey"), platform.Of(id)).code == 404);
  CHECK(otto.Call(Applications("DeleteApplication"), platform.Of(id)).code == 404);
  // Whoever is not served yet is told so by name.
  const auto saml = mia.Call(Applications("CreateApplication"),
                             platform.New("Old", R"("samlConfiguration":{"metadataUrl":"a"})"));
  CHECK(saml.code == 501);
  CHECK(absl::StrContains(saml.body, "saml_configuration"));
  CHECK(mia.Call(Applications("ListApplications"),
                 R"({"filters":[{"entityIdFilter":{"entityId":"a"}}]})").code == 501);
  // Her office over the project was all that she had.
  platform.admin.Must(Permissions("DeleteAdministrator"),
                      absl::StrCat(R"({"userId":")", platform.mia,
                                   R"(","resource":{"projectId":")", platform.project, "\"}}"));
  CHECK(platform.Total(mia, "ListApplications") == "0");
  CHECK(mia.Call(Applications("GetApplication"), one).code == 404);
  CHECK(mia.Call(Applications("GenerateClientSecret"), platform.Of(id)).code == 404);
}

TEST_CASE("with a project go its applications and their keys, at once for all, and are swept") {
  Platform platform;
  const JsonClient mia = platform.SignIn(platform.mia);
  mia.Must(Applications("CreateApplication"), platform.New("Shop", kShop));
  const std::string id =
      mia.Must(Applications("CreateApplication"), platform.New("Stock", kStock))
          .Text("applicationId");
  const std::string key =
      mia.Must(Applications("CreateApplicationKey"), platform.Of(id)).Text("keyId");
  mia.Must("zitadel.project.v2.ProjectService/DeleteProject",
           absl::StrCat(R"({"projectId":")", platform.project, "\"}"));
  const auto gone = [&] {
    for (const JsonClient* client : {&mia, &platform.admin}) {
      CHECK(platform.Total(*client, "ListApplications") == "0");
      CHECK(platform.Total(*client, "ListApplicationKeys") == "0");
      CHECK(client->Call(Applications("GetApplication"),
                         absl::StrCat(R"({"applicationId":")", id, "\"}")).code == 404);
      CHECK(client->Call(Applications("GetApplicationKey"),
                         absl::StrCat(R"({"keyId":")", key, "\"}")).code == 404);
      CHECK(client->Call(Applications("GenerateClientSecret"), platform.Of(id)).code == 404);
    }
  };
  gone();
  Await([&] { return absl::StrContains(platform.Events(), "\"project.swept\""); });
  gone();
  CHECK(absl::StrContains(platform.Events(), "\"project.application.removed\""));
}

}  // namespace
}  // namespace muniment::gateway
