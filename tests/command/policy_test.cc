// Settings of an instance and of organizations: what sets them, takes them back, and is refused.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

std::string ForAcme(const std::string& policy, const std::string& more = "") {
  return absl::StrCat("organization_id: 'acme' policy { ", policy, " } ", more);
}
std::string OfAcme(const char* type) {
  return absl::StrCat("organization_id: 'acme' type: POLICY_TYPE_", type);
}
// A login policy that says all that it must.
std::string Login(const std::string& more = "", const std::string& factors = "") {
  return absl::StrCat("login { policy { allow_username_password: true ", more, " } ", factors, " }");
}
std::string Links(const std::string& links) { return absl::StrCat("links { ", links, " }"); }
std::string Link(const char* type, const std::string& url, const std::string& more = "") {
  return absl::StrCat("links { type: LINK_TYPE_", type, " url: '", url, "' ", more, " } ");
}

TEST_CASE("an organization's own setting is added, changed and taken back") {
  Given given;
  struct Case {
    const char* type;
    std::string first, second;
    std::string name;
  };
  const Case cases[] = {
      {"PASSWORD_COMPLEXITY", "password_complexity { min_length: 9 }",
       "password_complexity { min_length: 9 has_symbol: true }", "password.complexity"},
      {"PASSWORD_AGE", "password_age { max_age_days: 90 }", "password_age {}", "password.age"},
      {"LOCKOUT", "lockout { max_password_attempts: 5 }", "lockout {}", "lockout"},
      {"LOGIN", Login(), Login("allow_register: true"), "login"},
      {"NOTIFICATION", "notification {}", "notification { password_change: true }",
       "notification"},
      {"LINKS", Links(Link("HELP", "https://help.example/")), Links(""), "privacy"},
      {"PRIVACY", "privacy { tos_link: 'https://tos.example/' }", "privacy {}", "privacy"},
      // Which only the instance's managers set.
      {"DOMAIN", "domain { validate_org_domains: true }", "domain {}", "domain"},
  };
  for (const Case& each : cases) {
    INFO(each.type);
    const std::string who = each.name == "domain" ? "root" : "ann";
    const auto kind = [&each](const char* what) {
      return Strings{absl::StrCat("org.policy.", each.name, ".", what, " acme")};
    };
    CHECK(given.When(who, "ResetOrganizationPolicy", OfAcme(each.type)).code ==
          absl::StatusCode::kNotFound);
    const auto expects_one = ForAcme(each.first, "expects: EXPECTS_ONE");
    CHECK(given.When(who, "SetOrganizationPolicy", expects_one).code ==
          absl::StatusCode::kNotFound);
    const auto expects_none = ForAcme(each.first, "expects: EXPECTS_NONE");
    CHECK(given.When(who, "SetOrganizationPolicy", expects_none).events == kind("added"));
    CHECK(given.When(who, "SetOrganizationPolicy", expects_none).code ==
          absl::StatusCode::kAlreadyExists);
    const Then same = given.When(who, "SetOrganizationPolicy", expects_one);
    CHECK(same.ok());
    CHECK(same.events.empty());
    CHECK(given.When(who, "SetOrganizationPolicy", ForAcme(each.second)).events ==
          kind("changed"));
    CHECK(given.When(who, "ResetOrganizationPolicy", OfAcme(each.type)).events ==
          kind("removed"));
  }
}

TEST_CASE("settings are set by who may in that organization, and of the instance by its managers") {
  Given given;
  const std::string lockout = "lockout { max_password_attempts: 5 }";
  for (const char* caller : {"bob", "robot", "clerk"}) {
    CHECK(given.When(caller, "SetOrganizationPolicy", ForAcme(lockout)).reason == "org.not_found");
  }
  CHECK(given.When("ann", "SetOrganizationPolicy",
                   absl::StrCat("organization_id: 'home' policy { ", lockout, " }"))
            .reason == "org.not_found");
  CHECK(given.When("ann", "SetInstancePolicy", absl::StrCat("policy { ", lockout, " }")).code ==
        absl::StatusCode::kPermissionDenied);
  CHECK(given.When("root", "SetInstancePolicy", absl::StrCat("policy { ", lockout, " }")).events ==
        Strings{"instance.policy.lockout.changed 1"});
  CHECK(given.When("root", "SetOrganizationPolicy",
                   ForAcme("security { enable_impersonation: true }"))
            .reason == "policy.instance_only");
  CHECK(given.When("ann", "ResetOrganizationPolicy", OfAcme("SECURITY")).reason ==
        "policy.instance_only");
  // How names and domains go together is no organization's own business.
  CHECK_FALSE(given.When("ann", "SetOrganizationPolicy", ForAcme("domain { validate_org_domains: true }"))
                  .ok());
  CHECK(given.When("ann", "SetOrganizationPolicy", "organization_id: 'acme' policy {}").reason ==
        "policy.setting_missing");
}

