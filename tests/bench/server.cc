#include "tests/bench/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/load_client.h"

namespace muniment::bench {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);
// A node that folds a whole log first.
constexpr absl::Duration kFoldingPatience = absl::Minutes(10);

// Whether /debug/ready is answered with 200.
bool SaysReady(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  constexpr char kRequest[] =
      "GET /debug/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  std::string answer(12, '\0');
  const bool said =
      connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      send(fd, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL) == sizeof kRequest - 1 &&
      recv(fd, answer.data(), answer.size(), MSG_WAITALL) == static_cast<ssize_t>(answer.size());
  close(fd);
  return said && answer == "HTTP/1.1 200";
}

// The process's own, with more.
std::vector<std::string> EnvironmentWith(
    const std::vector<std::pair<std::string, std::string>>& more) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) all.emplace_back(*each);
  for (const auto& [name, value] : more) all.push_back(absl::StrCat(name, "=", value));
  return all;
}

uint16_t FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    Fail("no free port");
  }
  close(fd);
  return ntohs(address.sin_port);
}

}  // namespace

Server::Server(const std::string& program, const std::string& folder,
               const std::vector<std::pair<std::string, std::string>>& environment)
    : log_(folder + "/server.log"), port_(FreePort()) {
  const std::string port = absl::StrCat(port_);
  const std::vector<std::string> variables = EnvironmentWith(environment);
  std::vector<const char*> given;
  for (const std::string& variable : variables) given.push_back(variable.c_str());
  given.push_back(nullptr);
  began_ = absl::Now();
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = open(log_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  dup2(out, 1);
  dup2(out, 2);
  execle(program.c_str(), program.c_str(), "start", "--data-dir", folder.c_str(), "--port",
         port.c_str(), static_cast<char*>(nullptr), const_cast<char* const*>(given.data()));
  _exit(127);
}

absl::Duration Server::FirstAnswer(const std::string& token, const std::string& path,
                                   const std::string& body) {
  return Await([&] { return Answers(port_, token, path, body); }, kPatience);
}

absl::Duration Server::AwaitReady() {
  return Await([this] { return SaysReady(port_); }, kFoldingPatience);
}

absl::Duration Server::Await(absl::FunctionRef<bool()> condition, absl::Duration patience) {
  while (!condition()) {
    if (absl::Now() - began_ > patience || waitpid(pid_, nullptr, WNOHANG) != 0) {
      std::ifstream log(log_);
      Fail(absl::StrCat("the server does not answer:\n",
                        std::string(std::istreambuf_iterator<char>(log), {})));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::Now() - began_;
}

double Server::StatusMb(const std::string& field) const {
  std::ifstream in(absl::StrCat("/proc/", pid_, "/status"));
  for (std::string word; in >> word;) {
    double kib = 0;
    if (word == field && in >> kib) return kib / 1024;
  }
  Fail("no such process");
}

absl::Duration Server::Cpu() const {
  std::ifstream in(absl::StrCat("/proc/", pid_, "/stat"));
  std::string line;
  std::getline(in, line);
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::vector<std::string> words;
  for (std::string word; fields >> word;) words.push_back(word);
  if (words.size() < 13) Fail("no such process");
  // proc(5): fields 14 and 15, counted from the process id.
  const double ticks = std::stod(words[11]) + std::stod(words[12]);
  return absl::Seconds(ticks / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

void Server::Stop() {
  if (pid_ == 0) return;
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

}  // namespace muniment::bench
