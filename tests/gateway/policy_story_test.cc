// Settings by the interfaces that tell of them: what the older one sets the newer shows, and what an
// organization says counts there alone.
#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/gateway/browser.h"
#include "tests/gateway/v1_story.h"

namespace muniment::gateway::v1 {
namespace {

std::string Settings(const char* method) {
  return absl::StrCat("zitadel.settings.v2.SettingsService/", method);
}
std::string Policies(const char* method) {
  return absl::StrCat("muniment.api.policy.v1.PolicyService/", method);
}
std::string Ctx(const std::string& organization, const std::string& more = "") {
  return absl::StrCat(R"({"ctx":{"orgId":")", organization, "\"}", more, "}");
}

double Number(const Struct& json, const std::string& path) {
  const Value* found = Find(json, path);
  if (found == nullptr) return 0;
  double number = found->number_value();
  if (!found->string_value().empty()) REQUIRE(absl::SimpleAtod(found->string_value(), &number));
  return number;
}

TEST_CASE("settings: an organization's own count there, and taken back the instance's") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  const JsonClient otto = story.SignIn(story.otto);
  const auto length = [](const JsonClient& client) {
    const Struct json = client.Must(Management("GetPasswordComplexityPolicy"), "{}").Json();
    CHECK(Says(json, "isDefault") == Says(json, "policy.isDefault"));
    return Number(json, "policy.minLength");
  };
  CHECK(length(ann) == 8);
  Refused(ann.Call(Management("UpdateCustomPasswordComplexityPolicy"), R"({"minLength":20})"), 404,
          "policy.password_complexity.not_found");
  ann.Must(Management("AddCustomPasswordComplexityPolicy"), R"({"minLength":"20"})");
  Refused(ann.Call(Management("AddCustomPasswordComplexityPolicy"), R"({"minLength":"20"})"), 409,
          "policy.password_complexity.already_exists");
  CHECK(length(ann) == 20);
  CHECK(length(otto) == 8);
  const Struct mine = ann.Must(Management("GetPasswordComplexityPolicy"), "{}").Json();
  CHECK(At(mine, "policy.details.resourceOwner") == story.acme);
  CHECK_FALSE(Says(mine, "isDefault"));
  const Struct common = ann.Must(Management("GetDefaultPasswordComplexityPolicy"), "{}").Json();
  CHECK(Number(common, "policy.minLength") == 8);
  CHECK(At(common, "policy.details.resourceOwner") == story.instance_id);
  CHECK(Says(common, "policy.isDefault"));

  // It acts.
  const auto person = [&](const std::string& name) {
    return absl::StrCat(R"({"username":")", name, R"(","organization":{"orgId":")", story.acme,
                        R"("},"profile":{"givenName":"N","familyName":"N"},"email":{"email":")",
                        name, R"(@acme.example","isVerified":true},"password":{"password":)",
                        R"("Password-1"}})");
  };
  Refused(story.admin.Call("zitadel.user.v2.UserService/AddHumanUser", person("nell")), 400,
          "password.too_short");
  ann.Must(Management("ResetPasswordComplexityPolicyToDefault"), "{}");
  story.admin.Must("zitadel.user.v2.UserService/AddHumanUser", person("nell"));
  CHECK(length(ann) == 8);
  Refused(ann.Call(Management("ResetPasswordComplexityPolicyToDefault"), "{}"), 404,
          "policy.password_complexity.not_found");

  // The instance's reaches all that have none.
  story.admin.Must(Admin("UpdatePasswordComplexityPolicy"), R"({"minLength":12,"hasNumber":true})");
  CHECK(length(ann) == 12);
  CHECK(length(otto) == 12);
  Refused(ann.Call(Admin("UpdatePasswordComplexityPolicy"), R"({"minLength":1})"), 403,
          "auth.permission_denied");
}

