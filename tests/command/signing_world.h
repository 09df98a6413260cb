// A Given in which robot signs people in: bob has a password and a verified address.
#ifndef MUNIMENT_TESTS_COMMAND_SIGNING_WORLD_H_
#define MUNIMENT_TESTS_COMMAND_SIGNING_WORLD_H_

#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "command/user/user.h"
#include "tests/command/given.h"

namespace muniment::command {

using zitadel::session::v2::CreateSessionResponse;
using zitadel::session::v2::SetSessionResponse;

inline constexpr char kPassword[] = "p4ssw0rd of bob";

struct Signing : Given {
  Signing() {
    event::v1::PasswordChanged password;
    password.set_password_hash(absl::StrCat("hash of ", kPassword));
    Fact<User>(UserScope("bob"), password);
    Fact<User>(UserScope("bob"), event::v1::EmailVerified());
    Member(InstanceScope(), "robot", {"IAM_LOGIN_CLIENT"});
  }

  Then Create(const std::string& request, const std::string& caller = "robot") {
    Then then = When(caller, "CreateSession", request);
    if (then.ok()) {
      id = then.response<CreateSessionResponse>().session_id();
      token = then.response<CreateSessionResponse>().session_token();
    }
    return then;
  }
  Then Set(const std::string& request, const std::string& caller = "robot") {
    Then then = When(caller, "SetSession", absl::StrCat("session_id: '", id, "' ", request));
    if (then.ok()) token = then.response<SetSessionResponse>().session_token();
    return then;
  }
  // What bob may do by the session: changing his own metadata takes no permission.
  std::string Acting(const std::string& with) {
    session_token = with;
    const Then then = When("bob", "UpdateUser", "user_id: 'bob' human { profile { nick_name: 'B' } }");
    session_token.clear();
    return then.reason;
  }

  std::string id;
  std::string token;
};

inline std::string WithPassword(const std::string& user, const std::string& password) {
  return absl::StrCat("checks { user { ", user, " } password { password: '", password, "' } }");
}

inline std::string Proof() { return WithPassword("user_id: 'bob'", kPassword); }

}  // namespace muniment::command

#endif  // MUNIMENT_TESTS_COMMAND_SIGNING_WORLD_H_
