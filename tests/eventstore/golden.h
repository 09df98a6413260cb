// A golden file: a line a thing, its name and its bytes. A line that changes or goes breaks logs
// that exist; lines are only added, by `eventstore_test "[write-golden]"`.
#ifndef MUNIMENT_TESTS_EVENTSTORE_GOLDEN_H_
#define MUNIMENT_TESTS_EVENTSTORE_GOLDEN_H_

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace muniment::eventstore {

// By name; a name holds no white space, and what stands for it is not empty.
using GoldenLines = std::map<std::string, std::string>;

inline std::string GoldenPath(const char* name) {
  return absl::StrCat(MUNIMENT_GOLDEN_DIR, "/", name);
}

inline GoldenLines ReadGolden(const char* name) {
  std::ifstream file(GoldenPath(name));
  GoldenLines lines;
  for (std::string key, value; file >> key && std::getline(file >> std::ws, value);) {
    lines[key] = value;
  }
  return lines;
}

inline void CheckGolden(const char* name, const GoldenLines& now) {
  const auto golden = ReadGolden(name);
  REQUIRE(!golden.empty());
  for (const auto& [key, value] : golden) {
    INFO(name << ", " << key);
    REQUIRE(now.contains(key));
    CHECK(now.at(key) == value);
  }
  for (const auto& [key, value] : now) {
    INFO(key << " is new: freeze it with `eventstore_test \"[write-golden]\"`");
    CHECK(golden.contains(key));
  }
}

// Adds new lines and leaves those that stand, right or wrong, as they are.
inline void AddGolden(const char* name, const GoldenLines& now) {
  auto lines = ReadGolden(name);
  lines.insert(now.begin(), now.end());
  std::ofstream file(GoldenPath(name));
  file << absl::StrJoin(lines, "\n", absl::PairFormatter(" ")) << "\n";
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_GOLDEN_H_