// What a setting is told by: a field that it alone has, as the instance says it, and an organization.
struct Kind {
  const char* name;
  std::string body;   // with $ for the field's value
  const char* field;
  std::string instance, own;
  const char* settings = nullptr;  // as settings.v2 calls it, and the field there
  const char* newer = nullptr;
  bool mine = false;  // auth.v1 tells it
};
const Kind kKinds[] = {
    {"Login", R"({"allowUsernamePassword":true,"defaultRedirectUri":$})", "defaultRedirectUri",
     "\"https://a.example/\"", "\"https://b.example/\"", "Login", "defaultRedirectUri", true},
    {"PasswordComplexity", R"({"minLength":$})", "minLength", "9", "10", "PasswordComplexity",
     "minLength", true},
    {"PasswordAge", R"({"maxAgeDays":$})", "maxAgeDays", "900", "1000", "PasswordExpiry",
     "maxAgeDays"},
    {"Lockout", R"({"maxPasswordAttempts":$})", "maxPasswordAttempts", "9", "10", "Lockout",
     "maxPasswordAttempts"},
    {"Privacy", R"({"docsLink":$})", "docsLink", "\"https://a.example/\"",
     "\"https://b.example/\"", "LegalAndSupport", "docsLink", true},
    {"Notification", R"({"passwordChange":$})", "passwordChange", "false", "true"},
};

// As JSON writes it, numbers of 64 bits without their quotes.
std::string Shown(const Struct& json, const std::string& path) {
  const Value* found = Find(json, path);
  if (found == nullptr) return "false";
  if (found->kind_case() == Value::kBoolValue) return found->bool_value() ? "true" : "false";
  if (found->kind_case() == Value::kNumberValue) return absl::StrCat(found->number_value());
  double number = 0;
  const std::string& text = found->string_value();
  return absl::SimpleAtod(text, &number) ? text : absl::StrCat("\"", text, "\"");
}

TEST_CASE("settings: each method of each setting is about that setting, and about its level") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  for (const Kind& kind : kKinds) {
    INFO(kind.name);
    const auto body = [&kind](const std::string& value) {
      return absl::StrReplaceAll(kind.body, {{"$", value}});
    };
    const auto of = [&kind](const char* before, const char* behind = "") {
      return absl::StrCat(before, kind.name, "Policy", behind);
    };
    const auto told = [&kind](const JsonClient& client, const std::string& method) {
      const Struct json = client.Must(method, "{}").Json();
      CHECK_FALSE(At(json, "policy.details.resourceOwner").empty());
      return Shown(json, absl::StrCat("policy.", kind.field));
    };
    story.admin.Must(Admin(of("Update").c_str()), body(kind.instance));
    CHECK(told(story.admin, Admin(of("Get").c_str())) == kind.instance);
    CHECK(told(ann, Management(of("Get").c_str())) == kind.instance);

    Refused(ann.Call(Management(of("UpdateCustom").c_str()), body(kind.own)), 404,
            ReasonOf(ann.Call(Management(of("Reset", "ToDefault").c_str()), "{}")));
    ann.Must(Management(of("AddCustom").c_str()), body(kind.own));
    CHECK(ann.Call(Management(of("AddCustom").c_str()), body(kind.own)).code == 409);
    ann.Must(Management(of("UpdateCustom").c_str()), body(kind.own));
    CHECK(told(ann, Management(of("Get").c_str())) == kind.own);
    CHECK(told(ann, Management(of("GetDefault").c_str())) == kind.instance);
    if (kind.mine) CHECK(told(ann, Auth(of("GetMy").c_str())) == kind.own);
    if (kind.settings != nullptr) {
      const std::string method = Settings(absl::StrCat("Get", kind.settings, "Settings").c_str());
      const std::string path = absl::StrCat("settings.", kind.newer);
      CHECK(Shown(ann.Must(method, Ctx(story.acme)).Json(), path) == kind.own);
      CHECK(Shown(ann.Must(method, R"({"ctx":{"instance":true}})").Json(), path) == kind.instance);
    }
    ann.Must(Management(of("Reset", "ToDefault").c_str()), "{}");
    CHECK(told(ann, Management(of("Get").c_str())) == kind.instance);
  }
  // No older name says it, and none takes it away.
  ann.Must(Management("AddCustomLockoutPolicy"), "{}");
  ann.Must(Management("UpdateCustomLockoutPolicy"), R"({"maxOtpAttempts":3})");
  const Struct lockout =
      ann.Must(Policies("GetOrganizationPolicy"),
               absl::StrCat(R"({"organizationId":")", story.acme, R"(","type":"POLICY_TYPE_LOCKOUT"})"))
          .Json();
  CHECK(Says(lockout, "policy.lockout.showFailure"));
}

