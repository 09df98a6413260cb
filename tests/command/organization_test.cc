#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/org/default_domain.h"
#include "muniment/event/v1/member.pb.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using event::v1::MemberAdded;
using event::v1::OrgDomainAdded;
using zitadel::org::v2::AddOrganizationResponse;

const std::string kEve =
    "human { user_id: 'eve' profile { given_name: 'Eve' family_name: 'A' } "
    "email { email: 'eve@example.org' } } ";

Strings WithDomain(const std::string& id, Strings rest) {
  Strings events = {"org.added " + id, "org.domain.added " + id, "org.domain.verified " + id,
                    "org.domain.primary.set " + id};
  events.insert(events.end(), rest.begin(), rest.end());
  return events;
}

TEST_CASE("who creates an organization owns it unless he names others") {
  Given given;
  const Then then = given.When("maker", "AddOrganization", "name: 'The Shop, Inc.'");
  REQUIRE(then.ok());
  const auto& response = then.response<AddOrganizationResponse>();
  const std::string& id = response.organization_id();
  CHECK(then.events == WithDomain(id, {"org.member.added " + id}));
  CHECK(then.fact<OrgDomainAdded>(1).domain() == "the-shop-inc.example.test");
  CHECK(then.fact<MemberAdded>(4).user_id() == "maker");
  CHECK(then.fact<MemberAdded>(4).role(0) == "ORG_OWNER");
  CHECK(response.details().resource_owner() == id);
  CHECK(response.created_admins().empty());
}

TEST_CASE("administrators are users who stand, and people made with the organization") {
  Given given;
  const Then then = given.When(
      "root", "AddOrganization",
      "name: 'Shop' organization_id: 'shop' admins { user_id: 'bob' roles: 'ORG_USER_MANAGER' } "
      "admins { " +
          kEve + "}");
  CHECK(then.events == WithDomain("shop", {"org.member.added shop", "user.human.added eve",
                                           "user.human.email.code.added eve",
                                           "org.member.added shop"}));
  CHECK(then.fact<MemberAdded>(4).role(0) == "ORG_USER_MANAGER");
  CHECK(then.fact<event::v1::HumanAdded>(5).organization_id() == "shop");
  CHECK(then.facts[5].meta.owner == "shop");
  CHECK(then.fact<MemberAdded>(7).user_id() == "eve");
  const auto& response = then.response<AddOrganizationResponse>();
  REQUIRE(response.created_admins_size() == 1);
  CHECK(response.created_admins(0).user_id() == "eve");
}

TEST_CASE("what is wrong with a new organization is refused by name, and nothing is stored") {
  Given given;
  const std::string shop = "name: 'Shop' ";
  std::string crowd;
  for (int i = 0; i < 21; ++i) absl::StrAppend(&crowd, "admins { user_id: 'u", i, "' } ");
  struct Case {
    std::string request, reason;
  };
  for (const Case& each : std::vector<Case>{
           {"name: '  '", "request.name.not_name"},
           {"name: 'a\\nb'", "request.name.not_name"},
           {"name: ''", "request.name.required"},
           {"name: 'ＡＣＭＥ'", "org.name_taken"},
           {shop + "organization_id: 'a' org_id: 'b'", "org.id_conflict"},
           {shop + "organization_id: 'acme'", "org.already_exists"},
           {shop + "organization_id: '/2/2/x'", "request.organization_id.not_id"},
           {shop + "admins {}", "org.admin_missing"},
           {shop + "admins { user_id: 'nobody' }", "user.not_found"},
           {shop + "admins { user_id: 'bob' } admins { user_id: 'bob' }", "org.admin_repeated"},
           {shop + "admins { user_id: 'bob' roles: 'IAM_OWNER' }", "member.role_misplaced"},
           {shop + "admins { user_id: 'bob' roles: 'KING' }", "member.role_unknown"},
           {shop + "admins { human { user_id: 'bob' profile { given_name: 'a' family_name: 'b' } "
                   "email { email: 'a@example.org' } } }",
            "user.already_exists"},
           {shop + "admins { human { profile { given_name: 'a' family_name: 'b' } "
                   "email { email: 'a@example.org' } password { password: 'x' } } }",
            "password.too_short"},
           {shop + crowd, "org.too_many_admins"},
       }) {
    INFO(each.request);
    const Then then = given.When("root", "AddOrganization", each.request);
    CHECK(then.reason == each.reason);
    CHECK(then.events.empty());
  }
  CHECK(given.When("ann", "AddOrganization", shop).code == absl::StatusCode::kPermissionDenied);
}

TEST_CASE("an organization's id that is taken is told as taken, whosever it is") {
  Given given;
  const std::string shop = "name: 'Shop' organization_id: ";
  const Then own = given.When("maker", "AddOrganization", shop + "'home'");
  CHECK(own.reason == "org.already_exists");
  CHECK(given.When("maker", "AddOrganization", shop + "'acme'").status == own.status);
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'acme'").ok());
  CHECK(given.When("maker", "AddOrganization", shop + "'acme'").status == own.status);
}

TEST_CASE("an organization is renamed, and its own domain follows") {
  Given given;
  const Then then =
      given.When("ann", "UpdateOrganization", "organization_id: 'acme' name: 'Acme Two'");
  CHECK(then.events == Strings{"org.changed acme", "org.domain.added acme",
                               "org.domain.verified acme", "org.domain.primary.set acme",
                               "org.domain.removed acme"});
  CHECK(then.fact<OrgDomainAdded>(1).domain() == "acme-two.example.test");
  CHECK(given.When("ann", "UpdateOrganization", "organization_id: 'acme' name: 'Acme Two'")
            .events.empty());
  CHECK(
      given.When("ann", "UpdateOrganization", "organization_id: 'acme' name: 'ACME two'").events ==
      Strings{"org.changed acme"});
  CHECK(given.When("ann", "UpdateOrganization", "organization_id: 'acme' name: 'hOme'").reason ==
        "org.name_taken");
  CHECK(given.When("ann", "UpdateOrganization", "organization_id: 'acme' name: ' '").reason ==
        "request.name.not_name");
  CHECK(given.When("root", "AddOrganization", "name: 'Acme'").ok());
  CHECK(given.When("bob", "UpdateOrganization", "organization_id: 'acme' name: 'x'").reason ==
        "org.not_found");
}

