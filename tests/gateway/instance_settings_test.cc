// Languages, restrictions and secret generators over REST on a served node, and what they do there: to
// discovery, to the login's pages, and to codes.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/redirect.h"
#include "command/policy/settings.h"
#include "gateway/login/texts.h"
#include "tests/gateway/browser.h"
#include "tests/gateway/people.h"
#include "tests/gateway/v1_story.h"

namespace muniment::gateway {
namespace {

using v1::At;
using v1::Struct;

constexpr char kNamePage[] = "/ui/v2/login/login";

struct World {
  explicit World(const std::string& language = "en")
      : server(*data.Load({{"FirstInstance.DefaultLanguage", language}})),
        admin(server.node().port(), data.token()) {}

  // Over REST, as the administrator's machine.
  JsonClient::Reply Rest(const std::string& verb, const std::string& path,
                         const std::string& body = "") {
    const std::string answer = Http(
        verb, path,
        absl::StrCat("Authorization: Bearer ", data.token(), "\r\nContent-Type: application/json"),
        body);
    JsonClient::Reply reply;
    const size_t end = answer.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    REQUIRE(absl::SimpleAtoi(answer.substr(9, 3), &reply.code));
    reply.body = answer.substr(end + 4);
    return reply;
  }
  Struct Told(const std::string& path) {
    const JsonClient::Reply reply = Rest("GET", path);
    INFO(path << " " << reply.body);
    REQUIRE(reply.code == 200);
    return reply.Json();
  }
  void Put(const std::string& path, const std::string& body = "{}") {
    const JsonClient::Reply reply = Rest("PUT", path, body);
    INFO(path << " " << reply.body);
    REQUIRE(reply.code == 200);
  }
  std::string Http(const std::string& verb, const std::string& path, const std::string& header,
                   const std::string& body = "") {
    net::RawClient client(server.node().port());
    client.Send(absl::StrCat(verb, " ", path, " HTTP/1.1\r\nHost: localhost:",
                             server.node().port(), "\r\nConnection: close\r\n", header,
                             "\r\nContent-Length: ", body.size(), "\r\n\r\n", body));
    return client.ReadToEnd();
  }
  // The languages of OpenID Connect's discovery; one that is empty is absent.
  std::vector<std::string> Discovered() {
    const Struct metadata = Told("/.well-known/openid-configuration");
    CHECK_FALSE(At(metadata, "issuer").empty());
    return TextsOf(metadata, "ui_locales_supported");
  }
  static std::vector<std::string> TextsOf(const Struct& json, const std::string& path) {
    std::vector<std::string> texts;
    const auto* found = v1::Find(json, path);
    if (found == nullptr) return texts;
    for (const auto& one : found->list_value().values()) texts.push_back(one.string_value());
    return texts;
  }
  // In which the login speaks to a browser.
  std::string Spoken(const std::string& accepts, const std::string& path = kNamePage) {
    return Browser::Between(Http("GET", path, absl::StrCat("Accept-Language: ", accepts)),
                            "<html lang=\"", "\"");
  }

