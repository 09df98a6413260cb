// The program as a process of its own: what it prints and how it ends.
#ifndef MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
#define MUNIMENT_TESTS_GATEWAY_PROGRAM_H_

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"

namespace muniment::gateway {

struct Run {
  int code = -1;
  std::string output;
};

// A line as a shell takes it, such as the program with variables before it.
inline Run RunShell(const std::string& line) {
  FILE* pipe = popen((line + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  Run run;
  char buffer[4096];
  size_t count = 0;
  while ((count = fread(buffer, 1, sizeof(buffer), pipe)) > 0) run.output.append(buffer, count);
  run.code = WEXITSTATUS(pclose(pipe));
  return run;
}

inline Run RunProgram(const std::string& arguments) {
  return RunShell(absl::StrCat(MUNIMENT_PROGRAM, " ", arguments));
}

inline bool Says(const Run& run, const std::string& text) {
  return run.output.find(text) != std::string::npos;
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
