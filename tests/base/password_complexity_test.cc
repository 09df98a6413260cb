#include "base/password_complexity.h"

#include <catch2/catch.hpp>

#include "base/error.h"

namespace muniment {
namespace {

std::string Why(absl::string_view password, PasswordRules rules = {}) {
  return Reason(CheckPassword(rules, password));
}

TEST_CASE("the default rules ask for eight bytes of all four kinds") {
  CHECK(Why("Secret1!").empty());
  CHECK(Why("Secre1!") == "password.too_short");
  CHECK(Why("SECRET1!") == "password.needs_lowercase");
  CHECK(Why("secret1!") == "password.needs_uppercase");
  CHECK(Why("Secrets!") == "password.needs_number");
  CHECK(Why("Secret12") == "password.needs_symbol");
  CHECK(Why("") == "password.empty");
}

TEST_CASE("rules that are off are not asked for") {
  CHECK(Why("a", {1, false, false, false, false}).empty());
  CHECK(Why("", {1, false, false, false, false}) == "password.empty");
  CHECK(Why("12345678", {8, false, false, true, false}).empty());
  CHECK(Why("12345678", {8, false, true, true, false}) == "password.needs_lowercase");
}

TEST_CASE("lengths count bytes, and letters of other scripts are symbols") {
  const PasswordRules rules{8, false, false, false, true};
  CHECK(Why("\u00FC\u00FC\u00FC\u00FC", rules).empty());
  CHECK(Why("\u00FC\u00FC\u00FC", rules) == "password.too_short");
  CHECK(Why("\u0410\u0411\u0412\u0413", {8, true, false, false, false}) ==
        "password.needs_uppercase");
  CHECK(Why("Abc12345 ").empty());
}

TEST_CASE("a password has at most 200 code points and is UTF-8") {
  CHECK(Why("Aa1!" + std::string(196, 'x')).empty());
  CHECK(Why("Aa1!" + std::string(197, 'x')) == "password.too_long");
  std::string wide = "Aa1!";
  for (int i = 0; i < 196; ++i) wide += "\u4F60";
  CHECK(Why(wide).empty());
  CHECK(Why("Secret1!\xff") == "password.not_utf8");
  CHECK(Why("Secret1!\xed\xa0\x80") == "password.not_utf8");
}

TEST_CASE("a refusal never shows the password") {
  const std::string message(CheckPassword({}, "hunter2hunter2").message());
  CHECK(message.find("hunter2") == std::string::npos);
  CHECK_FALSE(message.empty());
}

TEST_CASE("a policy may ask for 1 to 72 bytes") {
  for (const uint64_t good : {1, 8, 72}) CHECK(CheckPasswordRules({good}).ok());
  for (const uint64_t bad : {uint64_t{0}, uint64_t{73}, ~uint64_t{0}}) {
    CHECK(Reason(CheckPasswordRules({bad})) == "password_policy.min_length");
  }
}

}  // namespace
}  // namespace muniment