  const DataDir data;
  Server server;
  const JsonClient admin;
};

using Strings = std::vector<std::string>;

TEST_CASE("languages are told by each interface, and the default one is chosen among them") {
  World world;
  const Strings all = World::TextsOf(world.Told("/admin/v1/languages"), "languages");
  CHECK(all.size() == 22);
  for (const char* path : {"/management/v1/languages", "/auth/v1/languages",
                           "/admin/v1/languages/allowed"}) {
    CHECK(World::TextsOf(world.Told(path), "languages") == all);
  }
  CHECK(At(world.Told("/admin/v1/languages/default"), "language") == "en");
  world.Put("/admin/v1/languages/default/DE", "");
  CHECK(At(world.Told("/admin/v1/languages/default"), "language") == "de");
  for (const char* wrong : {"tlh", "de-CH", "german", "de_CH", "%00", "%0d%0a"}) {
    INFO(wrong);
    CHECK(world.Rest("PUT", absl::StrCat("/admin/v1/languages/default/", wrong)).code == 400);
  }
  v1::Refused(world.admin.Call(v1::Admin("SetDefaultLanguage"), R"({"language":"tlh"})"), 400,
              "language.not_supported");
  const Struct general = world.Told("/v2/settings");
  CHECK(At(general, "defaultLanguage") == "de");
  CHECK(At(general, "defaultOrgId") == At(general, "defaultOrganizationId"));
  CHECK_FALSE(At(general, "defaultOrgId").empty());
  CHECK(World::TextsOf(general, "supportedLanguages") == all);
  CHECK(World::TextsOf(general, "allowedLanguages") == all);
}

TEST_CASE("an instance begins with the language that the configuration names, as it is written") {
  World world("DE");
  CHECK(At(world.Told("/admin/v1/languages/default"), "language") == "de");
  CHECK(world.Spoken("tlh") == "de");
}

TEST_CASE("languages that are not allowed vanish from discovery and from the login") {
  World world;
  CHECK(world.Discovered() == LoginLanguages());
  CHECK(world.Spoken("de-CH, ar;q=0.5") == "de");
  CHECK(world.Spoken("tlh") == "en");

  world.Put("/admin/v1/restrictions", R"({"allowedLanguages":{"list":["ar","en","fr"]}})");
  CHECK(world.Discovered() == Strings{"en", "ar"});
  CHECK(world.Spoken("de-CH, ar;q=0.5") == "ar");
  CHECK(world.Spoken("de") == "en");
  // Other pages of a visit speak no other.
  CHECK(world.Spoken("de", "/ui/v2/login/device") == "en");
  CHECK(world.Spoken("ar", "/oauth/v2/authorize?client_id=none") == "ar");
  CHECK(World::TextsOf(world.Told("/v2/settings"), "allowedLanguages") ==
        Strings{"ar", "en", "fr"});
  CHECK(World::TextsOf(world.Told("/admin/v1/languages/allowed"), "languages") ==
        Strings{"ar", "en", "fr"});

  // What is asked for falls back to the default language.
  world.Put("/admin/v1/languages/default/ar", "");
  CHECK(world.Spoken("de, en;q=0") == "ar");

  world.Put("/admin/v1/restrictions", R"({"allowedLanguages":{}})");
  CHECK(world.Discovered() == LoginLanguages());
  CHECK(world.Spoken("de") == "de");
}

TEST_CASE("restrictions are told as they were set, and what is refused changes nothing") {
  World world;
  const Struct none = world.Told("/admin/v1/restrictions");
  CHECK_FALSE(v1::Says(none, "disallowPublicOrgRegistration"));
  world.Put("/admin/v1/restrictions", R"({"disallowPublicOrgRegistration":true})");
  world.Put("/admin/v1/restrictions", R"({"allowedLanguages":{"list":["EN","de","en"]}})");
  const auto now = [&] { return world.Told("/admin/v1/restrictions"); };
  const std::string before = now().DebugString();
  CHECK(v1::Says(now(), "disallowPublicOrgRegistration"));
  CHECK(World::TextsOf(now(), "allowedLanguages") == Strings{"de", "en"});
  CHECK_FALSE(At(now(), "details.changeDate").empty());
  for (const char* wrong :
       {R"({"allowedLanguages":{"list":["en","tlh"]}})", R"({"allowedLanguages":{"list":["de"]}})",
        R"({"allowedLanguages":{"list":["en",""]}})", R"({"allowedLanguages":["en"]})",
        R"({"allowedLanguages":{"list":"en"}})", R"({"disallowPublicOrgRegistration":"yes"})",
        R"({"disallowPublicOrgRegistration":false,"allowedLanguages":{"list":["en","x"]}})"}) {
    INFO(wrong);
    CHECK(world.Rest("PUT", "/admin/v1/restrictions", wrong).code == 400);
    CHECK(now().DebugString() == before);
  }
}

TEST_CASE("a generator is set over REST, and the next code is made by it") {
  World world;
  const std::string generators = "/admin/v1/secretgenerators/";
  const auto told = [&](const std::string& type) { return world.Told(generators + type); };
  const Struct first = told("SECRET_GENERATOR_TYPE_VERIFY_EMAIL_CODE");
  CHECK(At(first, "secretGenerator.generatorType") == "SECRET_GENERATOR_TYPE_VERIFY_EMAIL_CODE");
  CHECK(At(first, "secretGenerator.expiry") == "3600s");
  CHECK(At(told("2"), "secretGenerator.generatorType") ==
        "SECRET_GENERATOR_TYPE_VERIFY_EMAIL_CODE");
  world.Put(generators + "SECRET_GENERATOR_TYPE_VERIFY_EMAIL_CODE",
            R"({"length":13,"expiry":"90s","includeDigits":true})");
  const Struct now = told("SECRET_GENERATOR_TYPE_VERIFY_EMAIL_CODE");
  CHECK(At(now, "secretGenerator.expiry") == "90s");
  CHECK(v1::Find(now, "secretGenerator.length")->number_value() == 13);
  CHECK_FALSE(v1::Says(now, "secretGenerator.includeUpperLetters"));

  const std::string home =
      At(world.admin.Must(v1::Admin("GetDefaultOrg"), "{}").Json(), "org.id");
  const std::string bob = AddPerson(world.admin, home, "bob");
  const std::string code =
      world.admin
          .Must("zitadel.user.v2.UserService/SetEmail",
                absl::StrCat(R"({"userId":")", bob,
                             R"(","email":"bob@example.net","returnCode":{}})"))
          .Text("verificationCode");
  CHECK(code.size() == 13);
  CHECK(code.find_first_not_of("0123456789") == std::string::npos);

