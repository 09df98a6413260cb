// Nobody is given anything before he has proved what the policy asks of him, or what he has: by
// code, by tokens at once and at a device, and nothing is stored of the try.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "base/totp.h"
#include "command/oidc/device_auth.h"
#include "command/policy/settings.h"
#include "command/user/factors.h"
#include "tests/command/oidc_world.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;
using zitadel::session::v2::SetSessionResponse;

constexpr char kNamed[] = "checks { user { user_id: 'bob' } }";
constexpr char kPassword[] =
    "checks { user { user_id: 'bob' } password { password: 'Password-1' } }";

struct Asking : OidcWorld {
  std::string NewDevice() {
    oidc::v1::DeviceAsked asked;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(asked, AskForDevice(unit, RequestOf({{"scope", "openid"}}, basic)));
      return absl::OkStatus();
    });
    device_code = asked.device_code();
    const auto id = IdOfLocated(kDeviceCode, device_code);
    REQUIRE(id.has_value());
    return std::string(*id);
  }

  void Open(const std::string& checks) {
    const Then made = When("", "CreateSession", checks);
    INFO(made.reason);
    REQUIRE(made.ok());
    id = made.response<CreateSessionResponse>().session_id();
    token = made.response<CreateSessionResponse>().session_token();
  }
  void Prove(const std::string& checks) {
    const Then then = When("", "SetSession",
                           absl::StrCat("session_id: '", id, "' checks { ", checks, " }"));
    INFO(then.reason);
    REQUIRE(then.ok());
    token = then.response<SetSessionResponse>().session_token();
  }
  void HasApp() {
    event::v1::TotpAdded added;
    added.set_secret(kSecret);
    Fact<UserFactors>(UserScope("bob"), added);
    Fact<UserFactors>(UserScope("bob"), event::v1::TotpVerified());
  }
  std::string AppCode() {
    return absl::StrCat("totp { code: '", Hotp(kSecret, TotpStep(clock.Now())), "' }");
  }
  void Forced() {
    event::v1::LoginPolicyChanged forced;
    forced.mutable_policy()->set_allow_username_password(true);
    forced.mutable_policy()->set_force_mfa(true);
    Fact<LoginPolicy>(InstanceScope(), forced);
  }

  std::string Shown() const {
    return absl::StrCat(" session { session_id: '", id, "' session_token: '", token, "' }");
  }
  Then AnswerOne(const std::string& request) {
    return When("", "CreateCallback", absl::StrCat("auth_request_id: 'V2_", request, "'", Shown()));
  }
  // Whatever waits is answered by the session, each time anew.
  std::vector<Then> AnswerAll() {
    std::vector<Then> answers;
    for (const std::string& request : requests) answers.push_back(AnswerOne(request));
    answers.push_back(When("", "AuthorizeOrDenyDeviceAuthorization",
                           absl::StrCat("device_authorization_id: '", device, "'", Shown())));
    return answers;
  }
  void Refuses(const std::string& reason, absl::StatusCode code) {
    for (const Then& then : AnswerAll()) {
      CHECK(then.reason == reason);
      CHECK(then.code == code);
      CHECK(then.events.empty());
    }
    const auto polled = Token({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                               {"device_code", device_code}});
    CHECK(IsOauthError(polled.status(), Oauth::kAuthorizationPending));
  }
  // What was refused waits still, and is answered when enough is proved.
  void Takes() {
    for (const Then& then : AnswerAll()) {
      INFO(then.reason);
      CHECK(then.ok());
    }
    const auto issued = Token({{"grant_type", "urn:ietf:params:oauth:grant-type:device_code"},
                               {"device_code", device_code}});
    INFO(issued.status());
    REQUIRE(issued.ok());
    methods.assign(issued->family().amr().begin(), issued->family().amr().end());
  }

  static constexpr char kSecret[] = "12345678901234567890";
  std::string device_code;
  const std::string device = NewDevice();
  const std::vector<std::string> requests = {
      NewRequest(), NewRequest({{"response_type", "id_token"}, {"code_challenge", ""},
                                {"code_challenge_method", ""}}),
      NewRequest({{"response_type", "id_token token"}, {"code_challenge", ""},
                  {"code_challenge_method", ""}})};
  std::string id, token;
  std::vector<int> methods;
};

constexpr auto kUnproved = "auth.session_unproved";
constexpr auto kUnauthenticated = absl::StatusCode::kUnauthenticated;

TEST_CASE("who was only named is given nothing, and let in once he proved himself") {
  Asking given;
  given.Open(kNamed);
  given.Refuses(kUnproved, kUnauthenticated);
  given.Prove("password { password: 'Password-1' }");
  given.Takes();
  CHECK(given.methods == std::vector<int>{event::v1::AUTHENTICATION_METHOD_PWD});
}

TEST_CASE("who has a second factor is given nothing before it is proved, too") {
  Asking given;
  given.HasApp();
  given.Open(kPassword);
  given.Refuses(kUnproved, kUnauthenticated);
  given.Prove(given.AppCode());
  given.Takes();
  CHECK(given.methods == std::vector<int>{event::v1::AUTHENTICATION_METHOD_PWD,
                                          event::v1::AUTHENTICATION_METHOD_MFA,
                                          event::v1::AUTHENTICATION_METHOD_OTP});
}

TEST_CASE("a second factor alone is no proof") {
  Asking given;
  given.HasApp();
  given.Open(kNamed);
  given.Prove(given.AppCode());
  given.Refuses(kUnproved, kUnauthenticated);
}

TEST_CASE("where the policy forces a second factor, who has none is given nothing") {
  Asking given;
  given.Open(kPassword);
  given.Forced();
  given.Refuses(kUnproved, kUnauthenticated);
  given.HasApp();
  given.Refuses(kUnproved, kUnauthenticated);
  given.Prove(given.AppCode());
  given.Takes();
}

TEST_CASE("who must change his password is given nothing before he did") {
  Asking given;
  REQUIRE(given.When("", "SetPassword",
                     "user_id: 'bob' new_password { password: 'Password-1' "
                     "change_required: true }")
              .ok());
  given.Open(kPassword);
  given.Refuses("auth.password_change_required", absl::StatusCode::kPermissionDenied);
  given.session_token = given.token;
  REQUIRE(given.When("bob", "SetPassword",
                     "user_id: 'bob' new_password { password: 'Password-2' } "
                     "current_password: 'Password-1'")
              .ok());
  given.session_token.clear();
  given.Takes();
}

TEST_CASE("whose password is older than it may be is given nothing before he changed it") {
  Asking given;
  event::v1::PasswordAgeAdded age;
  age.mutable_policy()->set_max_age_days(1);
  given.Fact<PasswordAge>(OrgScope("acme"), age);
  given.Open(kPassword);
  CHECK(given.AnswerOne(given.requests.front()).ok());
  given.clock.Advance(absl::Hours(24));
  given.Open(kPassword);
  const Then due = given.AnswerOne(given.NewRequest());
  CHECK(due.reason == "auth.password_change_required");
  CHECK(due.code == absl::StatusCode::kPermissionDenied);
  CHECK(due.events.empty());
}

}  // namespace
}  // namespace muniment::command
