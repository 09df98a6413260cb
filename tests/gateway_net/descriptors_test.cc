// A process that runs out of file descriptors, and one whose servers share their room.
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "tests/gateway_net/raw_client.h"
#include "tests/gateway_net/site.h"

namespace muniment::net {
namespace {

// Leaves the process no descriptor but the next one.
class LastDescriptor {
 public:
  LastDescriptor() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const int highest = dup(0);
    // Below the highest every hole is filled, so the limit stands right above it.
    for (int fd = highest; fd <= highest; fd = open("/dev/null", O_RDONLY)) held_.push_back(fd);
    const int next = dup(0);
    close(next);
    rlimit tight = before_;
    tight.rlim_cur = static_cast<rlim_t>(next) + 1;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
  }
  ~LastDescriptor() {
    setrlimit(RLIMIT_NOFILE, &before_);
    for (const int fd : held_) close(fd);
  }

 private:
  rlimit before_ = {};
  std::vector<int> held_;
};

double CpuSeconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

std::string Hello(uint16_t port) {
  RawClient client(port);
  client.Send("GET /hello HTTP/1.1\r\nHost: test.example\r\nConnection: close\r\n\r\n");
  return client.ReadToEnd();
}

TEST_CASE("a process out of descriptors closes new connections instead of letting them wait") {
  Site site;
  {
    const LastDescriptor last;
    for (int i = 0; i < 20; ++i) {
      RawClient client(site.port());
      const absl::Time start = absl::Now();
      CHECK(client.Ends());
      CHECK(absl::Now() - start < absl::Seconds(10));
    }
    const double cpu = CpuSeconds();
    absl::SleepFor(absl::Milliseconds(500));
    CHECK(CpuSeconds() - cpu < 0.2);
  }
  CHECK_THAT(Hello(site.port()), Catch::Contains("200 OK"));
}

TEST_CASE("servers of one process share their room, and a connection that ends makes some") {
  const auto seats = std::make_shared<Seats>(2);
  const auto router = std::make_shared<Router>();
  std::unique_ptr<Server> servers[2];
  for (auto& server : servers) {
    ServerOptions options;
    options.threads = 1;
    options.seats = seats;
    server = *Server::Start(std::move(options), router);
  }
  auto first = std::make_unique<RawClient>(servers[0]->port());
  RawClient second(servers[1]->port());
  // Both are known to be taken once they are answered.
  for (RawClient* client : {first.get(), &second}) {
    client->Send("GET / HTTP/1.1\r\nHost: test.example\r\n\r\n");
    CHECK_THAT(client->ReadUntil("\r\n\r\n"), Catch::Contains("404"));
  }
  for (const auto& server : servers) {
    RawClient third(server->port());
    CHECK(third.Ends());
  }
  first.reset();
  std::string got;
  for (int i = 0; i < 1000 && got.empty(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
    got = Hello(servers[1]->port());
  }
  CHECK_THAT(got, Catch::Contains("404"));
}

}  // namespace
}  // namespace muniment::net
