// A client's connection: its socket (plain or TLS), its timers, and the engine that its first bytes
// or ALPN ask for. Lives on one I/O thread; kept alive by its pending operations.
#ifndef MUNIMENT_GATEWAY_NET_CONNECTION_H_
#define MUNIMENT_GATEWAY_NET_CONNECTION_H_

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>
#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "gateway/net/engine.h"
#include "gateway/net/proxies.h"
#include "gateway/net/server.h"

namespace muniment::net {

class Connection;

// What all connections of a server share. Immutable but for the count.
struct Shared {
  Limits limits;
  std::shared_ptr<Seats> seats;
  Proxies proxies;
  std::shared_ptr<Handler> handler;
  std::shared_ptr<Budget> budget;
  std::unique_ptr<boost::asio::ssl::context> tls;  // null without TLS

  void Opened() {
    absl::MutexLock lock(&mu);
    ++connections;
  }
  void Closed() {
    absl::MutexLock lock(&mu);
    --connections;
  }
  mutable absl::Mutex mu;
  size_t connections = 0;
};

class IoLoop : public Loop, public std::enable_shared_from_this<IoLoop> {
 public:
  bool InThread() const override;
  void Post(absl::AnyInvocable<void()> work) override;
  std::shared_ptr<void> After(absl::Duration delay, absl::AnyInvocable<void()> work) override;

  boost::asio::io_context context{1};
  // Has the context open its descriptors now, not with the first connection, when there may be none.
  boost::asio::steady_timer opens_context{context};
  // Of this thread alone.
  absl::flat_hash_set<std::shared_ptr<Connection>> connections;
};

class Connection : public Host, public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Shared> shared, std::shared_ptr<IoLoop> loop,
             boost::asio::ip::tcp::socket socket);
  ~Connection() override;

  void Start();
  void Drain();
  void Kill();

  const std::shared_ptr<Loop>& loop() const override { return loop_as_base_; }
  const Limits& limits() const override { return shared_->limits; }
  Handler& handler() const override { return *shared_->handler; }
  const std::shared_ptr<Budget>& budget() const override { return shared_->budget; }
  void Introduce(Request& request) const override;
  void Flush() override;

 private:
  using Socket = boost::asio::ip::tcp::socket;
  using Tls = boost::asio::ssl::stream<Socket>;
  using Code = boost::system::error_code;

  Socket& Raw();
  void Handshaken(Code ec);
  void Read();
  void OnRead(Code ec, size_t size);
  void OnWritten(Code ec);
  void Choose(absl::string_view bytes);
  void Receive(absl::string_view bytes);
  void Close();
  void Tick();
  void Arm(absl::Time when);

  const std::shared_ptr<Shared> shared_;
  const std::shared_ptr<IoLoop> io_;
  const std::shared_ptr<Loop> loop_as_base_;
  std::variant<Socket, Tls> socket_;
  boost::asio::steady_timer timer_;
  absl::Time timer_at_ = absl::InfiniteFuture(), opened_ = absl::Now(), write_since_;
  std::string peer_;
  bool secure_ = false;

  std::unique_ptr<Engine> engine_;
  std::array<char, 16384> in_;
  std::string preface_, out_;
  bool reading_ = false, writing_ = false, busy_ = false;
  bool closing_ = false, dead_ = false, draining_ = false;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_CONNECTION_H_