TEST_CASE("settings: names and domains by their older and their newer name") {
  Story story;
  const std::string acme = absl::StrCat(R"({"orgId":")", story.acme, "\"");
  const auto validates = [&](const std::string& method, const std::string& request) {
    return Says(story.In(story.admin, story.acme).Must(method, request).Json(),
                "policy.validateOrgDomains");
  };
  story.admin.Must(Admin("UpdateDomainPolicy"), R"({"validateOrgDomains":true})");
  CHECK(validates(Admin("GetDomainPolicy"), "{}"));
  Refused(story.admin.Call(Admin("UpdateCustomOrgIAMPolicy"), acme + "}"), 404,
          "policy.domain.not_found");
  story.admin.Must(Admin("AddCustomOrgIAMPolicy"), acme + "}");
  CHECK(validates(Admin("GetCustomDomainPolicy"), acme + "}"));  // kept, as the instance has it
  CHECK(story.admin.Call(Admin("AddCustomDomainPolicy"), acme + "}").code == 409);
  CHECK(story.admin.Call(Admin("AddCustomOrgIAMPolicy"), acme + "}").code == 409);
  story.admin.Must(Admin("UpdateCustomDomainPolicy"),
                   acme + R"(,"smtpSenderAddressMatchesInstanceDomain":true})");
  story.admin.Must(Admin("UpdateCustomOrgIAMPolicy"), acme + "}");
  CHECK_FALSE(validates(Management("GetDomainPolicy"), "{}"));
  const Struct newer = story.admin.Must(Settings("GetDomainSettings"), Ctx(story.acme)).Json();
  CHECK(Says(newer, "settings.smtpSenderAddressMatchesInstanceDomain"));
  for (const std::string& method : {Admin("GetCustomOrgIAMPolicy"), Management("GetOrgIAMPolicy")}) {
    const Struct older = story.In(story.admin, story.acme)
                             .Must(method, method == Management("GetOrgIAMPolicy") ? "{}" : acme + "}")
                             .Json();
    CHECK(At(older, "policy.details.resourceOwner") == story.acme);
  }
  CHECK(At(story.admin.Must(Admin("GetOrgIAMPolicy"), "{}").Json(),
           "policy.details.resourceOwner") == story.instance_id);
  story.admin.Must(Admin("ResetCustomOrgIAMPolicyToDefault"), acme + "}");
  Refused(story.admin.Call(Admin("ResetCustomDomainPolicyToDefault"), acme + "}"), 404,
          "policy.domain.not_found");
  story.admin.Must(Admin("AddCustomDomainPolicy"), acme + "}");
  story.admin.Must(Admin("ResetCustomDomainPolicyToDefault"), acme + "}");
  CHECK(validates(Management("GetDomainPolicy"), "{}"));
}