TEST_CASE("names of one label get domains of their own") {
  Given given;
  const Then then =
      given.When("root", "AddOrganization", "name: 'A.c.m.e' organization_id: 'other'");
  REQUIRE(then.ok());
  CHECK(then.fact<OrgDomainAdded>(1).domain() == "acme-other.example.test");
  const Then renamed =
      given.When("root", "UpdateOrganization", "organization_id: 'other' name: '!!!'");
  CHECK(renamed.fact<OrgDomainAdded>(1).domain() == "other.example.test");
  CHECK(renamed.fact<event::v1::OrgDomainRemoved>(4).domain() == "acme-other.example.test");
}

TEST_CASE("an organization rests and works again, each once") {
  Given given;
  const std::string acme = "organization_id: 'acme'";
  CHECK(given.When("root", "ActivateOrganization", acme).reason == "org.not_inactive");
  CHECK(given.When("ann", "DeactivateOrganization", acme).events ==
        Strings{"org.deactivated acme"});
  CHECK(given.When("ann", "ActivateOrganization", acme).reason == "auth.token_invalid");
  CHECK(given.When("root", "DeactivateOrganization", acme).reason == "org.already_inactive");
  CHECK(given.When("root", "ActivateOrganization", acme).events == Strings{"org.reactivated acme"});
}

TEST_CASE("with an organization end its name, its domains and all authority in it") {
  Given given;
  const std::string acme = "organization_id: 'acme'";
  REQUIRE(given.When("ann", "SetOrganizationMetadata", acme + "metadata { key: 'a' }").ok());
  CHECK(given.When("ann", "DeleteOrganization", acme).events ==
        Strings{"org.removed acme", "org.domain.removed acme", "org.metadata.removed.all acme"});
  CHECK(given.When("root", "DeleteOrganization", acme).reason == "org.not_found");
  CHECK(given.When("ann", "UpdateUser", "user_id: 'ann' human { profile { nick_name: 'a' } }")
            .reason == "auth.token_invalid");
  CHECK(given.When("root", "LockUser", "user_id: 'bob'").reason == "user.not_found");
  CHECK(given.When("root", "AddOrganization", "name: 'Acme' organization_id: 'acme'").reason ==
        "org.already_exists");
  const Then again = given.When("root", "AddOrganization", "name: 'Acme'");
  REQUIRE(again.ok());
  CHECK(again.fact<OrgDomainAdded>(1).domain() == "acme.example.test");
}

TEST_CASE("the default organization stays") {
  Given given;
  const Then then = given.When("root", "DeleteOrganization", "organization_id: 'home'");
  CHECK(then.reason == "org.is_default");
  CHECK(then.code == absl::StatusCode::kFailedPrecondition);
  CHECK(then.events.empty());
}

TEST_CASE("of two organizations that race for one name one gets it") {
  Given given;
  const std::vector<Then> thens =
      given.Race("root", "AddOrganization",
                 {"name: 'Twin' organization_id: 't1'", "name: 'ＴＷＩＮ' organization_id: 't2'"});
  CHECK(thens[0].ok() != thens[1].ok());
  CHECK((thens[0].ok() ? thens[1] : thens[0]).code == absl::StatusCode::kAlreadyExists);
}

TEST_CASE("a default domain is the name's label, told apart by the id where it must be") {
  CHECK(DefaultDomain("Acme", "17", "localhost", false) == "acme.localhost");
  CHECK(DefaultDomain("Acme", "17", "localhost", true) == "acme-17.localhost");
  CHECK(DefaultDomain("***", "17", "localhost", false) == "17.localhost");
  CHECK(DefaultDomain("***", "17", "localhost", true) == "17.localhost");
  CHECK(DefaultDomain("***", "+", "localhost", false).empty());
  CHECK(DefaultDomain("Acme", "17", "", false).empty());
  const std::string letters(42, 'a');
  const std::string id = "123456789012345678";
  CHECK(DefaultDomain(absl::StrCat(letters, "é"), id, "x", true) ==
        absl::StrCat(letters, "-", id, ".x"));
}

TEST_CASE("another organization becomes the default one while it is active") {
  Given given;
  const auto set = [&](const std::string& caller, const std::string& org) {
    return given.When(caller, "SetDefaultOrg", absl::StrCat("org_id: '", org, "'"));
  };
  CHECK(set("root", "home").events.empty());
  CHECK(set("root", "none").reason == "org.not_found");
  for (const char* caller : {"maker", "ann", "bob"}) {
    CHECK(set(caller, "acme").reason == "auth.permission_denied");
  }
  REQUIRE(given.When("root", "DeactivateOrganization", "organization_id: 'acme'").ok());
  CHECK(set("root", "acme").reason == "org.not_active");
  REQUIRE(given.When("root", "ActivateOrganization", "organization_id: 'acme'").ok());
  CHECK(set("root", "acme").events == Strings{"instance.default.org.set 1"});
  CHECK(given.When("root", "DeleteOrganization", "organization_id: 'acme'").reason ==
        "org.is_default");
}

}  // namespace
}  // namespace muniment::command