TEST_CASE("fields that are kept stay, by the instance's setting where there is no own one") {
  Given given;
  REQUIRE(given.When("root", "SetInstancePolicy", "policy { lockout { show_failure: false } }").ok());
  const Then first = given.When("ann", "SetOrganizationPolicy",
                                ForAcme("lockout { max_otp_attempts: 3 show_failure: true }",
                                        "keep: 'show_failure'"));
  CHECK_FALSE(first.fact<event::v1::LockoutPolicyAdded>(0).policy().show_failure());
  REQUIRE(given.When("ann", "SetOrganizationPolicy", ForAcme("lockout { show_failure: true }")).ok());
  const Then kept = given.When("ann", "SetOrganizationPolicy",
                               ForAcme("lockout { max_otp_attempts: 3 }", "keep: 'show_failure'"));
  CHECK(kept.fact<event::v1::LockoutPolicyChanged>(0).policy().show_failure());
  CHECK(given.When("ann", "SetOrganizationPolicy", ForAcme("lockout {}", "keep: 'max_tries'"))
            .reason == "policy.keep_unknown");
}

TEST_CASE("what a setting cannot say is refused by name, and nothing is stored") {
  Given given;
  const std::string years = "seconds: 999999999";
  const std::pair<std::string, const char*> cases[] = {
      {"password_complexity {}", "policy.password_complexity.min_length"},
      {"password_complexity { min_length: 73 }", "policy.password_complexity.min_length"},
      {"password_age { max_age_days: 10 expire_warn_days: 11 }",
       "policy.password_age.warns_too_early"},
      {"login { policy { allow_register: true } }", "policy.login.no_way_in"},
      {Login("password_check_lifetime { seconds: -1 }"), "policy.login.lifetime_invalid"},
      {Login("external_login_check_lifetime { nanos: -1 }"), "policy.login.lifetime_invalid"},
      {Login("second_factor_check_lifetime { nanos: 1000000000 }"),
       "policy.login.lifetime_invalid"},
      {Login(absl::StrCat("multi_factor_check_lifetime { ", years, " }")),
       "policy.login.lifetime_invalid"},
      {Login(absl::StrCat("mfa_init_skip_lifetime { ", years, " }")),
       "policy.login.lifetime_invalid"},
      {Login("default_redirect_uri: 'javascript:alert(1)'"), "policy.login.redirect_invalid"},
      {Login("default_redirect_uri: '/home'"), "policy.login.redirect_invalid"},
      {Login("default_redirect_uri: 'https://a@b.example/'"), "policy.login.redirect_invalid"},
      {Login("force_mfa: true"), "policy.login.no_factor"},
      {Login("force_mfa_local_only: true"), "policy.login.no_factor"},
      {Links(Link("HELP", "ftp://help.example/")), "policy.links.url_invalid"},
      {Links(Link("HELP", "javascript:alert(1)")), "policy.links.url_invalid"},
      {Links(Link("HELP", "https://")), "url_template.invalid"},
      {Links(Link("HELP", "https://help.example/{{.Name}}")), "template.unknown_variable"},
      {Links(Link("HELP", "https://help.example/{{.Lang")), "template.malformed"},
      {Links(Link("SUPPORT", "mailto:a@b.example,c@d.example")), "policy.links.url_invalid"},
      {Links(Link("SUPPORT", "mailto:a@b.example?bcc=c@d.example")), "policy.links.url_invalid"},
      {Links(Link("HELP", "https://a.example/") + Link("HELP", "https://b.example/")),
       "policy.links.repeated"},
      {Links(Link("CUSTOM", "https://a.example/", "translation_key: 'a\\nb'")),
       "policy.links.text_invalid"},
      {"privacy { support_email: 'nobody' }", "policy.links.url_invalid"},
      {"privacy { tos_link: 'data:text/html,x' }", "policy.links.url_invalid"},
  };
  for (const auto& [policy, reason] : cases) {
    INFO(policy);
    const Then refused = given.When("ann", "SetOrganizationPolicy", ForAcme(policy));
    CHECK(refused.reason == reason);
    CHECK_FALSE(refused.ok());
    CHECK(refused.events.empty());
  }
  std::string many;
  for (int i = 0; i < 21; ++i) absl::StrAppend(&many, Link("CUSTOM", "https://a.example/"));
  CHECK(given.When("ann", "SetOrganizationPolicy", ForAcme(Links(many))).reason ==
        "policy.links.too_many");
  const std::string url = "https://a.example/" + std::string(1000, 'a');
  CHECK(given.When("ann", "SetOrganizationPolicy", ForAcme(Links(Link("HELP", url)))).reason ==
        "policy.links.url_invalid");
}

