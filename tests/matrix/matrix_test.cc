// Who may do what, of every method that is served, for every kind of caller (README.md).
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/access.h"
#include "base/error.h"
#include "muniment/options.pb.h"
#include "tests/matrix/table.h"

namespace muniment::matrix {
namespace {

// One for all: nothing changes it.
World& TheWorld() {
  static World world;
  return world;
}

bool IsServed(const MethodDescriptor& method) {
  if (!method.options().GetExtension(unserved_method).empty()) return false;
  return Reason(TheWorld().Call(kOne, "", method, *RequestOf(method, "{}")).status) !=
         "method.unserved";
}

TEST_CASE("every method that is served stands in the matrix, and no other does") {
  std::set<const MethodDescriptor*> rows;
  for (const Case& asked : Cases()) rows.insert(asked.method);
  int served = 0;
  for (const auto* method : TheWorld().Methods()) {
    INFO(method->full_name());
    CHECK(IsServed(*method) == rows.contains(method));
    served += rows.contains(method);
  }
  CHECK(served == static_cast<int>(rows.size()));
  CHECK(served > 170);
}

TEST_CASE("every caller is answered as the matrix says") {
  std::vector<std::string> others;
  for (const Case& asked : Cases()) {
    for (size_t i = 0; i < kCallers.size(); ++i) {
      const Answer answer = Ask(TheWorld(), asked, kCallers[i]);
      const char letter = LetterOf(asked, answer);
      if (letter == asked.letters[i]) continue;
      others.push_back(absl::StrCat(asked.name, " ", kCallers[i], ": ",
                                    asked.letters.substr(i, 1), " is ", std::string(1, letter), " ",
                                    answer.status.ok() ? "" : answer.status.ToString()));
    }
  }
  INFO(absl::StrJoin(others, "\n"));
  CHECK(others.empty());
}

TEST_CASE("of all roles those that stand for a case's permission are let in, and no others") {
  std::vector<std::string> others;
  int asked_of = 0;
  for (const Case& asked : Cases()) {
    if (!asked.roles) continue;
    for (const Role& role : AllRoles()) {
      if (role.level == Level::kSystem) continue;
      ++asked_of;
      const Answer answer = Ask(TheWorld(), asked, role.name);
      const char letter = LetterOf(asked, answer);
      const char wanted = LetterOfRole(asked, role.name);
      if (letter == wanted) continue;
      others.push_back(absl::StrCat(asked.name, " ", role.name, ": ", std::string(1, wanted),
                                    " is ", std::string(1, letter), " ",
                                    answer.status.ok() ? "" : answer.status.ToString()));
    }
  }
  INFO(absl::StrJoin(others, "\n"));
  CHECK(others.empty());
  CHECK(asked_of > 2000);
}

}  // namespace
}  // namespace muniment::matrix