TEST_CASE("settings: a login policy reads alike by both interfaces, with every field said") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  ann.Must(Management("AddCustomLoginPolicy"), R"({"allowUsernamePassword":true,
      "allowExternalIdp":true,"passwordlessType":"PASSWORDLESS_TYPE_ALLOWED",
      "hidePasswordReset":true,"ignoreUnknownUsernames":true,
      "defaultRedirectUri":"https://acme.example/","passwordCheckLifetime":"3600s",
      "externalLoginCheckLifetime":"7200s","mfaInitSkipLifetime":"10s",
      "secondFactorCheckLifetime":"20s","multiFactorCheckLifetime":"30s",
      "secondFactors":["SECOND_FACTOR_TYPE_OTP","SECOND_FACTOR_TYPE_RECOVERY_CODES"],
      "multiFactors":["MULTI_FACTOR_TYPE_U2F_WITH_VERIFICATION"],"disableLoginWithPhone":true})");
  const Struct v1 = ann.Must(Management("GetLoginPolicy"), "{}").Json();
  const Struct v2 = ann.Must(Settings("GetLoginSettings"), Ctx(story.acme)).Json();
  for (const char* flag :
       {"allowUsernamePassword", "allowRegister", "allowExternalIdp", "forceMfa",
        "forceMfaLocalOnly", "hidePasswordReset", "ignoreUnknownUsernames", "allowDomainDiscovery",
        "disableLoginWithEmail", "disableLoginWithPhone"}) {
    INFO(flag);
    CHECK(Says(v1, absl::StrCat("policy.", flag)) == Says(v2, absl::StrCat("settings.", flag)));
  }
  CHECK(Says(v2, "settings.allowLocalAuthentication"));
  CHECK_FALSE(Says(v2, "settings.allowRegister"));
  for (const char* field :
       {"defaultRedirectUri", "passwordCheckLifetime", "externalLoginCheckLifetime",
        "mfaInitSkipLifetime", "secondFactorCheckLifetime", "multiFactorCheckLifetime"}) {
    INFO(field);
    CHECK_FALSE(At(v1, absl::StrCat("policy.", field)).empty());
    CHECK(At(v1, absl::StrCat("policy.", field)) == At(v2, absl::StrCat("settings.", field)));
  }
  CHECK(At(v1, "policy.passwordlessType") == "PASSWORDLESS_TYPE_ALLOWED");
  CHECK(At(v2, "settings.passkeysType") == "PASSKEYS_TYPE_ALLOWED");
  CHECK(Texts(v1, "policy.secondFactors") ==
        Names{"SECOND_FACTOR_TYPE_OTP", "SECOND_FACTOR_TYPE_RECOVERY_CODES"});
  CHECK(Texts(v2, "settings.secondFactors").size() == 2);
  CHECK(Texts(v2, "settings.multiFactors") == Texts(v1, "policy.multiFactors"));
  CHECK(At(v2, "settings.resourceOwnerType") == "RESOURCE_OWNER_TYPE_ORG");
  CHECK(At(v2, "details.resourceOwner") == story.acme);

  ann.Must(Management("RemoveSecondFactorFromLoginPolicy"), R"({"type":"SECOND_FACTOR_TYPE_OTP"})");
  ann.Must(Management("AddSecondFactorToLoginPolicy"), R"({"type":"SECOND_FACTOR_TYPE_U2F"})");
  const Struct factors = ann.Must(Management("ListLoginPolicySecondFactors"), "{}").Json();
  CHECK(Texts(factors, "result") ==
        Names{"SECOND_FACTOR_TYPE_U2F", "SECOND_FACTOR_TYPE_RECOVERY_CODES"});
  Refused(ann.Call(Management("AddSecondFactorToLoginPolicy"), R"({"type":0})"), 400,
          "request.type.zero");
  Refused(ann.Call(Management("UpdateCustomLoginPolicy"), R"({"allowUsernamePassword":true,
      "passwordlessType":7})"), 400, "request.passwordless_type.undefined");

  // Of oneself anybody is told what counts; of others who may read it.
  const std::string bob = story.AddPerson(story.acme, "bob");
  const JsonClient person = story.SignIn(bob);
  CHECK(Says(person.Must(Auth("GetMyLoginPolicy"), "{}").Json(), "policy.hidePasswordReset"));
  Refused(story.In(person, story.other).Call(Auth("GetMyLoginPolicy"), "{}"), 404, "org.not_found");
  Refused(person.Call(Settings("GetLoginSettings"), Ctx(story.acme)), 404, "org.not_found");
  const Struct instance =
      ann.Must(Settings("GetLoginSettings"), R"({"ctx":{"instance":true}})").Json();
  CHECK(At(instance, "settings.resourceOwnerType") == "RESOURCE_OWNER_TYPE_INSTANCE");
  CHECK(Says(instance, "settings.allowRegister"));

  // From then on a password alone is not enough.
  ann.Must(Management("UpdateCustomLoginPolicy"),
           R"({"allowUsernamePassword":true,"forceMfaLocalOnly":true})");
  Refused(ann.Call(Management("GetLoginPolicy"), "{}"), 401, "auth.session_unproved");
  const Struct forced = story.admin.Must(Settings("GetLoginSettings"), Ctx(story.acme)).Json();
  CHECK(Says(forced, "settings.forceMfaLocalOnly"));
  CHECK_FALSE(Says(forced, "settings.hidePasswordReset"));
  CHECK(At(forced, "settings.passkeysType") != "PASSKEYS_TYPE_ALLOWED");
}

