#include "tests/matrix/survivors.h"

#include <fnmatch.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "absl/strings/str_cat.h"

namespace muniment::matrix {

Survivors::Survivors() {
  std::ifstream in(absl::StrCat(MUNIMENT_MATRIX_DIR, "/survivors.txt"));
  REQUIRE(in.good());
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    INFO(line);
    const size_t reason = line.find(" = ");
    REQUIRE(reason != std::string::npos);
    REQUIRE(reason + 3 < line.size());
    lines_.push_back({line.substr(0, reason)});
  }
}

bool Survivors::Expects(const std::string& mutant) {
  bool expected = false;
  for (Line& line : lines_) {
    if (fnmatch(line.pattern.c_str(), mutant.c_str(), 0) != 0) continue;
    line.used = expected = true;
  }
  return expected;
}

std::vector<std::string> Survivors::Unused() const {
  std::vector<std::string> unused;
  for (const Line& line : lines_) {
    if (!line.used) unused.push_back(line.pattern);
  }
  return unused;
}

}  // namespace muniment::matrix
