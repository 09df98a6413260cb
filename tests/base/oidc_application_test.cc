// What an OpenID Connect application may be configured as, of the configuration alone.
#include "base/oidc_application.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"

namespace muniment {
namespace {

using event::v1::OidcConfig;
using Strings = std::vector<std::string>;

OidcConfig Config(event::v1::OidcApplicationType type, const Strings& uris,
                  event::v1::OidcGrantType grant = event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE) {
  OidcConfig config;
  config.set_application_type(type);
  config.add_grant_type(grant);
  for (const std::string& uri : uris) config.add_redirect_uri(uri);
  // Where a secret can be kept.
  config.set_auth_method(type == event::v1::OIDC_APPLICATION_TYPE_WEB
                             ? event::v1::OIDC_AUTH_METHOD_BASIC
                             : event::v1::OIDC_AUTH_METHOD_NONE);
  return config;
}

// Without what stands before all of them and before each.
Strings Problems(const OidcConfig& config) {
  const std::string before = "Application.OIDC.V1.";
  Strings keys;
  for (const OidcProblem& problem : OidcProblems(config)) {
    CHECK_FALSE(problem.message.empty());
    CHECK(problem.key.substr(0, before.size()) == before);
    keys.emplace_back(problem.key.substr(before.size()));
  }
  if (keys.empty()) return keys;
  CHECK(keys.front() == "NotCompliant");
  keys.erase(keys.begin());
  CHECK_FALSE(keys.empty());
  return keys;
}

constexpr auto kWeb = event::v1::OIDC_APPLICATION_TYPE_WEB;
constexpr auto kBrowser = event::v1::OIDC_APPLICATION_TYPE_USER_AGENT;
constexpr auto kNative = event::v1::OIDC_APPLICATION_TYPE_NATIVE;
constexpr char kNotLocal[] = "Native.RedirectUris.MustBeHttpLocalhost";
constexpr auto kImplicit = event::v1::OIDC_GRANT_TYPE_IMPLICIT;

TEST_CASE("which redirect URIs comply depends on where an application runs and how it signs in") {
  struct Case {
    event::v1::OidcApplicationType type;
    bool implicit;
    std::string uri, problem;
  };
  for (const Case& each : std::vector<Case>{
           {kWeb, false, "https://a.example/in", ""},
           {kWeb, false, "http://a.example/in", ""},
           {kWeb, false, "app:/in", "Code.RedirectUris.CustomOnlyForNative"},
           {kBrowser, false, "https://a.example/in", ""},
           {kBrowser, false, "http://a.example/in", "Code.RedirectUris.HttpOnlyForWeb"},
           {kBrowser, false, "http://localhost:3000/in", "Code.RedirectUris.HttpOnlyForWeb"},
           {kBrowser, false, "app:/in", "Code.RedirectUris.CustomOnlyForNative"},
           {kNative, false, "app:/in", ""},
           {kNative, false, "https://a.example/in", ""},
           {kNative, false, "http://localhost:3000/in", ""},
           {kNative, false, "http://LOCALHOST/in", ""},
           {kNative, false, "http://127.0.0.1/in", ""},
           {kNative, false, "http://[::1]:80/in", ""},
           {kNative, false, "http://[0:0::1]/in", ""},
           {kNative, false, "http://127.0.0.1.a.example/in", kNotLocal},
           {kNative, false, "http://localhost.a.example/in", kNotLocal},
           {kNative, false, "http://a.example/in", kNotLocal},
           {kWeb, true, "https://a.example/in", ""},
           {kWeb, true, "http://a.example/in", "Implicit.RedirectUris.HttpNotAllowed"},
           {kBrowser, true, "http://localhost/in", "Implicit.RedirectUris.HttpNotAllowed"},
           {kWeb, true, "app:/in", "Implicit.RedirectUris.CustomNotAllowed"},
           {kNative, true, "app:/in", "Implicit.RedirectUris.CustomNotAllowed"},
           {kNative, true, "http://localhost/in", ""},
           {kNative, true, "https://a.example/in",
            "Implicit.RedirectUris.NativeShouldBeHttpLocalhost"},
       }) {
    INFO(each.type << " " << each.implicit << " " << each.uri);
    OidcConfig config = Config(each.type, {each.uri});
    if (each.implicit) config = Config(each.type, {each.uri}, kImplicit);
    CHECK(CheckOidcConfig(config).ok());
    CHECK(Problems(config) == (each.problem.empty() ? Strings() : Strings{each.problem}));
    CHECK(RedirectUriProblem(config, each.uri).has_value() == !each.problem.empty());
    // It says what would be refused, also while it is not.
    config.set_development_mode(true);
    CHECK(Problems(config) == (each.problem.empty() ? Strings() : Strings{each.problem}));
  }
}

TEST_CASE("each problem is told once, and beside the redirect URIs") {
  CHECK(Problems(Config(kWeb, {})) == Strings{"NoRedirectUris"});
  CHECK(Problems(Config(kWeb, {}, kImplicit)) == Strings{"NoRedirectUris"});
  CHECK(Problems(Config(kNative, {}, event::v1::OIDC_GRANT_TYPE_DEVICE_CODE)).empty());
  CHECK(Problems(Config(kWeb, {"app:/a", "app:/b", "https://a.example"})) ==
        Strings{"Code.RedirectUris.CustomOnlyForNative"});
  OidcConfig wild = Config(kWeb, {"https://*.a.example"});
  wild.set_development_mode(true);
  CHECK(Problems(wild) == Strings{"RedirectUris.Wildcard"});
  CHECK(Problems(Config(kWeb, {}, event::v1::OIDC_GRANT_TYPE_REFRESH_TOKEN)) ==
        Strings{"GrantType.Refresh.NoAuthCode"});
  OidcConfig device = Config(kNative, {}, event::v1::OIDC_GRANT_TYPE_DEVICE_CODE);
  device.add_grant_type(event::v1::OIDC_GRANT_TYPE_REFRESH_TOKEN);
  CHECK(Problems(device).empty());
  for (const auto method : {event::v1::OIDC_AUTH_METHOD_BASIC, event::v1::OIDC_AUTH_METHOD_POST,
                            event::v1::OIDC_AUTH_METHOD_PRIVATE_KEY_JWT}) {
    OidcConfig native = Config(kNative, {"app:/in"});
    native.set_auth_method(method);
    CHECK(Problems(native) == Strings{"Native.AuthMethodType.NotNone"});
    OidcConfig browser = Config(kBrowser, {"https://a.example"});
    browser.set_auth_method(method);
    CHECK(Problems(browser) == Strings{"UserAgent.AuthMethodType.NotNone"});
  }
}

TEST_CASE("scripts may call from where people are sent, and from what is named beside it") {
  OidcConfig config = Config(
      kWeb, {"https://a.example/in", "https://a.example/other?x=1", "HTTPS://B.Example:443/in",
             "http://localhost:3000/in", "http://[::1]:8080/in", "http://c.example:80", "app:/in",
             "https://d.example:8443"});
  config.add_additional_origin("https://e.example");
  config.add_additional_origin("https://a.example");
  CHECK(AllowedOrigins(config) ==
        Strings{"https://a.example", "https://b.example", "http://localhost:3000",
                "http://[::1]:8080", "http://c.example", "https://d.example:8443",
                "https://e.example"});
  OidcConfig wild = Config(kWeb, {"https://*.a.example/in"});
  wild.set_development_mode(true);
  CHECK(AllowedOrigins(wild).empty());
}

TEST_CASE("an origin is a scheme and a host") {
  for (const auto& [origin, fits] : std::vector<std::pair<std::string, bool>>{
           {"https://a.example", true}, {"http://localhost:3000", true}, {"http://[::1]", true},
           {"capacitor://localhost", true}, {"https://a.example/", false},
           {"https://a.example?x", false}, {"https://a.example#x", false}, {"a.example", false},
           {"app:/in", false}, {"app://", false}, {"null", false}, {"*", false},
           {"https://*.example", false}, {"https://ann@a.example", false}, {"", false},
           {"file:///", false}, {"https://a.example\r\n", false}}) {
    OidcConfig config = Config(kWeb, {"https://a.example"});
    config.add_additional_origin(origin);
    INFO(origin);
    CHECK(Reason(CheckOidcConfig(config)) == (fits ? "" : "application.origin_invalid"));
  }
}

TEST_CASE("a secret is for the methods that show one") {
  CHECK(NeedsSecret(event::v1::OIDC_AUTH_METHOD_BASIC));
  CHECK(NeedsSecret(event::v1::OIDC_AUTH_METHOD_POST));
  CHECK_FALSE(NeedsSecret(event::v1::OIDC_AUTH_METHOD_NONE));
  CHECK_FALSE(NeedsSecret(event::v1::OIDC_AUTH_METHOD_PRIVATE_KEY_JWT));
  CHECK(NeedsSecret(event::v1::API_AUTH_METHOD_BASIC));
  CHECK_FALSE(NeedsSecret(event::v1::API_AUTH_METHOD_PRIVATE_KEY_JWT));
}

}  // namespace
}  // namespace muniment
