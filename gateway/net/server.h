// The one listening port: HTTP/1.1 and HTTP/2, cleartext or TLS, told apart by what the client says
// first (ALPN, or HTTP/2's preface).
//
//   ServerOptions options;
//   options.port = 8080;
//   ASSIGN_OR_RETURN(auto server, Server::Start(std::move(options), handler));
//   ...
//   server->Stop(absl::Seconds(30));
//
// Start binds and returns; I/O runs on `threads` threads of its own, a connection on one of them.
// When the process is out of file descriptors new connections are closed at once, not left waiting.
#ifndef MUNIMENT_GATEWAY_NET_SERVER_H_
#define MUNIMENT_GATEWAY_NET_SERVER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "gateway/net/http.h"
#include "gateway/net/limits.h"

namespace muniment::net {

// Room for connections. Servers that listen on several addresses of one process share it.
class Seats {
 public:
  explicit Seats(size_t limit) : limit_(limit) {}
  bool Take() {
    if (taken_.fetch_add(1) < limit_) return true;
    Leave();
    return false;
  }
  void Leave() { taken_.fetch_sub(1); }

 private:
  const size_t limit_;
  std::atomic<size_t> taken_{0};
};

struct ServerOptions {
  std::string address = "127.0.0.1";  // an IP address; "::" takes both families
  uint16_t port = 0;                  // 0: any free one
  int threads = 0;                    // 0: one for each core
  // PEM files; both or neither.
  std::string certificate_file, key_file;
  // Addresses and CIDR ranges whose word about the client is taken (proxies.h).
  std::vector<std::string> trusted_proxies;
  Limits limits;
  std::shared_ptr<Seats> seats;  // null: Limits::connections of its own
};

class Server {
 public:
  // INVALID_ARGUMENT "config.*" for a bad option, UNAVAILABLE "net.bind" when the port is taken.
  static absl::StatusOr<std::unique_ptr<Server>> Start(ServerOptions options,
                                                       std::shared_ptr<Handler> handler);
  ~Server();

  uint16_t port() const;

  // Takes no more connections, tells clients to go (GOAWAY, connection: close), waits for requests
  // under way, and cuts what is left after `patience`. Blocks; a second call does nothing.
  void Stop(absl::Duration patience);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_SERVER_H_