TEST_CASE("origins that may frame the login stand as browsers write them") {
  Given given;
  const auto set = [&given](const std::string& origin) {
    return given.When("root", "SetInstancePolicy",
                      absl::StrCat("policy { security { enable_iframe_embedding: true "
                                   "allowed_origins: '", origin, "' } }"));
  };
  for (const char* wrong :
       {"*", "https://*.example.com", "example.com", "https://App.example.com",
        "https://app.example.com/", "https://app.example.com:443", "https://a@app.example.com",
        "javascript:alert(1)", "https://app.example.com;script-src", "https://app.example.com x",
        "", "null", "data:"}) {
    INFO(wrong);
    CHECK(set(wrong).reason == "policy.security.origin_invalid");
  }
  for (const char* right : {"https://app.example.com", "http://localhost:3000",
                            "https://[::1]:8443", "https://xn--bcher-kva.example"}) {
    INFO(right);
    CHECK(set(right).events == Strings{"instance.policy.security.set 1"});
  }
}

TEST_CASE("factors come with an organization's first login policy, and one by one after that") {
  Given given;
  const auto factor = [](const char* which, bool allowed) {
    return absl::StrCat("organization_id: 'acme' factor { ", which, " } allowed: ",
                        allowed ? "true" : "false");
  };
  const char* totp = "second: SECOND_FACTOR_OTP";
  const char* passkey = "multi: MULTI_FACTOR_U2F_WITH_VERIFICATION";
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(totp, true)).reason ==
        "policy.login.not_found");
  CHECK(given.When("ann", "SetOrganizationPolicy",
                   ForAcme(Login("force_mfa: true",
                                 "second_factors: SECOND_FACTOR_TOTP second_factors: "
                                 "SECOND_FACTOR_OTP")))
            .events == Strings{"org.policy.login.added acme",
                               "org.policy.login.secondfactor.added acme"});
  CHECK(given.When("ann", "SetOrganizationPolicy",
                   ForAcme(Login("", "second_factors: SECOND_FACTOR_U2F")))
            .reason == "policy.login.factors_apart");
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(totp, true)).reason ==
        "policy.login.factor_already_allowed");
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(passkey, false)).reason ==
        "policy.login.factor_not_allowed");
  // Everybody must show one, so the last stays until that ends.
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(totp, false)).reason ==
        "policy.login.no_factor");
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(passkey, true)).events ==
        Strings{"org.policy.login.multifactor.added acme"});
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(totp, false)).events ==
        Strings{"org.policy.login.secondfactor.removed acme"});
  CHECK(given.When("ann", "SetOrganizationPolicy",
                   ForAcme(Login("allow_passkeys: true")))
            .events == Strings{"org.policy.login.changed acme"});
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(passkey, false)).events ==
        Strings{"org.policy.login.multifactor.removed acme"});
  CHECK(given.When("ann", "SetOrganizationLoginFactor",
                   "organization_id: 'acme' factor {} allowed: true")
            .reason == "policy.login.factor_missing");
  // Taken back, its factors are the instance's again.
  REQUIRE(given.When("ann", "ResetOrganizationPolicy", OfAcme("LOGIN")).ok());
  CHECK(given.When("ann", "SetOrganizationLoginFactor", factor(totp, true)).reason ==
        "policy.login.not_found");
}

TEST_CASE("the older form of links leaves what it cannot say") {
  Given given;
  const std::string all = Link("TERMS_OF_SERVICE", "https://tos.example/", "translation_key: 'tos'") +
                          Link("CUSTOM", "https://one.example/", "translation_key: 'One'") +
                          Link("CUSTOM", "https://two.example/") +
                          Link("SUPPORT", "https://support.example/");
  REQUIRE(given.When("ann", "SetOrganizationPolicy", ForAcme(Links(all))).ok());
  const Then changed = given.When(
      "ann", "SetOrganizationPolicy",
      ForAcme("privacy { tos_link: 'https://tos.example/{{.Lang}}' docs_link: 'https://docs.example/' }"));
  const auto& links = changed.fact<event::v1::PrivacyPolicyChanged>(0).policy().links();
  Strings left;
  for (const auto& link : links) {
    left.push_back(absl::StrCat(event::v1::LinkType_Name(link.type()).substr(10), " ", link.url(),
                                " ", link.translation_key()));
  }
  CHECK(left == Strings{"TERMS_OF_SERVICE https://tos.example/{{.Lang}} tos",
                        "CUSTOM https://two.example/ ", "SUPPORT https://support.example/ ",
                        "DOCS https://docs.example/ "});
  const Then mail = given.When("ann", "SetOrganizationPolicy",
                               ForAcme("privacy { support_email: 'help@acme.example' }"));
  const auto& mails = mail.fact<event::v1::PrivacyPolicyChanged>(0).policy().links();
  REQUIRE(mails.size() == 1);
  CHECK(mails[0].url() == "mailto:help@acme.example");
}

}  // namespace
}  // namespace muniment::command
