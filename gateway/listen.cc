#include "gateway/listen.h"

#include <string>
#include <utility>

#include "base/error.h"
#include "gateway/log.h"
#include "gateway/worker_pool.h"

namespace muniment::gateway {

absl::StatusOr<std::vector<std::unique_ptr<net::Server>>> Listen(
    const Config& config, const std::shared_ptr<net::Seats>& seats,
    const std::shared_ptr<net::Handler>& handler) {
  net::ServerOptions options;
  options.port = static_cast<uint16_t>(config.Count(Key::kPort));
  options.threads = static_cast<int>(ThreadCount(config.Count(Key::kIoThreads)));
  options.certificate_file = config.Text(Key::kTlsCertPath);
  options.key_file = config.Text(Key::kTlsKeyPath);
  options.trusted_proxies = config.List(Key::kTrustedProxies);
  options.seats = seats;
  std::vector<std::unique_ptr<net::Server>> servers;
  for (const std::string& address : config.List(Key::kAddress)) {
    options.address = address;
    auto server = net::Server::Start(options, handler);
    if (!server.ok()) {
      const bool optional =
          address == "::1" && !servers.empty() && Reason(server.status()) == "net.bind";
      if (!optional) return server.status();
      LogWarning("not listening on ::1", {{"why", std::string(server.status().message())}});
      continue;
    }
    options.port = (*server)->port();
    servers.push_back(*std::move(server));
  }
  return servers;
}

}  // namespace muniment::gateway