  const auto listed = [&](const std::string& query) {
    const auto reply = world.Rest("POST", generators + "_search", query);
    INFO(reply.body);
    REQUIRE(reply.code == 200);
    return reply.Json();
  };
  CHECK(At(listed("{}"), "details.totalResult") == "9");
  CHECK(v1::List(listed("{}"), "result").size() == 9);
  CHECK(v1::Each(listed(R"({"queries":[{"typeQuery":{"generatorType":
            "SECRET_GENERATOR_TYPE_OTP_SMS"}}]})"),
                 "result", "generatorType") == v1::Names{"SECRET_GENERATOR_TYPE_OTP_SMS"});
  const auto undefined = world.Rest("POST", generators + "_search",
                                    R"({"queries":[{"typeQuery":{"generatorType":77}}]})");
  CHECK(undefined.code == 400);
  CHECK(absl::StrContains(undefined.body,
                          "request.queries.type_query.generator_type.undefined"));

  const std::string before = now.DebugString();
  for (const char* wrong :
       {"{}", R"({"length":5,"expiry":"90s","includeDigits":true})",
        R"({"length":8,"expiry":"90s"})", R"({"length":8,"includeDigits":true})",
        R"({"length":8,"expiry":"-1s","includeDigits":true})",
        R"({"length":-8,"expiry":"90s","includeDigits":true})",
        R"({"length":8,"expiry":"315576000001s","includeDigits":true})",
        R"({"length":21,"expiry":"90s","includeDigits":true})"}) {
    INFO(wrong);
    CHECK(world.Rest("PUT", generators + "2", wrong).code == 400);
  }
  for (const char* type : {"0", "10", "SECRET_GENERATOR_TYPE_NONE", "otp"}) {
    INFO(type);
    CHECK(world.Rest("PUT", generators + type,
                     R"({"length":8,"expiry":"90s","includeDigits":true})")
              .code == 400);
    CHECK(world.Rest("GET", generators + type).code == 400);
  }
  CHECK(told("2").DebugString() == before);
}

absl::Status AllowMailCodes(command::Unit& unit) {
  ASSIGN_OR_RETURN(const auto policy,
                   unit.LoadAny<command::LoginPolicy>(command::InstanceScope()));
  event::v1::LoginSecondFactorAdded added;
  added.set_factor(event::v1::SECOND_FACTOR_OTP_EMAIL);
  unit.Raise(policy, std::move(added));
  return absl::OkStatus();
}

TEST_CASE("a telephone is asked for its keys of digits where a code has nothing else") {
  World world;
  REQUIRE(world.server.node().RunOnFirstInstance({.name = "test"}, &AllowMailCodes).ok());
  const std::string home =
      At(world.admin.Must(v1::Admin("GetDefaultOrg"), "{}").Json(), "org.id");
  const std::string bob = AddPerson(world.admin, home, "bob");
  const uint16_t port = world.server.node().port();
  const JsonClient by_bob(port, SessionTokenOf(world.admin, bob));
  by_bob.Must("zitadel.user.v2.UserService/AddOTPEmail",
              absl::StrCat(R"({"userId":")", bob, "\"}"));
  const auto code_page = [&] {
    Browser browser(port);
    const std::string flow =
        Browser::Between(browser.Get(kNamePage), "name=\"flow\" value=\"", "\"");
    const std::string named =
        browser.Post(kNamePage, FormEncode({{"flow", flow}, {"login_name", "bob"}}));
    const std::string proved = browser.Post(
        "/ui/v2/login/password",
        FormEncode({{"flow", Browser::Between(named, "password?flow=", "\r\n")},
                    {"password", kPassword}}));
    return browser.Get(Browser::Between(proved, "\r\nlocation: ", "\r\n"));
  };
  const std::string of_digits = code_page();
  CHECK(absl::StrContains(of_digits, "autocomplete=\"one-time-code\""));
  CHECK(absl::StrContains(of_digits, "inputmode=\"numeric\""));
  world.Put("/admin/v1/secretgenerators/SECRET_GENERATOR_TYPE_OTP_EMAIL",
            R"({"length":8,"expiry":"300s","includeDigits":true,"includeUpperLetters":true})");
  const std::string of_letters = code_page();
  CHECK(absl::StrContains(of_letters, "autocomplete=\"one-time-code\""));
  CHECK_FALSE(absl::StrContains(of_letters, "inputmode"));
}

}  // namespace
}  // namespace muniment::gateway
