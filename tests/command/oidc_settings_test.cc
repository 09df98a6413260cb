// How long tokens count: what an instance begins with, and what it takes.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/policy/settings.h"
#include "tests/command/given.h"
#include "zitadel/admin.pb.h"

namespace muniment::command {
namespace {

using event::v1::OidcSettingsChanged;

std::string Lifetimes(const std::string& access, const std::string& id, const std::string& idle,
                      const std::string& whole) {
  return absl::StrCat("access_token_lifetime { ", access, " } id_token_lifetime { ", id,
                      " } refresh_token_idle_expiration { ", idle,
                      " } refresh_token_expiration { ", whole, " }");
}

const std::string kHours = Lifetimes("seconds: 43200", "seconds: 43200", "seconds: 2592000",
                                     "seconds: 7776000");

TEST_CASE("an instance begins with lifetimes, and the same again is no change") {
  Given given;
  CHECK(given.When("root", "AddOIDCSettings", kHours).reason == "oidc_settings.already_exists");
  const Then same = given.When("root", "UpdateOIDCSettings", kHours);
  CHECK(same.ok());
  CHECK(same.events.empty());
  const Then changed = given.When(
      "root", "UpdateOIDCSettings",
      Lifetimes("seconds: 60", "seconds: 1", "seconds: 86400 nanos: 500000000", "seconds: 172800"));
  REQUIRE(changed.events == Strings{"instance.oidc.settings.changed 1"});
  const auto& now = changed.fact<OidcSettingsChanged>(0).policy();
  CHECK(now.access_token_lifetime().seconds() == 60);
  CHECK(now.id_token_lifetime().seconds() == 1);
  CHECK(now.refresh_token_idle_expiration().nanos() == 500'000'000);
  CHECK(now.refresh_token_expiration().seconds() == 172'800);
}

TEST_CASE("a lifetime that is missing, none, endless or no duration is refused") {
  Given given;
  for (const char* wrong : {"", "seconds: 0", "nanos: 500000000", "seconds: -1",
                            "seconds: 60 nanos: -1", "seconds: 60 nanos: 1000000000",
                            "seconds: 9223372036854775807", "seconds: 316224000"}) {
    for (int place = 0; place < 4; ++place) {
      std::string each[] = {"seconds: 60", "seconds: 60", "seconds: 60", "seconds: 60"};
      each[place] = wrong;
      INFO(wrong << " at " << place);
      const Then refused = given.When("root", "UpdateOIDCSettings",
                                      Lifetimes(each[0], each[1], each[2], each[3]));
      CHECK(refused.reason == "oidc_settings.lifetime_invalid");
      CHECK(refused.code == absl::StatusCode::kInvalidArgument);
      CHECK(refused.events.empty());
    }
  }
  CHECK(given.When("root", "UpdateOIDCSettings", "").reason == "oidc_settings.lifetime_invalid");
  CHECK(given.When("ann", "UpdateOIDCSettings", kHours).code ==
        absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace muniment::command
