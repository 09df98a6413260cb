// What an application may be configured as: what is taken, and what is refused by name.
#include "tests/command/application_requests.h"

namespace muniment::command {
namespace {

TEST_CASE("where people are sent is a whole address of no browser's own") {
  Delegated given;
  for (const char* uri :
       {"", "/in", "a.example/in", "//a.example/in", "https:/a.example/in", "https://",
        "https:///in",
        "https://a.example/in#here", "https://a.example/#", "https://ann@a.example/in",
        "https://ann:secret@a.example/in", "https://a.example:99999/in",
        "https://a.example:http/in",
        "https://-a.example/in", "https://a..example/in", "https://a.example\\\\@b.example/",
        "https://a.example/in\\r\\nSet-Cookie: a=b", "https://a.example/in\\n",
        "\\rhttps://a.example",
        "https://a.example/%0d%0aSet-Cookie:a", "https://a.example/%00", "https://a.example/%7F",
        "https://a.example/%zz", "https://a.example/a b", "https://a.example/<script>",
        "https://[::1/in", "https://1.2.3.4.5/in", "javascript:alert(1)", "JavaScript:alert(1)",
        "java\\tscript:alert(1)", "data:text/html,a", "vbscript:a", "file:///etc/passwd",
        "blob:https://a.example/1", "about:blank", "view-source:https://a.example", "app:",
        "1app:/in", "app://ann@in", "https://b\\303\\274cher.example/in"}) {
    for (const char* field : {"redirect_uris", "post_logout_redirect_uris"}) {
      const Then then = given.When("ann", "CreateApplication",
                                   Oidc(absl::StrCat(field, ": '", uri, "'")));
      INFO(field << " " << uri << " " << then.status);
      const bool empty = std::string(uri).empty();
      CHECK(then.reason == (empty ? absl::StrCat("request.oidc_configuration.", field, ".too_short")
                                  : "application.redirect_uri_invalid"));
      CHECK(then.events.empty());
      CHECK_FALSE(given.When("ann", "UpdateApplication",
                             Change(absl::StrCat(field, ": '", uri, "'"))).ok());
    }
  }
  // The first that is wrong is named by its place.
  const Then then = given.When("ann", "CreateApplication",
                               Oidc(Uri("https://a.example") + Uri("javascript:a")));
  bool named = false;
  for (const auto& [key, value] : ErrorFacts(then.status)) {
    named = named || (key == "field" && value == "redirect_uris[1]");
  }
  CHECK(named);
}

TEST_CASE("where people are sent may be many things that are whole") {
  Delegated given;
  int made = 0;
  for (const char* uri :
       {"https://a.example", "HTTPS://A.example/in", "https://a.example:8443/in?x=1&y=%2F",
        "http://localhost:3000/in", "http://127.0.0.1/in", "http://[::1]:8080/in", "app:/in",
        "com.example.app://in", "com.example.app:/in?a=b", "https://xn--bcher-kva.example/in",
        "urn:ietf:wg:oauth:2.0:oob"}) {
    const Then then = given.When("ann", "CreateApplication",
                                 Oidc(Uri(uri), absl::StrCat("N", ++made)));
    INFO(uri << " " << then.status);
    CHECK(then.ok());
  }
}

TEST_CASE("a star stands in an address only while an application is developed") {
  Delegated given;
  const std::string star = Uri("https://*.a.example:*/in*");
  CheckRefused(given, "ann",
               {{"CreateApplication", Oidc(star), "application.redirect_uri_wildcard"},
                {"UpdateApplication", Change(star), "application.redirect_uri_wildcard"}});
  REQUIRE(given.When("ann", "UpdateApplication", Change(star + "development_mode: true")).ok());
  CheckRefused(given, "ann", {{"UpdateApplication", Change("development_mode: false"),
                               "application.redirect_uri_wildcard"}});
  CHECK(given.When("ann", "UpdateApplication",
                   Change(Uri("https://a.example") + "development_mode: false")).ok());
  CheckRefused(given, "ann", {
      {"CreateApplication", Oidc("development_mode: true " + Uri("ht*ps://a.example")),
       "application.redirect_uri_invalid"},
      {"CreateApplication", Oidc("development_mode: true " + Uri("https://*@a.example")),
       "application.redirect_uri_invalid"},
      {"CreateApplication", Oidc("development_mode: true " + Uri("*")),
       "application.redirect_uri_invalid"}});
}

TEST_CASE("a thousand addresses, or a few that are endless, are refused") {
  Delegated given;
  const auto many = [](int count, size_t length) {
    std::string uris;
    for (int i = 0; i < count; ++i) {
      const std::string uri = absl::StrCat("https://a.example/", i, "/");
      absl::StrAppend(&uris, Uri(uri + std::string(length - uri.size(), 'a')));
    }
    return uris;
  };
  CheckRefused(given, "ann", {
      {"CreateApplication", Oidc(many(1000, 30)),
       "request.oidc_configuration.redirect_uris.too_many"},
      {"UpdateApplication", Change(many(201, 30)),
       "request.oidc_configuration.redirect_uris.too_many"},
      {"CreateApplication", Oidc(many(1, 2049)),
       "request.oidc_configuration.redirect_uris.too_long"},
      {"CreateApplication", Oidc(many(200, 400)), "application.too_large"}});
  CHECK(given.When("ann", "CreateApplication", Oidc(many(200, 300))).ok());
}

TEST_CASE("what else is wrong with a configuration is refused by name, and nothing is stored") {
  Delegated given;
  const std::string back = "back_channel_logout_uri: ";
  const std::string login = "login_version { login_v2 { base_uri: ";
  CheckRefused(given, "ann", {
      {"CreateApplication", Oidc(back + "'app:/out'"),
       "application.back_channel_logout_uri_invalid"},
      {"CreateApplication", Oidc(back + "'https://a.example/#out'"),
       "application.back_channel_logout_uri_invalid"},
      {"CreateApplication", Oidc("development_mode: true " + back + "'https://*.example/'"),
       "application.back_channel_logout_uri_invalid"},
      {"CreateApplication", Oidc(login + "'javascript:a' } }"),
       "application.login_base_uri_invalid"},
      {"CreateApplication", Oidc(login + "'login' } }"), "application.login_base_uri_invalid"},
      {"CreateApplication", Oidc("clock_skew { seconds: 6 }"), "application.clock_skew"},
      {"CreateApplication", Oidc("clock_skew { seconds: 5 nanos: 1 }"), "application.clock_skew"},
      {"CreateApplication", Oidc("clock_skew { seconds: -1 }"), "application.clock_skew"},
      {"CreateApplication", Oidc("clock_skew { seconds: 6 nanos: -2000000000 }"),
       "application.clock_skew"},
      {"CreateApplication", Oidc("additional_origins: 'https://a.example/'"),
       "application.origin_invalid"},
      {"CreateApplication", Oidc("additional_origins: 'a.example'"), "application.origin_invalid"},
      {"CreateApplication", Oidc("additional_origins: 'https://*.example'"),
       "application.origin_invalid"},
      {"CreateApplication", Oidc("response_types: OIDC_RESPONSE_TYPE_ID_TOKEN"),
       "application.grant_type_missing"},
      {"CreateApplication", Oidc("response_types: OIDC_RESPONSE_TYPE_CODE "
                                 "grant_types: OIDC_GRANT_TYPE_IMPLICIT"),
       "application.grant_type_missing"},
      {"CreateApplication", Oidc("response_types: OIDC_RESPONSE_TYPE_UNSPECIFIED"),
       "request.oidc_configuration.response_types.zero"},
      {"UpdateApplication", Change("grant_types: OIDC_GRANT_TYPE_IMPLICIT"),
       "application.grant_type_missing"},
      {"UpdateApplication", Change("clock_skew { seconds: 6 }"), "application.clock_skew"},
      {"CreateApplication", kLamps + "name: 'N'", "request.application_type.required"},
      {"CreateApplication", kLamps + "name: 'N' saml_configuration {}", "request.unserved"},
      {"UpdateApplication", kShop + "saml_configuration {}", "request.unserved"},
      {"CreateApplication", kLamps + "api_configuration {}", "request.name.required"},
      {"CreateApplication", kLamps + "name: ' ' api_configuration {}", "request.name.not_name"},
      {"CreateApplication", "name: 'N' api_configuration {}", "request.project_id.required"},
      {"CreateApplication", "project_id: 'none' name: 'N' api_configuration {}",
       "project.not_found"},
      {"CreateApplication", kLamps + "application_id: 'a/b' name: 'N' api_configuration {}",
       "request.application_id.not_id"},
  });
}

}  // namespace
}  // namespace muniment::command
