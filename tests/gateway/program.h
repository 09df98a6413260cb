// The program as a process of its own: what it prints and how it ends.
//
//   const Run run = RunProgram("verify --data-dir " + data.path());
//   Program server(data);                                // serves until it is stopped, or goes
//   JsonClient admin(server.port(), data.token());
#ifndef MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
#define MUNIMENT_TESTS_GATEWAY_PROGRAM_H_

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/gateway/data_dir.h"

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

// The program as somebody who owns nothing here.
inline Run RunAsNobody(const std::string& arguments) {
  return RunShell(absl::StrCat(
      "(at=$(mktemp -d); chmod 755 $at; cp ", MUNIMENT_PROGRAM, " $at/muniment; chmod 755 ",
      "$at/muniment; if [ $(id -u) = 0 ]; then as='setpriv --reuid 65534 --regid 65534 ",
      "--clear-groups'; fi; $as $at/muniment ", arguments, "; code=$?; rm -r $at; exit $code)"));
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

// A server over a data directory that stands by itself. What it prints is kept in a file beside it.
class Program {
 public:
  // `first` is what a shell does before it becomes the program, such as "ulimit -Sn 20".
  explicit Program(const DataDir& data, const std::string& first = ":")
      : port_(FreePort()), out_(data.path() + ".out") {
    const std::string line =
        absl::StrCat(first, "; exec ", MUNIMENT_PROGRAM, " start --address 127.0.0.1 --port ",
                     port_, " --data-dir ", data.path());
    const int out = open(out_.c_str(), O_CREAT | O_TRUNC | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(out >= 0);
    child_ = fork();
    if (child_ == 0) {
      dup2(out, STDOUT_FILENO);
      dup2(out, STDERR_FILENO);
      execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      _exit(127);
    }
    close(out);
    REQUIRE(child_ > 0);
    for (int i = 0; i < 1200 && !Serves() && !Ended(); ++i) absl::SleepFor(absl::Milliseconds(50));
    const std::string printed = Printed();
    const bool serves = Serves();
    if (!serves) Remove();
    INFO(printed);
    REQUIRE(serves);
  }
  ~Program() { Remove(); }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // In order; the test fails where that takes more than a minute, and the process is killed.
  void Stop() {
    if (child_ < 0) return;
    kill(child_, SIGTERM);
    for (int i = 0; i < 1200 && !Ended(); ++i) absl::SleepFor(absl::Milliseconds(50));
    if (child_ < 0) return;
    FAIL_CHECK("The server does not end.");
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  // As a machine dies.
  void Kill() {
    if (child_ < 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = -1;
  }
  uint16_t port() const { return port_; }
  std::string Printed() const { return Content(out_); }

 private:
  bool Serves() const { return Printed().find("Muniment serves on") != std::string::npos; }
  bool Ended() {
    if (child_ > 0 && waitpid(child_, nullptr, WNOHANG) == child_) child_ = -1;
    return child_ < 0;
  }
  void Remove() {
    Stop();
    std::filesystem::remove(out_);
  }

  const uint16_t port_;
  const std::string out_;
  pid_t child_ = -1;
};

inline bool Says(const Run& run, const std::string& text) {
  return run.output.find(text) != std::string::npos;
}

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_GATEWAY_PROGRAM_H_
