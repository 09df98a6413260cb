#include "tests/bench/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
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

Server::Server(const std::string& program, const std::string& folder, const Values& environment)
    : port_(FreePort()),
      began_(absl::Now()),
      process_(std::make_unique<Process>(
          std::vector<std::string>{program, "start", "--data-dir", folder, "--port",
                                   absl::StrCat(port_)},
          environment, folder + "/server.log")) {}

absl::Duration Server::FirstAnswer(const std::string& token, const std::string& path,
                                   const std::string& body) {
  return Await([&] { return Answers(port_, token, path, body); }, kPatience);
}

absl::Duration Server::AwaitReady() {
  return Await([this] { return SaysReady(port_); }, kFoldingPatience);
}

absl::Duration Server::Await(absl::FunctionRef<bool()> condition, absl::Duration patience) {
  while (!condition()) {
    if (absl::Now() - began_ > patience || process_->Ended()) {
      Fail(absl::StrCat("the server does not answer:\n", process_->Said()));
    }
    absl::SleepFor(absl::Milliseconds(1));
  }
  return absl::Now() - began_;
}

double Server::StatusMb(const std::string& field) const {
  std::ifstream in(absl::StrCat("/proc/", process_->pid(), "/status"));
  for (std::string word; in >> word;) {
    double kib = 0;
    if (word == field && in >> kib) return kib / 1024;
  }
  Fail("no such process");
}

absl::Duration Server::Cpu() const {
  std::ifstream in(absl::StrCat("/proc/", process_->pid(), "/stat"));
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

}  // namespace muniment::bench
