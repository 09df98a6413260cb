// A domain is added, proved by a record of a real name server, and takes the names of others that
// end in it: over the wire, on a node that serves.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "gateway/outbound.h"
#include "tests/gateway/dns_server.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/served_node.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Struct;

constexpr char kOrgs[] = "zitadel.org.v2.OrganizationService/";
constexpr char kUsers[] = "zitadel.user.v2.UserService/";

struct World {
  World()
      : server(*data.Load({{"DNS.Servers", dns.address()}})),
        admin(server.node().port(), data.token()) {
    REQUIRE(server.node()
                .RunOnFirstInstance(
                    {.name = "test"},
                    [](command::Unit& unit) -> absl::Status {
                      ASSIGN_OR_RETURN(const auto policy, unit.LoadAny<command::DomainPolicy>(
                                                              command::InstanceScope()));
                      event::v1::DomainPolicyChanged changed;
                      changed.mutable_policy()->set_validate_org_domains(true);
                      unit.Raise(policy, std::move(changed));
                      return absl::OkStatus();
                    })
                .ok());
  }
  std::string AddOrganization(const std::string& name) {
    return admin.Must(absl::StrCat(kOrgs, "AddOrganization"),
                      absl::StrCat(R"({"name": ")", name, R"("})"))
        .Text("organizationId");
  }
  std::string AddPerson(const std::string& org, const std::string& name,
                        const std::string& email) {
    return admin
        .Must(absl::StrCat(kUsers, "CreateUser"),
              absl::StrCat(R"({"organizationId": ")", org, R"(", "username": ")", name,
                           R"(", "human": {"profile": {"givenName": "Ada", "familyName": "L"}, )",
                           R"("email": {"email": ")", email, R"(", "isVerified": true}}})"))
        .Text("id");
  }
  JsonClient::Reply Call(const char* method, const std::string& org, const std::string& domain,
                         const std::string& more = "") {
    return admin.Call(absl::StrCat(kOrgs, method),
                      absl::StrCat(R"({"organizationId": ")", org, R"(", "domain": ")", domain,
                                   "\"", more, "}"));
  }
  // The domains that a list answers with.
  std::vector<Struct> List(const std::string& org, const std::string& more = "") {
    const auto reply =
        admin.Must(absl::StrCat(kOrgs, "ListOrganizationDomains"),
                   absl::StrCat(R"({"organizationId": ")", org, "\"", more, "}"));
    std::vector<Struct> domains;
    const Struct json = reply.Json();
    const auto found = json.fields().find("domains");
    if (found == json.fields().end()) return domains;
    for (const auto& each : found->second.list_value().values()) {
      domains.push_back(each.struct_value());
    }
    return domains;
  }
  std::string UsernameOf(const std::string& user) {
    const auto reply = admin.Must(absl::StrCat(kUsers, "GetUserByID"),
                                  absl::StrCat(R"({"userId": ")", user, R"("})"));
    return reply.Json().fields().at("user").struct_value().fields().at("username").string_value();
  }
  // Of the newest message of that kind, once it is there: its text for people.
  std::string Mailed(const std::string& kind, const std::string& field) {
    const Outbound browser({.allowed = *net::Networks::Parse({"127.0.0.1"})});
    for (int i = 0; i < 3000; ++i) {
      const auto page = browser.Send({.url = absl::StrCat(
          "http://127.0.0.1:", server.node().port(), "/debug/mail/messages.json")});
      REQUIRE(page.ok());
      Struct box;
      REQUIRE(google::protobuf::util::JsonStringToMessage(page->body, &box).ok());
      for (const auto& kept : box.fields().at("messages").list_value().values()) {
        const auto& fields = kept.struct_value().fields();
        if (fields.at("message").string_value() == kind) return fields.at(field).string_value();
      }
      absl::SleepFor(absl::Milliseconds(10));
    }
    FAIL("no message " << kind);
    return "";
  }

  DnsServer dns;
  const DataDir data;
  Server server;
  const JsonClient admin;
};

std::string Text(const Struct& domain, const char* field) {
  const auto found = domain.fields().find(field);
  return found == domain.fields().end() ? "" : found->second.string_value();
}

bool Is(const Struct& domain, const char* field) {
  const auto found = domain.fields().find(field);
  return found != domain.fields().end() && found->second.bool_value();
}

