// Who may do what to a user: every command that has a user for its target, with every kind of caller,
// as the rules of the methods and the roles' permissions say. What a command asks beyond its rule is
// its own test's.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/access.h"
#include "base/error.h"
#include "command/policy/settings.h"
#include "command/rule.h"
#include "muniment/binding_options.pb.h"
#include "tests/command/given.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;

struct Kind {
  std::string caller;
  Strings on_instance, on_acme;
  bool session = false;  // in which he has just proved his password
  bool superior = false;  // bob owns the organization home, too
};

// Of the user bob of acme.
const std::vector<Kind> kKinds = {
    {"anonymous", {}, {}},
    {"bob", {}, {}},
    {"bob", {}, {}, true},
    {"robot", {}, {}},
    {"clerk", {}, {"ORG_USER_MANAGER"}},
    {"ann", {}, {"ORG_OWNER"}},
    {"maker", {"IAM_ORG_MANAGER"}, {}},
    {"root", {"IAM_OWNER"}, {}},
    {"ann", {}, {"ORG_OWNER"}, false, true},
    {"clerk", {}, {"ORG_USER_MANAGER"}, false, true},
    {"root", {"IAM_OWNER"}, {}, false, true},
};

// What a request of nothing but "user_id: 'bob'" then meets, whoever may make it: he is a person
// with a password, an address that nobody proved, and nothing else. All others succeed.
const std::map<std::string, std::string> kMet = {
    {"AddKey", "user.not_machine"},
    {"AddOTPEmail", "otp_email.address_unverified"},
    {"AddOTPSMS", "otp_sms.address_unverified"},
    {"AddPersonalAccessToken", "user.not_machine"},
    {"AddSecret", "user.not_machine"},
    {"GenerateMachineSecret", "user.not_machine"},
    {"CreateInviteCode", "user.has_credentials"},
    {"CreatePasskeyRegistrationLink", "user.email_not_verified"},
    {"PasswordReset", "user.email_not_verified"},
    {"ReactivateUser", "user.not_inactive"},
    {"RecordConsent", "language.invalid"},
    {"RemoveKey", "key.not_found"},
    {"RemoveOTPEmail", "otp_email.not_found"},
    {"RemoveOTPSMS", "otp_sms.not_found"},
    {"RemovePasskey", "passkey.not_found"},
    {"RemovePersonalAccessToken", "token.not_found"},
    {"RemovePhone", "user.phone_missing"},
    {"RemoveRecoveryCodes", "recovery_codes.not_found"},
    {"RemoveSecret", "secret.not_found"},
    {"RemoveTOTP", "totp.not_found"},
    {"RemoveU2F", "u2f.not_found"},
    {"ResendEmailCode", "code.none_pending"},
    {"ResendInviteCode", "code.none_pending"},
    {"ResendPhoneCode", "user.phone_missing"},
    {"RevokeMyRefreshToken", "oidc_session.not_found"},
    {"SetPassword", "user.password_missing"},
    {"SetPassword by one who holds less", "user.holds_more"},
    // Who has no right over himself shows the old one, or a code.
    {"SetPassword by bob", "user.write_required"},
    {"SetPhone", "phone.invalid"},
    {"UnlockUser", "user.not_locked"},
    {"VerifyEmail", "code.invalid"},
    {"VerifyInviteCode", "code.invalid"},
    {"VerifyPasskeyRegistration", "webauthn.malformed"},
    {"VerifyPhone", "code.invalid"},
    {"VerifyTOTPRegistration", "totp.not_registered"},
    {"VerifyU2FRegistration", "webauthn.malformed"},
};

// The method that decides, which of another's twin is the other.
std::string Decides(const std::string& method) {
  const auto* found = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
      absl::StrReplaceAll(method, {{"/", "."}}));
  REQUIRE(found != nullptr);
  const std::string& twin = found->options().GetExtension(muniment::binds).method();
  const std::string& name = twin.empty() ? method : twin;
  return name.substr(name.find('/') + 1);
}

std::string Met(const std::string& method, const Kind& kind) {
  const bool less = kind.superior && kind.on_instance.empty();
  auto found = kMet.find(absl::StrCat(method, " by ", less ? "one who holds less" : kind.caller));
  if (found == kMet.end()) found = kMet.find(method);
  return found == kMet.end() ? "" : found->second;
}

std::string Expected(const Rule& rule, const Kind& kind) {
  if (kind.caller == "anonymous") return "auth.required";
  const bool own = kind.caller == "bob" || rule.field().empty();
  if (own && rule.self() == SELF_ALLOW) return "";
  const bool credential = rule.self() == SELF_ALLOW_FRESH;
  if (own && credential) return kind.session ? "" : "auth.proof_too_old";
  if (Allows({.instance = kind.on_instance, .org = kind.on_acme}, rule.permission())) {
    return credential && kind.superior && kind.on_instance.empty() ? "user.holds_more" : "";
  }
  return own ? "auth.permission_denied" : "user.not_found";
}

// Bob has a password, and where the kind says so a session; his login policy has every factor.
class People : public Given {
 public:
  explicit People(const Kind& kind) {
    for (const auto factor :
         {event::v1::SECOND_FACTOR_OTP_EMAIL, event::v1::SECOND_FACTOR_OTP_SMS,
          event::v1::SECOND_FACTOR_RECOVERY_CODE}) {
      event::v1::LoginSecondFactorAdded added;
      added.set_factor(factor);
      Fact<LoginPolicy>(InstanceScope(), added);
    }
    REQUIRE(When("root", "SetPassword",
                 "user_id: 'bob' new_password { password: 'Wood-Lamp-7-River' }")
                .ok());
    // Beside another, or he would be kept as its last.
    for (const char* id : {"bob", "root"}) {
      if (kind.superior) Member(OrgScope("home"), id, {"ORG_OWNER"});
    }
    if (!kind.session) return;
    const Then made = When("root", "CreateSession",
                           "checks { user { user_id: 'bob' } "
                           "password { password: 'Wood-Lamp-7-River' } }");
    REQUIRE(made.ok());
    session_token = made.response<CreateSessionResponse>().session_token();
  }
};

TEST_CASE("every command on a user obeys its rule, with every kind of caller") {
  int commands = 0;
  std::set<std::string> decided;
  for (const Handler& handler : Handlers()) {
    const auto rule = RuleOf(handler.method);
    if (!rule.ok() || rule->rule.target() != TARGET_USER || rule->rule.open()) continue;
    ++commands;
    const std::string name = handler.method.substr(handler.method.find('/') + 1);
    const std::string decides = Decides(handler.method);
    decided.insert(decides);
    for (const Kind& kind : kKinds) {
      INFO(name << " by " << kind.caller << (kind.session ? " in a session" : "")
                << (kind.superior ? ", who holds less" : ""));
      People given(kind);
      // Not held against its limits, which a request of nothing else would fail.
      const bool named = !rule->rule.field().empty();
      const auto thens = given.Race(kind.caller, name, {named ? "user_id: 'bob'" : ""});
      const Then& then = thens.front();
      const std::string expected = Expected(rule->rule, kind);
      if (expected.empty()) {
        CHECK(then.reason == Met(decides, kind));
        CHECK(then.code != absl::StatusCode::kInternal);
        CHECK(then.code != absl::StatusCode::kUnknown);
      } else {
        CHECK(then.reason == expected);
        CHECK(then.events.empty());
      }
    }
  }
  CHECK(commands > 60);
  for (const auto& [method, reason] : kMet) {
    INFO(method);
    CHECK(decided.count(method.substr(0, method.find(' '))) == 1);
  }
}

}  // namespace
}  // namespace muniment::command
