// Whose name it is that somebody types, where an application asks for one organization: where names end
// with its domain they are typed without it, and where others may have them too they are its people's.
#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/redirect.h"
#include "command/policy/settings.h"
#include "gateway/browser.h"
#include "gateway/people.h"
#include "gateway/served_node.h"
#include "tests/gateway/json_client.h"

namespace muniment::gateway {
namespace {

constexpr char kCallback[] = "https://app.example/callback";
constexpr char kNamePage[] = "/ui/v2/login/login";
constexpr char kPasswordPage[] = "/ui/v2/login/password";

absl::Status NamesEndWithDomains(command::Unit& unit) {
  ASSIGN_OR_RETURN(const auto policy,
                   unit.LoadAny<command::DomainPolicy>(command::InstanceScope()));
  event::v1::DomainPolicyChanged changed;
  changed.mutable_policy()->set_user_login_must_be_domain(true);
  unit.Raise(policy, std::move(changed));
  return absl::OkStatus();
}

struct World {
  explicit World(bool with_domains = true)
      : server(*data.Load()), admin(server.node().port(), data.token()) {
    if (with_domains) {
      REQUIRE(server.node().RunOnFirstInstance({.name = "test"}, &NamesEndWithDomains).ok());
    }
    organization = AddOrganization("Acme");
    domain = "acme.localhost";
    AddPerson(admin, organization, "ada");
    const std::string project =
        admin.Must("zitadel.project.v2.ProjectService/CreateProject",
                   absl::StrCat(R"({"organizationId":")", organization, R"(","name":"Shop"})"))
            .Text("projectId");
    const auto made = admin.Must(
        "zitadel.application.v2.ApplicationService/CreateApplication",
        absl::StrCat(R"({"projectId":")", project, R"(","name":"Shop","oidcConfiguration":)",
                     R"({"redirectUris":[")", kCallback,
                     R"("],"responseTypes":["OIDC_RESPONSE_TYPE_CODE"],"grantTypes":)",
                     R"(["OIDC_GRANT_TYPE_AUTHORIZATION_CODE"]}})"));
    client_id = Browser::Between(made.body, "\"clientId\":\"", "\"");
  }

  std::string AddOrganization(const std::string& name) const {
    return admin
        .Must("zitadel.org.v2.OrganizationService/AddOrganization",
              absl::StrCat(R"({"name":")", name, "\"}"))
        .Text("organizationId");
  }
  // Names of its users are unique in it from then on.
  void ScopeNames() const {
    const std::string acme = absl::StrCat(R"({"organizationId":")", organization, "\"");
    admin.Must("zitadel.settings.v2.SettingsService/SetOrganizationSettings",
               absl::StrCat(acme, R"(,"organizationScopedUsernames":true})"));
    for (int i = 0; i < 3000; ++i) {
      const auto told = admin.Must("muniment.api.policy.v1.NameService/GetNameScope", acme + "}");
      if (absl::StrContains(told.body, "NAME_MOVE_STATE_DONE")) return;
      absl::SleepFor(absl::Milliseconds(10));
    }
    FAIL("the names do not arrive");
  }

  // The page for the name, as an application sends people to it.
  std::string Arrive(Browser& browser, const std::string& scope, const std::string& hint = "") {
    const std::string sent = browser.Get(absl::StrCat(
        "/oauth/v2/authorize?", FormEncode({{"client_id", client_id},
                                            {"redirect_uri", kCallback},
                                            {"response_type", "code"},
                                            {"scope", scope},
                                            {"login_hint", hint}})));
    const std::string at = Browser::Between(sent, "\r\nlocation: ", "\r\n");
    return browser.Get(at.substr(at.find("/ui/v2")));
  }
  // The answer to the password, for a name that is typed.
  std::string SignIn(Browser& browser, const std::string& page, const std::string& name) {
    const std::string flow = Browser::Between(page, "name=\"flow\" value=\"", "\"");
    const std::string named =
        browser.Post(kNamePage, FormEncode({{"flow", flow}, {"login_name", name}}));
    return browser.Post(kPasswordPage,
                        FormEncode({{"flow", Browser::Between(named, "password?flow=", "\r\n")},
                                    {"password", kPassword}}));
  }

  const DataDir data;
  Server server;
  const JsonClient admin;
  std::string organization, domain, client_id;
};

TEST_CASE("a name is completed by the domain that an application asks for, and by no other") {
  World world;
  const std::string asks = absl::StrCat("openid urn:zitadel:iam:org:domain:primary:", world.domain);
  const std::string shown = absl::StrCat("@", world.domain);
  for (const std::string name : {"ada", "ada@acme.localhost", " ADA "}) {
    INFO(name);
    Browser browser(world.server.node().port());
    const std::string page = world.Arrive(browser, asks);
    CHECK(absl::StrContains(page, shown));
    CHECK(absl::StrContains(world.SignIn(browser, page, name), kCallback));
  }
  Browser hinted(world.server.node().port());
  CHECK(absl::StrContains(world.Arrive(hinted, asks, "ada"), "value=\"ada@acme.localhost\""));
  // Asked for nothing, a name is what is typed.
  Browser other(world.server.node().port());
  const std::string page = world.Arrive(other, "openid");
  CHECK_FALSE(absl::StrContains(page, shown));
  CHECK_FALSE(absl::StrContains(world.SignIn(other, page, "ada"), kCallback));
}

TEST_CASE("a name that two organizations have is one's for an application that asks for that one") {
  World world(/*with_domains=*/false);
  world.ScopeNames();
  const std::string other = world.AddOrganization("Other");
  AddPerson(world.admin, other, "ada");
  const std::string asks = "openid urn:zitadel:iam:org:id:";
  for (const std::string& organization : {world.organization, other}) {
    Browser browser(world.server.node().port());
    const std::string page = world.Arrive(browser, asks + organization);
    CHECK(absl::StrContains(world.SignIn(browser, page, "ada"), kCallback));
  }
  Browser nobody(world.server.node().port());
  const std::string page = world.Arrive(nobody, "openid");
  CHECK_FALSE(absl::StrContains(world.SignIn(nobody, page, "ada"), kCallback));
}

}  // namespace
}  // namespace muniment::gateway
