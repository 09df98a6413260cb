// That the matrix sees every word of every rule, and of what always stands in the requests of twins.
// The sample is part of every run; all of it is asked by tests/matrix/mutate, which prints what
// survives.
#include <fnmatch.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "base/access.h"
#include "muniment/binding_options.pb.h"
#include "tests/matrix/mutants.h"
#include "tests/matrix/survivors.h"
#include "tests/matrix/table.h"

namespace muniment::matrix {
namespace {

// The cases that a method's rule decides: its own, and those of its twins that have none.
std::vector<const Case*> CasesOf(const MethodDescriptor& method) {
  std::vector<const Case*> cases;
  for (const Case& asked : Cases()) {
    const auto& options = asked.method->options();
    const bool twin = options.HasExtension(binds) && !options.HasExtension(rule) &&
                      FindMethod(options.GetExtension(binds).method()) == &method;
    if (asked.method == &method || twin) cases.push_back(&asked);
  }
  return cases;
}

// Empty, or what is answered otherwise than the matrix says.
std::string Seen(World& world, const std::vector<const Case*>& cases) {
  for (const Case* asked : cases) {
    for (size_t i = 0; i < kCallers.size(); ++i) {
      if (LetterOf(*asked, Ask(world, *asked, kCallers[i])) != asked->letters[i]) {
        return absl::StrCat(asked->name, " ", kCallers[i]);
      }
    }
  }
  for (const Case* asked : cases) {
    if (!asked->roles) continue;
    for (const Role& role : AllRoles()) {
      if (role.level == Level::kSystem) continue;
      if (LetterOf(*asked, Ask(world, *asked, role.name)) != LetterOfRole(*asked, role.name)) {
        return absl::StrCat(asked->name, " ", role.name);
      }
    }
  }
  return "";
}

// Which of them are asked about: all, or "*: with *".
std::string Chosen() {
  const char* said = std::getenv("MATRIX_MUTANTS");
  return said == nullptr ? "*" : said;
}

struct Count {
  int all = 0, seen = 0, refused = 0, expected = 0, unseen = 0;
  std::map<std::string, int> same;  // by why
};

// Each `every`th of them, from the `first` on.
Count Mutate(size_t first, size_t every, Survivors& known,
             std::vector<std::string>& unseen) {
  World world;
  Count count;
  const auto permissions = AskedPermissions();
  const std::string chosen = Chosen();
  size_t number = 0;
  for (const auto* method : world.Methods()) {
    const auto cases = CasesOf(*method);
    if (cases.empty()) continue;
    std::vector<Mutant> mutants = MutantsOf(*method, permissions);
    for (Mutant& mutant : WithMutantsOf(*method)) mutants.push_back(std::move(mutant));
    for (const Mutant& mutant : mutants) {
      if (number++ % every != first) continue;
      const std::string name = absl::StrCat(method->full_name(), ": ", mutant.change);
      if (fnmatch(chosen.c_str(), name.c_str(), 0) != 0) continue;
      ++count.all;
      const char* same = SameBecause(mutant);
      const Mutated standing(mutant);
      if (!world.Renew().ok()) {
        ++count.refused;
        continue;
      }
      if (!Seen(world, cases).empty()) {
        ++count.seen;
        continue;
      }
      if (same != nullptr) {
        ++count.same[same];
        continue;
      }
      const bool expected = known.Expects(name);
      (expected ? count.expected : count.unseen) += 1;
      if (!expected) unseen.push_back(name);
    }
  }
  return count;
}

void CheckAll(size_t first, size_t every, int least) {
  Survivors known;
  std::vector<std::string> unseen;
  const Count count = Mutate(first, every, known, unseen);
  std::cout << "rules and bindings changed in one word: " << count.all << "\n  seen: " << count.seen
            << "\n  refused at the start: " << count.refused << "\n";
  for (const auto& [why, times] : count.same) std::cout << "  " << why << ": " << times << "\n";
  std::cout << "  by survivors.txt: " << count.expected << "\n  unseen: " << count.unseen << "\n";
  for (const std::string& name : unseen) std::cout << "    " << name << "\n";
  CHECK(count.unseen == 0);
  if (Chosen() != "*") return;
  CHECK(count.all >= least);
  // What is expected to change nothing and does is expected no longer.
  if (every == 1) CHECK(known.Unused() == std::vector<std::string>());
}

TEST_CASE("a rule that is changed in one word is answered otherwise: a sample") {
  CheckAll(7, 97, 50);
}

TEST_CASE("a rule that is changed in one word is answered otherwise: every word of every rule",
          "[.mutate]") {
  CheckAll(0, 1, 5000);
}

}  // namespace
}  // namespace muniment::matrix
