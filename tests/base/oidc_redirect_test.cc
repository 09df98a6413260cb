// Where an application may be answered: what is registered, and no trick beside it.
#include <catch2/catch.hpp>
#include <string>

#include "base/oidc_application.h"

namespace muniment {
namespace {

using event::v1::OidcConfig;

OidcConfig Web(std::initializer_list<const char*> uris, bool development = false) {
  OidcConfig config;
  for (const char* uri : uris) config.add_redirect_uri(uri);
  config.set_development_mode(development);
  return config;
}

constexpr const char* kTricks[] = {
    "",
    "https://app.example",
    "https://app.example/",
    "https://app.example/in/",
    "https://app.example/IN",
    "https://APP.example/in",
    "HTTPS://app.example/in",
    "http://app.example/in",
    "//app.example/in",
    "/in",
    "in",
    "https:app.example/in",
    "https:/app.example/in",
    "https:///app.example/in",
    "https://app.example:443/in",
    "https://app.example:8443/in",
    "https://app.example./in",
    "https://app.example/in?",
    "https://app.example/in#",
    "https://app.example/in#x",
    "https://app.example/in?x=1",
    "https://app.example/in?tenant=2",
    "https://app.example/in?tenant=1&x=1",
    "https://app.example/in&x=1",
    "https://app.example/in;x",
    "https://app.example/in%20",
    "https://app.example/in%00",
    "https://app.example/%69n",
    "https://app.example/in/..",
    "https://app.example/in/../other",
    "https://app.example/./in",
    "https://app.example//in",
    "https://app.example/x/../in",
    "https://app.example/in/../../in",
    "https://app.example\\@evil.example/in",
    "https://app.example\\.evil.example/in",
    "https://app.example@evil.example/in",
    "https://user@app.example/in",
    "https://user:pass@app.example/in",
    "https://evil.example/https://app.example/in",
    "https://evil.example?https://app.example/in",
    "https://evil.example#https://app.example/in",
    "https://evil.example/in",
    "https://app.example.evil.example/in",
    "https://evilapp.example/in",
    "https://app-example/in",
    "https://xn--app-example/in",
    "https://app\u3002example/in",
    "https://\u0430pp.example/in",
    " https://app.example/in",
    "https://app.example/in ",
    "https://app.example/in\n",
    "https://app.example/in\r\nLocation: https://evil.example",
    "https://app.example/in\t",
    "https://app.example/in\u200b",
    "javascript:alert(1)",
    "data:text/html,x",
    "com.example.app:/in2",
    "com.example.app://in",
    "com.example.app:in",
    "COM.example.app:/in",
    "com.example.app:/in?x=1",
    "https://*/in",
    "*",
};

TEST_CASE("a redirect URI is taken as it was registered, and no other is") {
  const OidcConfig config =
      Web({"https://app.example/in", "https://app.example/in?tenant=1", "com.example.app:/in"});
  CHECK(MayRedirectTo(config, "https://app.example/in"));
  CHECK(MayRedirectTo(config, "https://app.example/in?tenant=1"));
  CHECK(MayRedirectTo(config, "com.example.app:/in"));
  CHECK(std::size(kTricks) >= 60);
  for (const char* trick : kTricks) {
    INFO(trick);
    CHECK_FALSE(MayRedirectTo(config, trick));
  }
  CHECK_FALSE(MayRedirectTo(config, std::string("https://app.example/in\0", 23)));
}

TEST_CASE("a native application listens at any port of the loopback interface") {
  OidcConfig config = Web({"http://127.0.0.1/in", "http://[::1]:7000/in"});
  config.set_application_type(event::v1::OIDC_APPLICATION_TYPE_NATIVE);
  CHECK(MayRedirectTo(config, "http://127.0.0.1:49152/in"));
  CHECK(MayRedirectTo(config, "http://127.0.0.1/in"));
  CHECK(MayRedirectTo(config, "http://[::1]:1/in"));
  for (const char* other :
       {"http://localhost:49152/in", "https://127.0.0.1:49152/in", "http://127.0.0.2:49152/in",
        "http://127.0.0.1:49152/other", "http://127.0.0.1:49152/in?x", "http://0.0.0.0:49152/in",
        "http://127.0.0.1.evil.example:80/in", "http://127.0.0.1:80@evil.example/in",
        "http://2130706433:80/in", "http://[::ffff:127.0.0.1]:80/in"}) {
    INFO(other);
    CHECK_FALSE(MayRedirectTo(config, other));
  }
  config.set_application_type(event::v1::OIDC_APPLICATION_TYPE_WEB);
  CHECK_FALSE(MayRedirectTo(config, "http://127.0.0.1:49152/in"));
}

TEST_CASE("in development a star stands for text within one part of a URI") {
  const OidcConfig config =
      Web({"https://*.app.example/in", "https://app.example/*/in", "https://a/*b*c"}, true);
  for (const char* fits : {"https://x.app.example/in", "https://x.y.app.example/in",
                           "https://app.example/one/in", "https://a/bc", "https://a/xbybzc"}) {
    INFO(fits);
    CHECK(MayRedirectTo(config, fits));
  }
  for (const char* other :
       {"https://evil.example/.app.example/in", "https://evil.example?.app.example/in",
        "https://evil.example#.app.example/in", "https://x@evil.app.example/in",
        "https://evil.example:1.app.example/in", "https://evil.example\\.app.example/in",
        "https://app.example/in", "https://app.example/one/two/in", "https://*.app.example/in",
        "https://a/b", "https://a/cb", "https://a/b/c"}) {
    INFO(other);
    CHECK_FALSE(MayRedirectTo(config, other));
  }
  CHECK_FALSE(MayRedirectTo(Web({"https://*.app.example/in"}), "https://x.app.example/in"));
  // However many there are, and however long what is shown: no more than a look along it.
  const OidcConfig stars = Web({"https://a/*a*a*a*a*a*a*a*a*b"}, true);
  CHECK_FALSE(MayRedirectTo(stars, "https://a/" + std::string(2000, 'a')));
  CHECK_FALSE(MayRedirectTo(stars, "https://a/" + std::string(60'000, 'a') + "b"));
}

}  // namespace
}  // namespace muniment