TEST_CASE("settings: links are one truth by every interface") {
  Story story;
  const JsonClient ann = story.SignIn(story.ann);
  story.admin.Must(Admin("UpdatePrivacyPolicy"),
                   R"({"tosLink":"https://tos.example/{{.Lang}}","supportEmail":"help@one.example"})");
  const auto links = [&](const std::string& request) {
    Names all;
    for (const Struct& link :
         List(story.admin.Must(Settings("GetLinkSettings"), request).Json(), "settings.links")) {
      all.insert(absl::StrCat(At(link, "type").substr(10), " ", At(link, "url")));
    }
    return all;
  };
  const Names first{"TERMS_OF_SERVICE https://tos.example/{{.Lang}}",
                    "SUPPORT mailto:help@one.example"};
  CHECK(links(R"({"ctx":{"instance":true}})") == first);
  CHECK(links(Ctx(story.acme)) == first);
  story.admin.Must(Settings("SetLinkSettings"),
                   Ctx(story.acme, R"(,"links":[{"type":"LINK_TYPE_CUSTOM","url":"https://a.example/",
                       "translationKey":"Jobs","target":"LINK_TARGET_BLANK"},
                       {"type":"LINK_TYPE_PRIVACY_POLICY","url":"https://p.example/"}])"));
  const Struct v1 = ann.Must(Management("GetPrivacyPolicy"), "{}").Json();
  CHECK(At(v1, "policy.customLink") == "https://a.example/");
  CHECK(At(v1, "policy.customLinkText") == "Jobs");
  CHECK(At(v1, "policy.privacyLink") == "https://p.example/");
  CHECK(At(v1, "policy.tosLink").empty());
  const Struct legal = ann.Must(Settings("GetLegalAndSupportSettings"), Ctx(story.acme)).Json();
  CHECK(At(legal, "settings.privacyPolicyLink") == "https://p.example/");
  const Struct effective =
      story.admin
          .Must(Settings("GetEffectiveSettings"),
                absl::StrCat(R"({"organizationId":")", story.acme, "\"}"))
          .Json();
  CHECK(List(effective, "links.links").size() == 2);
  Refused(story.admin.Call(Settings("GetEffectiveSettings"), R"({"projectId":"none"})"), 404,
          "project.not_found");
  Refused(story.admin.Call(Settings("SetLinkSettings"),
                           Ctx(story.acme, R"(,"links":[{"type":"LINK_TYPE_HELP","url":"//x"}])")),
          400, "policy.links.url_invalid");
  Refused(ann.Call(Settings("SetLinkSettings"), Ctx(story.acme)), 404, "org.not_found");
  const Struct reset =
      story.admin.Must(Settings("ResetLinkSettings"), Ctx(story.acme)).Json();
  CHECK(List(reset, "settings.links").size() == 2);
  CHECK(links(Ctx(story.acme)) == first);
  story.admin.Must(Settings("ResetLinkSettings"), R"({"ctx":{"instance":true}})");
  CHECK(links(Ctx(story.acme)).empty());
}

TEST_CASE("settings: what the older names cannot say stays, and zeros are said") {
  Story story;
  const auto domain = [&] {
    return story.admin.Must(Admin("GetDomainPolicy"), "{}").Json();
  };
  story.admin.Must(Admin("UpdateDomainPolicy"),
                   R"({"validateOrgDomains":true,"smtpSenderAddressMatchesInstanceDomain":true})");
  story.admin.Must(Admin("UpdateOrgIAMPolicy"), "{}");
  CHECK(Says(domain(), "policy.validateOrgDomains"));
  CHECK(Says(domain(), "policy.smtpSenderAddressMatchesInstanceDomain"));
  story.admin.Must(Admin("UpdateDomainPolicy"), "{}");
  CHECK_FALSE(Says(domain(), "policy.validateOrgDomains"));
  story.admin.Must(Admin("UpdateLockoutPolicy"), R"({"maxPasswordAttempts":4294967295})");
  const Struct lockout = story.admin.Must(Settings("GetLockoutSettings"), "{}").Json();
  CHECK(Number(lockout, "settings.maxPasswordAttempts") == 4294967295);
  story.admin.Must(Admin("UpdateLockoutPolicy"), "{}");
  const Struct own = story.admin
                         .Must(Policies("GetInstancePolicy"), R"({"type":"POLICY_TYPE_LOCKOUT"})")
                         .Json();
  CHECK(Says(own, "policy.lockout.showFailure"));
  story.admin.Must(Admin("UpdateNotificationPolicy"), "{}");
  CHECK_FALSE(Says(story.admin.Must(Admin("GetNotificationPolicy"), "{}").Json(),
                   "policy.passwordChange"));
  Refused(story.admin.Call(Admin("AddNotificationPolicy"), "{}"), 409,
          "policy.notification.already_exists");
}

TEST_CASE("settings: pages of the origins that the instance names may frame the login, and no others") {
  Story story;
  const auto framers = [&story] {
    Browser browser(story.port());
    return Browser::Between(browser.Get("/ui/v2/login/login"), "frame-ancestors ", ";");
  };
  CHECK(framers() == "'none'");
  story.admin.Must(Admin("SetSecurityPolicy"),
                   R"({"allowedOrigins":["https://app.example.com","http://localhost:3000"]})");
  CHECK(framers() == "'none'");
  story.admin.Must(Settings("SetSecuritySettings"),
                   R"({"embeddedIframe":{"enabled":true,"allowedOrigins":["https://app.example.com",
                       "http://localhost:3000"]},"enableImpersonation":true})");
  CHECK(framers() == "https://app.example.com http://localhost:3000");
  const Struct v1 = story.admin.Must(Admin("GetSecurityPolicy"), "{}").Json();
  CHECK(Says(v1, "policy.enableIframeEmbedding"));
  CHECK(Says(v1, "policy.enableImpersonation"));
  const Struct v2 = story.admin.Must(Settings("GetSecuritySettings"), "{}").Json();
  CHECK(Texts(v2, "settings.embeddedIframe.allowedOrigins") ==
        Names{"https://app.example.com", "http://localhost:3000"});
  Refused(story.admin.Call(Admin("SetSecurityPolicy"),
                           R"({"allowedOrigins":["https://a.example; script-src *"]})"),
          400, "policy.security.origin_invalid");
  story.admin.Must(Admin("SetSecurityPolicy"), "{}");
  CHECK(framers() == "'none'");
}

}  // namespace
}  // namespace muniment::gateway::v1
