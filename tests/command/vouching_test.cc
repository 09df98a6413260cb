// Nobody marks his own address verified, or has its code returned to himself: by each path there
// is, for each kind of caller.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

// A call that vouches for somebody's address; WHO stands for him.
struct Path {
  std::string method;
  std::string request;
};

const std::vector<Path>& Paths() {
  static const std::vector<Path> paths = [] {
    std::vector<Path> made;
    for (const std::string how : {"is_verified: true", "return_code {}"}) {
      const std::string email = absl::StrCat("email: 'new@example.net' ", how);
      const std::string phone = absl::StrCat("phone: '+41791234567' ", how);
      made.push_back({"SetEmail", absl::StrCat("user_id: 'WHO' ", email)});
      made.push_back({"SetPhone", absl::StrCat("user_id: 'WHO' ", phone)});
      for (const auto& [part, value] : {std::pair("email", email), std::pair("phone", phone)}) {
        const std::string set = absl::StrCat(part, " { ", value, " }");
        made.push_back({"UpdateUser", absl::StrCat("user_id: 'WHO' human { ", set, " }")});
        made.push_back({"UpdateHumanUser", absl::StrCat("user_id: 'WHO' ", set)});
      }
    }
    for (const char* method : {"SendEmailCode", "ResendEmailCode", "ResendPhoneCode"}) {
      made.push_back({method, "user_id: 'WHO' return_code {}"});
    }
    return made;
  }();
  return paths;
}

// With something pending everywhere, so that no other refusal comes first, and a manager of another
// organization.
class Vouching : public Given {
 public:
  Vouching() {
    Member(OrgScope("home"), "maker", {});
    REQUIRE(When("", "CreateUser",
                 "organization_id: 'home' user_id: 'zoe' human { profile { given_name: 'z' "
                 "family_name: 'z' } email { email: 'zoe@example.org' is_verified: false } }")
                .ok());
    Member(OrgScope("home"), "zoe", {"ORG_OWNER"});
    for (const char* who : {"bob", "ann", "clerk"}) Pending(who);
    for (const char* who : {"bob", "ann"}) SignIn(who);
  }
  void Pending(const std::string& who) {
    if (who == "clerk") return;
    REQUIRE(When("", "SetPhone", absl::StrCat("user_id: '", who, "' phone: '+41791234000'")).ok());
    REQUIRE(When("", "SendEmailCode", absl::StrCat("user_id: '", who, "'")).ok());
  }
  Then Try(const std::string& caller, const Path& path, const std::string& who) {
    return When(caller, path.method, absl::StrReplaceAll(path.request, {{"WHO", who}}));
  }
};

TEST_CASE("nobody vouches for himself by being himself") {
  for (const Path& path : Paths()) {
    INFO(path.method << " " << path.request);
    Vouching given;
    const Then then = given.Try("bob", path, "bob");
    CHECK(then.reason == "user.write_required");
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.events.empty());
  }
}

TEST_CASE("without a token nothing is vouched for, and from elsewhere nobody is there") {
  Vouching given;
  for (const Path& path : Paths()) {
    INFO(path.method << " " << path.request);
    CHECK(given.Try("anonymous", path, "bob").reason == "auth.required");
    const Then foreign = given.Try("zoe", path, "bob");
    CHECK(foreign.reason == "user.not_found");
    CHECK(foreign.events.empty());
    CHECK(given.Try("bob", path, "ann").reason == "user.not_found");
  }
}

TEST_CASE("who manages the organization or the instance vouches for its people") {
  for (const Path& path : Paths()) {
    INFO(path.method << " " << path.request);
    for (const auto& [caller, who] : std::vector<std::pair<std::string, std::string>>{
             {"ann", "bob"}, {"root", "bob"}, {"clerk", "bob"}, {"root", "ann"}}) {
      INFO(caller << " " << who);
      Vouching given;
      CHECK(given.Try(caller, path, who).ok());
    }
  }
}

TEST_CASE("nobody vouches for himself by what he holds, nor sets his password without the old one") {
  Vouching given;
  for (const Path& path : Paths()) {
    INFO(path.method << " " << path.request);
    const Then then = given.Try("ann", path, "ann");
    CHECK(then.reason == "user.vouches_for_himself");
    CHECK(then.code == absl::StatusCode::kPermissionDenied);
    CHECK(then.events.empty());
  }
  CHECK(given.When("ann", "PasswordReset", "user_id: 'ann' return_code {}").reason ==
        "user.vouches_for_himself");
  CHECK(given.When("ann", "SetPassword",
                   "user_id: 'ann' new_password { password: 'Another-Secret-1' }")
            .reason == "user.vouches_for_himself");
  CHECK(given.When("ann", "CreatePasskeyRegistrationLink", "user_id: 'ann' return_code {}").code ==
        absl::StatusCode::kPermissionDenied);
}

// Whoever reads the mail of an owner resets his password.
TEST_CASE("nobody vouches for one who holds more than himself, nor sends his mail elsewhere") {
  Vouching given;
  for (const Path& path : Paths()) {
    INFO(path.method << " " << path.request);
    const Then then = given.Try("clerk", path, "ann");
    CHECK(then.reason == "user.holds_more");
    CHECK(then.events.empty());
  }
  CHECK(given.When("clerk", "SetEmail", "user_id: 'ann' email: 'x@example.net'").reason ==
        "user.holds_more");
  CHECK(given.When("clerk", "SetPhone", "user_id: 'ann' phone: '+41791234567'").reason ==
        "user.holds_more");
  CHECK(given
            .When("clerk", "UpdateUser",
                  "user_id: 'ann' human { email { email: 'x@example.net' is_verified: false } }")
            .reason == "user.holds_more");
  // To the address that he has a code may go.
  CHECK(given.When("clerk", "SendEmailCode", "user_id: 'ann'").ok());
}

TEST_CASE("whoever makes people in an organization vouches for them, and nobody else does") {
  Vouching given;
  for (const char* how : {"is_verified: true", "return_code {}"}) {
    const std::string human = absl::StrCat(
        "profile { given_name: 'a' family_name: 'b' } email { email: 'n@example.org' ", how, " }");
    for (const auto& [method, request] : std::vector<std::pair<std::string, std::string>>{
             {"CreateUser", absl::StrCat("organization_id: 'acme' human { ", human, " }")},
             {"AddHumanUser", absl::StrCat("organization { org_id: 'acme' } ", human)}}) {
      INFO(method << " " << how);
      CHECK(given.When("anonymous", method, request).reason == "auth.required");
      CHECK(given.When("bob", method, request).reason == "org.not_found");
      CHECK(given.When("zoe", method, request).reason == "org.not_found");
      const Then made = given.When("clerk", method, request);
      REQUIRE(made.ok());
      REQUIRE(given
                  .When("ann", "DeleteUser",
                        absl::StrCat("user_id: '", made.facts[0].meta.stream.id, "'"))
                  .ok());
    }
  }
}

}  // namespace
}  // namespace muniment::command