TEST_CASE("a domain that its record proves takes the names of others, who are told") {
  World world;
  const std::string acme = world.AddOrganization("Acme");
  const std::string other = world.AddOrganization("Other");
  const std::string ada = world.AddPerson(other, "ada@acme.test", "ada@elsewhere.test");
  const std::string eve = world.AddPerson(other, "eve@elsewhere.test", "eve@elsewhere.test");
  const std::string own = world.AddPerson(acme, "own@acme.test", "own@elsewhere.test");
  REQUIRE(world.Call("AddOrganizationDomain", acme, "Acme.TEST").code == 200);
  CHECK(world.Call("AddOrganizationDomain", acme, "acme.test").code == 409);

  const auto asked = world.Call("GenerateOrganizationDomainValidation", acme, "acme.test",
                                R"(, "type": "DOMAIN_VALIDATION_TYPE_DNS")");
  REQUIRE(asked.code == 200);
  CHECK(asked.Text("url") == "_zitadel-challenge.acme.test");
  auto missing = world.Call("VerifyOrganizationDomain", acme, "acme.test");
  CHECK(missing.code == 400);
  CHECK(absl::StrContains(missing.body, "The token was not found"));
  CHECK(world.UsernameOf(ada) == "ada@acme.test");

  world.dns.Txt("_zitadel-challenge.acme.test", {asked.Text("token")});
  const auto proved = world.Call("VerifyOrganizationDomain", acme, "acme.test");
  INFO(proved.body);
  REQUIRE(proved.code == 200);
  CHECK(proved.Text("changeDate") != "");
  CHECK(world.Mailed("DomainClaimed", "to") == "ada@elsewhere.test");
  CHECK(world.UsernameOf(ada) == absl::StrCat(ada, "@temporary.localhost"));
  CHECK(world.UsernameOf(eve) == "eve@elsewhere.test");
  CHECK(world.UsernameOf(own) == "own@acme.test");
  // The name is free for those whose domain it is.
  CHECK(world.AddPerson(acme, "ada@acme.test", "ada.two@elsewhere.test") != "");
  const auto events = world.admin.Must("zitadel.admin.v1.AdminService/ListEvents",
                                       R"({"limit": 100})");
  for (const char* type : {"org.domain.verification.failed", "user.domain.claimed"}) {
    CHECK(absl::StrContains(events.body, type));
  }
  CHECK_FALSE(absl::StrContains(events.body, asked.Text("token")));
}

TEST_CASE("an organization's domains are listed as they stand") {
  World world;
  const std::string acme = world.AddOrganization("Acme");
  for (const char* domain : {"b.test", "a.test", "c.example"}) {
    REQUIRE(world.Call("AddOrganizationDomain", acme, domain).code == 200);
  }
  REQUIRE(world.Call("GenerateOrganizationDomainValidation", acme, "a.test",
                     R"(, "type": "DOMAIN_VALIDATION_TYPE_HTTP")")
              .code == 200);
  const std::string by_name =
      R"(, "sortingColumn": "DOMAIN_FIELD_NAME_NAME", "pagination": {"asc": true})";
  std::vector<Struct> listed = world.List(acme, by_name);
  REQUIRE(listed.size() == 4);
  CHECK(Text(listed[0], "domain") == "a.test");
  CHECK(Text(listed[0], "validationType") == "DOMAIN_VALIDATION_TYPE_HTTP");
  CHECK(Text(listed[0], "organizationId") == acme);
  CHECK_FALSE(Is(listed[0], "isVerified"));
  CHECK(Text(listed[1], "domain") == "acme.localhost");
  CHECK(Is(listed[1], "isVerified"));
  CHECK(Is(listed[1], "isPrimary"));
  CHECK(Text(listed[1], "validationType") == "");
  CHECK(Text(listed[3], "domain") == "c.example");

  // By creation, newest first.
  CHECK(Text(world.List(acme)[0], "domain") == "c.example");
  const auto filtered = [&](const std::string& text, const std::string& method) {
    return world
        .List(acme, absl::StrCat(R"(, "filters": [{"domainFilter": {"domain": ")", text,
                                 R"(", "method": "TEXT_QUERY_METHOD_)", method, R"("}}])"))
        .size();
  };
  CHECK(filtered(".test", "ENDS_WITH") == 2);
  CHECK(filtered("A.TEST", "EQUALS_IGNORE_CASE") == 1);
  CHECK(filtered("a.tes", "EQUALS") == 0);
  REQUIRE(world.Call("DeleteOrganizationDomain", acme, "b.test").code == 200);
  CHECK(filtered(".test", "ENDS_WITH") == 1);
  // Another organization's are not among them.
  const std::string other = world.AddOrganization("Other");
  CHECK(world.List(other).size() == 1);
  CHECK(world.admin.Call(absl::StrCat(kOrgs, "ListOrganizationDomains"),
                         R"({"organizationId": "nowhere"})").code == 404);
}

}  // namespace
}  // namespace muniment::gateway
