// What people are asked to agree to, and who may say that they did.
#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/timestamp.h"
#include "command/consent/consents.h"
#include "command/policy/settings.h"
#include "muniment/api/consent/v1/consent_service.pb.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using muniment::api::consent::v1::RecordConsentResponse;

std::string Terms(const std::string& version, const std::string& more = "") {
  return absl::StrCat("documents { kind: CONSENT_KIND_TERMS version: '", version,
                      "' url: 'https://example.org/{{.Lang}}/terms' ", more, " } ");
}
std::string Privacy(const std::string& version) {
  return absl::StrCat("documents { kind: CONSENT_KIND_PRIVACY version: '", version,
                      "' url: 'https://example.org/privacy' } ");
}
std::string Agreed(const std::string& version, const std::string& user = "bob",
                   const std::string& kind = "TERMS") {
  return absl::StrCat("user_id: '", user, "' kind: CONSENT_KIND_", kind, " version: '", version,
                      "' language: 'DE-ch'");
}
std::string ForAcme(const std::string& documents) {
  return "organization_id: 'acme' " + documents;
}

// Everybody is asked for version 1 of the terms; robot signs people in.
struct World : Given {
  World() {
    Member(InstanceScope(), "robot", {"IAM_LOGIN_CLIENT"});
    REQUIRE(When("root", "SetInstanceConsentDocuments", Terms("1")).events ==
            Strings{"instance.policy.consent.changed 1"});
  }
};

TEST_CASE("a person agrees to a version, in a language, at a time") {
  World given;
  const Then agreed = given.When("bob", "RecordConsent", Agreed("1"));
  REQUIRE(agreed.events == Strings{"user.consent.given bob"});
  const auto& fact = agreed.fact<event::v1::ConsentGiven>(0);
  CHECK(fact.kind() == event::v1::CONSENT_KIND_TERMS);
  CHECK(fact.version() == "1");
  CHECK(fact.language() == "de-CH");
  CHECK(fact.reported_by().empty());
  CHECK(ToTime(fact.given_at()) == given.clock.Now());

  given.clock.Advance(absl::Hours(1));
  const Then again = given.When("bob", "RecordConsent", Agreed("1"));
  CHECK(again.ok());
  CHECK(again.events.empty());
  CHECK(ToTime(again.response<RecordConsentResponse>().given_at()) ==
        ToTime(fact.given_at()));
}

TEST_CASE("a login client says that a person agreed, and it stands as reported; no manager does") {
  World given;
  const Then reported = given.When("robot", "RecordConsent", Agreed("1"));
  REQUIRE(reported.ok());
  CHECK(reported.fact<event::v1::ConsentGiven>(0).reported_by() == "robot");
  for (const char* other : {"root", "maker", "ann", "clerk"}) {
    const Then then = given.When(other, "RecordConsent", Agreed("1"));
    CHECK(then.reason == "user.not_found");
    CHECK(then.events.empty());
  }
  CHECK(given.When("anonymous", "RecordConsent", Agreed("1")).reason == "auth.required");
  CHECK(given.When("bob", "RecordConsent", Agreed("1", "ann")).reason == "user.not_found");
}

TEST_CASE("what is agreed to is what is asked") {
  World given;
  for (const std::string& other : {Agreed("2"), Agreed(" 1"), Agreed("1", "bob", "PRIVACY")}) {
    CHECK(given.When("bob", "RecordConsent", other).reason == "consent.version_not_current");
  }
  REQUIRE(given.When("root", "SetInstanceConsentDocuments", Terms("2")).ok());
  // He was shown the text that stood before.
  CHECK(given.When("bob", "RecordConsent", Agreed("1")).reason == "consent.version_not_current");
  CHECK(given.When("bob", "RecordConsent", Agreed("2")).ok());
  CHECK(given.When("bob", "RecordConsent", Agreed("2") + " language: 'no language'").reason ==
        "language.invalid");
  CHECK(given.When("bob", "RecordConsent", Agreed("2") + " kind: CONSENT_KIND_UNSPECIFIED").code ==
        absl::StatusCode::kInvalidArgument);
  CHECK(given.When("robot", "RecordConsent", Agreed("2", "clerk")).reason == "user.not_human");
  CHECK(given.When("robot", "RecordConsent", Agreed("2", "nobody")).reason == "user.not_found");
  REQUIRE(given.When("root", "LockUser", "user_id: 'ann'").ok());
  CHECK(given.When("robot", "RecordConsent", Agreed("2", "ann")).reason == "user.locked");
}

