// The published roles, each with its exact set of permissions: held against fingerprints that were
// made of the published list, and against the list itself where it is at hand:
//
//   MUNIMENT_ROLES=roles.md build/dev/tests/base_test "every role has exactly*"
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/access.h"
#include "base/crypto.h"
#include "tests/skipped.h"

namespace muniment {
namespace {

struct Published {
  const char* name;
  size_t permissions;
  // Of its permissions in byte order, a line each: what their SHA-256 begins with.
  const char* fingerprint;
};
constexpr Published kPublished[] = {
    {"SYSTEM_OWNER", 17, "d24e32963b023157"},
    {"SYSTEM_OWNER_VIEWER", 5, "4629ced68f8fa4b0"},
    {"IAM_OWNER", 102, "11010075715df477"},
    {"IAM_OWNER_VIEWER", 36, "0abf85d479e6f7f7"},
    {"IAM_ORG_MANAGER", 64, "477cb8932cfb00bd"},
    {"IAM_USER_MANAGER", 28, "249518c10e3faa14"},
    {"IAM_ADMIN_IMPERSONATOR", 2, "bad4ca9efe34910b"},
    {"IAM_END_USER_IMPERSONATOR", 1, "09d36284bfc2f1ae"},
    {"ORG_OWNER", 62, "346ec1723fa82034"},
    {"IAM_LOGIN_CLIENT", 36, "0ef16dc9a502f0bb"},
    {"ORG_USER_MANAGER", 19, "bd8949bf7e4eb60c"},
    {"ORG_OWNER_VIEWER", 21, "a0d4b3b396f458ea"},
    {"ORG_SETTINGS_MANAGER", 12, "2505c9bcaa9603f1"},
    {"ORG_USER_PERMISSION_EDITOR", 16, "041ecf2868f78ca6"},
    {"ORG_PROJECT_PERMISSION_EDITOR", 16, "29ded267493aec43"},
    {"ORG_PROJECT_CREATOR", 4, "c3e97c10c0f88422"},
    {"ORG_ADMIN_IMPERSONATOR", 2, "bad4ca9efe34910b"},
    {"ORG_END_USER_IMPERSONATOR", 1, "09d36284bfc2f1ae"},
    {"PROJECT_OWNER", 26, "2e436ae215c4e486"},
    {"PROJECT_OWNER_VIEWER", 11, "d3ca0df095a57dec"},
    {"SELF_MANAGEMENT_GLOBAL", 3, "b23cb783bc11a538"},
    {"ORG_USER_SELF_MANAGER", 2, "9fb9807f0bea2c2b"},
    {"PROJECT_OWNER_GLOBAL", 19, "0b603eeef09e0368"},
    {"PROJECT_OWNER_VIEWER_GLOBAL", 10, "69c246e34d55068b"},
    {"PROJECT_GRANT_OWNER", 13, "85b23a5c5ce88bc5"},
    {"PROJECT_GRANT_OWNER_VIEWER", 8, "133a3ba38896b631"},
};

TEST_CASE("the roles are the published 26, each with its permissions and no others") {
  CHECK(AllRoles().size() == std::size(kPublished));
  for (const Published& published : kPublished) {
    const Role* role = FindRole(published.name);
    INFO(published.name);
    REQUIRE(role != nullptr);
    CHECK(role->permissions.size() == published.permissions);
    const std::string names = absl::StrJoin(role->permissions.Names(), "\n");
    CHECK(absl::BytesToHexString(Sha256(names).str()).substr(0, 16) == published.fingerprint);
  }
}

// "iam.{read,write}" is both; what has no braces is itself.
std::set<std::string> Spelled(absl::string_view list) {
  std::set<std::string> names;
  for (absl::string_view each : absl::StrSplit(list, "; ")) {
    const size_t open = each.find('{');
    if (open == absl::string_view::npos) {
      names.emplace(each);
      continue;
    }
    REQUIRE(absl::ConsumeSuffix(&each, "}"));
    for (const absl::string_view last : absl::StrSplit(each.substr(open + 1), ',')) {
      names.insert(absl::StrCat(each.substr(0, open), last));
    }
  }
  return names;
}

// A line "NAME (2): base.{read,write}"; one that is none is text.
TEST_CASE("every role has exactly the permissions that the published list says") {
  const char* path = std::getenv("MUNIMENT_ROLES");
  if (path == nullptr) return SaySkipped("MUNIMENT_ROLES names no published list of roles");
  std::ifstream in(path);
  if (!in.good()) return SaySkipped(absl::StrCat("the list of roles is not there: ", path));
  std::map<std::string, int> listed;
  for (std::string line; std::getline(in, line);) {
    const std::vector<std::string> parts = absl::StrSplit(line, absl::MaxSplits(": ", 1));
    const std::vector<std::string> head = absl::StrSplit(parts[0], " (");
    if (parts.size() != 2 || head.size() != 2 || parts[0].back() != ')') continue;
    INFO(line);
    size_t number = 0;
    REQUIRE(absl::SimpleAtoi(head[1].substr(0, head[1].size() - 1), &number));
    const Role* role = FindRole(head[0]);
    REQUIRE(role != nullptr);
    ++listed[role->name];
    const std::set<std::string> wanted = Spelled(absl::StripAsciiWhitespace(parts[1]));
    CHECK(wanted.size() == number);
    const auto names = role->permissions.Names();
    CHECK(std::set<std::string>(names.begin(), names.end()) == wanted);
  }
  CHECK(listed.size() == AllRoles().size());
}

}  // namespace
}  // namespace muniment
