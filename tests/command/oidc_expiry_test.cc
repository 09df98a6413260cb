// What OpenID Connect hands out has an end, which a clock brings: to the second, and with the error
// that its specification names.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/timestamp.h"
#include "command/oidc/device_auth.h"
#include "tests/command/oidc_world.h"

namespace muniment::command {
namespace {

constexpr absl::Duration kIdle = absl::Hours(24 * 30);
constexpr absl::Duration kWhole = absl::Hours(24 * 90);
constexpr absl::Duration kInstant = absl::Microseconds(1);

std::string Refusal(const absl::Status& status) {
  return absl::StrCat(OauthErrorOf(status).name, " ", ErrorFact(status, kFailedCheck));
}

struct Clock : OidcWorld {
  oidc::v1::DeviceAsked AskDevice() {
    oidc::v1::DeviceAsked asked;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(asked, AskForDevice(unit, RequestOf({{"scope", "openid"}}, basic)));
      return absl::OkStatus();
    });
    return asked;
  }
  Then LetIn(const oidc::v1::DeviceAsked& asked) {
    const auto id = IdOfLocated(kDeviceCode, asked.device_code());
    return When("", "AuthorizeOrDenyDeviceAuthorization",
                absl::StrCat("device_authorization_id: '", *id, "' session { session_id: '",
                             bob_session, "' session_token: '", bob_token, "' }"));
  }
  std::string Poll(const oidc::v1::DeviceAsked& asked) {
    const auto issued = Token({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                               {"device_code", asked.device_code()}});
    return issued.ok() ? "" : Refusal(issued.status());
  }
  absl::StatusOr<oidc::v1::Issued> Renew(const oidc::v1::Issued& issued) {
    return Token(RefreshOf(issued));
  }
};

TEST_CASE("a device that nobody let in in time is told that its code is over") {
  Clock given;
  const auto asked = given.AskDevice();
  CHECK(ToTime(asked.expiration()) == given.clock.Now() + kDeviceTime);
  given.clock.Advance(kDeviceTime - kInstant);
  CHECK(given.Poll(asked) == "authorization_pending device_answered");
  given.clock.Advance(kInstant);
  const size_t events = given.lookup.Events(1, 0).size();
  CHECK(given.Poll(asked) == "expired_token device_answered");
  const Then late = given.LetIn(asked);
  CHECK(late.reason == "device_authorization.expired");
  CHECK(late.events.empty());
  CHECK(given.lookup.Events(1, 0).size() == events);
}

TEST_CASE("a device that was let in in time and comes too late is given nothing") {
  Clock given;
  const auto asked = given.AskDevice();
  REQUIRE(given.LetIn(asked).ok());
  given.clock.Advance(kDeviceTime);
  CHECK(given.Poll(asked) == "expired_token device_answered");
  const auto other = given.AskDevice();
  REQUIRE(given.LetIn(other).ok());
  given.clock.Advance(kDeviceTime - kInstant);
  CHECK(given.Poll(other) == "");
}

TEST_CASE("a refresh token that nobody uses ends when it was idle for so long") {
  Clock given;
  const auto kept = given.SignedIn();
  CHECK(ToTime(kept.refresh_expiration()) == given.clock.Now() + kIdle);
  const auto forgotten = given.SignedIn();
  given.clock.Advance(kIdle - kInstant);
  const auto renewed = given.Renew(kept);
  REQUIRE(renewed.ok());
  given.clock.Advance(kInstant);
  const size_t events = given.lookup.Events(1, 0).size();
  CHECK(Refusal(given.Renew(forgotten).status()) == "invalid_grant refresh_token_in_time");
  CHECK(given.lookup.Events(1, 0).size() == events);
  // Its use began its time anew.
  CHECK(given.Renew(*renewed).ok());
}

TEST_CASE("a refresh token ends with its family, however often it is used") {
  Clock given;
  const absl::Time began = given.clock.Now();
  auto newest = given.SignedIn();
  for (int month = 1; month <= 5; ++month) {
    given.clock.Advance(absl::Hours(24 * 15));
    const auto renewed = given.Renew(newest);
    INFO(month << " " << renewed.status());
    REQUIRE(renewed.ok());
    newest = *renewed;
  }
  CHECK(ToTime(newest.refresh_expiration()) == began + kWhole);
  given.clock.Advance(began + kWhole - given.clock.Now() - kInstant);
  const auto last = given.Renew(newest);
  REQUIRE(last.ok());
  // What is given last ends with it.
  CHECK(ToTime(last->access_expiration()) == began + kWhole);
  CHECK(ToTime(last->refresh_expiration()) == began + kWhole);
  given.clock.Advance(kInstant);
  CHECK(Refusal(given.Renew(*last).status()) == "invalid_grant refresh_token_in_time");
}

TEST_CASE("refresh tokens last as the instance says, from when they are given") {
  Clock given;
  const auto before = given.SignedIn();
  REQUIRE(given.When("root", "UpdateOIDCSettings",
                     "access_token_lifetime { seconds: 60 } id_token_lifetime { seconds: 60 } "
                     "refresh_token_idle_expiration { seconds: 600 } "
                     "refresh_token_expiration { seconds: 1500 }")
              .ok());
  auto newest = given.SignedIn();
  for (int i = 0; i < 2; ++i) {
    given.clock.Advance(absl::Seconds(599));
    const auto renewed = given.Renew(newest);
    INFO(renewed.status());
    REQUIRE(renewed.ok());
    newest = *renewed;
  }
  given.clock.Advance(absl::Seconds(302));
  CHECK(Refusal(given.Renew(newest).status()) == "invalid_grant refresh_token_in_time");
  // One keeps what it was given.
  CHECK(given.Renew(before).ok());
}

}  // namespace
}  // namespace muniment::command
