// The program as a process of its own: what it prints and how it ends.
#ifndef MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
#define MUNIMENT_TESTS_GATEWAY_PROGRAM_H_

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

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

// A server, ended by SIGTERM once it has greeted; `more` is run by the shell before that.
inline Run RunUntilServing(const std::string& arguments, const std::string& more = ":") {
  return RunShell(absl::StrCat(
      "out=$(mktemp); ", MUNIMENT_PROGRAM, " ", arguments,
      " >$out 2>&1 & pid=$!; for i in $(seq 400); do grep -q 'Muniment serves on' $out && break; "
      "kill -0 $pid 2>/dev/null || break; sleep 0.05; done; ", more,
      "; kill -TERM $pid 2>/dev/null; wait $pid; code=$?; cat $out; rm $out; exit $code"));
}

// A port of loopback that nobody listens on.
inline uint16_t FreePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  REQUIRE(socket >= 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  REQUIRE(bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
  REQUIRE(getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  close(socket);
  return ntohs(address.sin_port);
}

inline bool Says(const Run& run, const std::string& text) {
  return run.output.find(text) != std::string::npos;
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