TEST_CASE("one consent given many times at once is one event") {
  World given;
  const auto thens = given.Race("robot", "RecordConsent", Strings(8, Agreed("1")));
  CHECK(std::all_of(thens.begin(), thens.end(), [](const Then& then) { return then.ok(); }));
  CHECK(thens[0].events == Strings{"user.consent.given bob"});
}

TEST_CASE("an organization's documents stand for all of the instance's, until they are reset") {
  World given;
  CHECK(given.When("ann", "ResetOrganizationConsentDocuments", ForAcme("")).reason ==
        "policy.consent.is_default");
  REQUIRE(given.When("ann", "SetOrganizationConsentDocuments", ForAcme(Privacy("7"))).events ==
          Strings{"org.policy.consent.added acme"});
  CHECK(given.When("bob", "RecordConsent", Agreed("1")).reason == "consent.version_not_current");
  CHECK(given.When("bob", "RecordConsent", Agreed("7", "bob", "PRIVACY")).ok());
  CHECK(given.When("ann", "SetOrganizationConsentDocuments", ForAcme(Privacy("7"))).events.empty());
  CHECK(given.When("ann", "ResetOrganizationConsentDocuments", ForAcme("")).events ==
        Strings{"org.policy.consent.removed acme"});
  CHECK(given.When("bob", "RecordConsent", Agreed("1")).ok());
  for (const char* other : {"bob", "clerk", "robot"}) {
    CHECK(given.When(other, "SetOrganizationConsentDocuments", ForAcme(Terms("9"))).reason ==
          "org.not_found");
    CHECK(given.When(other, "SetInstanceConsentDocuments", Terms("9")).reason ==
          "auth.permission_denied");
  }
  CHECK(given.When("ann", "SetInstanceConsentDocuments", Terms("9")).reason ==
        "auth.permission_denied");
}

TEST_CASE("a version is due since it came, or when it is said, and keeps that") {
  World given;
  const auto since = [](const Then& then) {
    return then.fact<event::v1::ConsentPolicyChanged>(0).policy().document(0).since().seconds();
  };
  const int64_t now = absl::ToUnixSeconds(given.clock.Now());
  given.clock.Advance(absl::Hours(1));
  const Then second =
      given.When("root", "SetInstanceConsentDocuments", Terms("1") + Privacy("1"));
  CHECK(since(second) == now);
  const auto& both = second.fact<event::v1::ConsentPolicyChanged>(0).policy();
  CHECK(both.document(1).since().seconds() == now + 3600);
  const Then later =
      given.When("root", "SetInstanceConsentDocuments", Terms("2", "since { seconds: 4000000000 }"));
  CHECK(since(later) == 4000000000);
}

TEST_CASE("documents that nobody could read or tell apart are refused") {
  World given;
  const auto set = [&](const std::string& documents) {
    return given.When("root", "SetInstanceConsentDocuments", documents).reason;
  };
  CHECK(set(Terms("1") + Terms("2")) == "consent.kind_repeated");
  CHECK(set(Terms("2", "url: 'javascript:alert(1)'")) == "url_template.invalid");
  CHECK(set(Terms("2", "url: 'https://example.org/{{.UserID}}'")) == "template.unknown_variable");
  CHECK(set(Terms("2", "since { seconds: 999999999999 }")) == "consent.since_invalid");
  CHECK(set(Terms("2\u202e1")) != "");
  CHECK(set(Terms("")) != "");
  CHECK(set("") == "");  // nothing is asked of anybody
}

}  // namespace
}  // namespace muniment::command
