#include "gateway/net/server.h"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <cstdio>
#include <exception>
#include <future>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/net/connection.h"

namespace muniment::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Code = boost::system::error_code;

constexpr unsigned char kAlpn[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int ChooseAlpn(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in,
               unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kAlpn, sizeof(kAlpn), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

absl::StatusOr<std::unique_ptr<asio::ssl::context>> MakeTls(const ServerOptions& options) {
  if (options.certificate_file.empty() && options.key_file.empty()) {
    return std::unique_ptr<asio::ssl::context>();
  }
  auto tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SSL_CTX* native = tls->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  // Forward secrecy and authenticated encryption, which HTTP/2 asks for (RFC 9113 section 9.2.2).
  SSL_CTX_set_cipher_list(native, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, ChooseAlpn, nullptr);
  Code ec;
  tls->use_certificate_chain_file(options.certificate_file, ec);
  if (ec) {
    return Error(absl::StatusCode::kInvalidArgument, "config.tls_certificate",
                 absl::StrCat("Cannot read the certificate ", options.certificate_file, ": ",
                              ec.message()));
  }
  tls->use_private_key_file(options.key_file, asio::ssl::context::pem, ec);
  if (ec) {
    return Error(absl::StatusCode::kInvalidArgument, "config.tls_key",
                 absl::StrCat("Cannot use the key ", options.key_file, ": ", ec.message()));
  }
  return tls;
}

// A descriptor kept for the time when there is none: without one a connection that cannot be taken
// can neither be refused, and waits for ever.
class Spare {
 public:
  Spare() { Open(); }
  ~Spare() { Close(); }
  // Closes a connection that waits at `listener`; false when there is none, or no descriptor even for
  // that.
  bool Shed(int listener) {
    Close();
    const int waiting = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (waiting >= 0) close(waiting);
    Open();
    return waiting >= 0;
  }

 private:
  void Open() { fd_ = open("/dev/null", O_RDONLY | O_CLOEXEC); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int fd_ = -1;
};

bool OutOfDescriptors(Code ec) {
  return ec == boost::system::errc::too_many_files_open ||
         ec == boost::system::errc::too_many_files_open_in_system;
}

// Nothing of ours throws; what a library still throws ends no thread.
void Run(asio::io_context& context) {
  for (;;) {
    try {
      context.run();
      return;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "gateway/net: %s\n", error.what());
    }
  }
}

}  // namespace

class Server::Impl {
 public:
  absl::Status Start(ServerOptions options, std::shared_ptr<Handler> handler);
  void Stop(absl::Duration patience);
  uint16_t port() const { return port_; }

 private:
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;
  absl::Status Listen(const ServerOptions& options);
  void Accept();
  void OnAccept(size_t at, Code ec, tcp::socket socket);

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::vector<std::shared_ptr<IoLoop>> loops_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::unique_ptr<tcp::acceptor> acceptor_;
  std::unique_ptr<asio::steady_timer> pause_;
  Spare spare_;
  size_t next_ = 0;
  uint16_t port_ = 0;
  bool stopped_ = false;
};

absl::Status Server::Impl::Listen(const ServerOptions& options) {
  Code ec;
  const auto address = asio::ip::make_address(options.address, ec);
  if (ec) {
    return Error(absl::StatusCode::kInvalidArgument, "config.listen_address",
                 absl::StrCat("\"", options.address, "\" is no IP address."));
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_ = std::make_unique<tcp::acceptor>(loops_[0]->context);
  acceptor_->open(endpoint.protocol(), ec);
  if (!ec) acceptor_->set_option(asio::socket_base::reuse_address(true), ec);
  if (!ec && address.is_v6()) acceptor_->set_option(asio::ip::v6_only(false), ec);
  if (!ec) acceptor_->bind(endpoint, ec);
  if (!ec) acceptor_->listen(1024, ec);
  if (!ec) port_ = acceptor_->local_endpoint(ec).port();
  if (ec) {
    return Error(absl::StatusCode::kUnavailable, "net.bind",
                 absl::StrCat("Cannot listen on ", options.address, " port ", options.port, ": ",
                              ec.message()));
  }
  return absl::OkStatus();
}

absl::Status Server::Impl::Start(ServerOptions options, std::shared_ptr<Handler> handler) {
  shared_->limits = options.limits;
  shared_->seats = options.seats != nullptr ? std::move(options.seats)
                                            : std::make_shared<Seats>(options.limits.connections);
  shared_->handler = std::move(handler);
  shared_->budget = std::make_shared<Budget>();
  shared_->budget->limit = static_cast<int64_t>(options.limits.buffered_bodies);
  ASSIGN_OR_RETURN(shared_->proxies, Proxies::Parse(options.trusted_proxies));
  ASSIGN_OR_RETURN(shared_->tls, MakeTls(options));
  int threads = options.threads;
  if (threads <= 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  for (int i = 0; i < threads; ++i) {
    loops_.push_back(std::make_shared<IoLoop>());
    guards_.emplace_back(loops_.back()->context.get_executor());
  }
  RETURN_IF_ERROR(Listen(options));
  pause_ = std::make_unique<asio::steady_timer>(loops_[0]->context);
  Accept();
  for (const auto& loop : loops_) threads_.emplace_back([loop] { Run(loop->context); });
  return absl::OkStatus();
}

// Connections go round the threads in turn.
void Server::Impl::Accept() {
  const size_t at = next_++ % loops_.size();
  acceptor_->async_accept(loops_[at]->context, [this, at](Code ec, tcp::socket socket) {
    OnAccept(at, ec, std::move(socket));
  });
}

void Server::Impl::OnAccept(size_t at, Code ec, tcp::socket socket) {
  if (!acceptor_->is_open()) return;
  if (OutOfDescriptors(ec) && spare_.Shed(acceptor_->native_handle())) return Accept();
  if (ec) {
    // Trying on at once would spin.
    pause_->expires_after(std::chrono::milliseconds(50));
    pause_->async_wait([this](Code canceled) {
      if (!canceled && acceptor_->is_open()) Accept();
    });
    return;
  }
  if (shared_->seats->Take()) {
    auto connection =
        std::make_shared<Connection>(shared_, loops_[at], std::move(socket));
    asio::post(loops_[at]->context, [connection = std::move(connection)] { connection->Start(); });
  }
  Accept();
}

void Server::Impl::Stop(absl::Duration patience) {
  if (stopped_) return;
  stopped_ = true;
  if (threads_.empty()) return;
  std::promise<void> shut;
  asio::post(loops_[0]->context, [this, &shut] {
    Code ec;
    acceptor_->close(ec);
    pause_->cancel(ec);
    shut.set_value();
  });
  shut.get_future().wait();
  for (const auto& loop : loops_) {
    asio::post(loop->context, [loop] {
      const auto connections = loop->connections;
      for (const auto& connection : connections) connection->Drain();
    });
  }
  {
    absl::MutexLock lock(&shared_->mu);
    auto none = [this] { return shared_->connections == 0; };
    shared_->mu.AwaitWithTimeout(absl::Condition(&none), patience);
  }
  for (const auto& loop : loops_) {
    asio::post(loop->context, [loop] {
      const auto connections = loop->connections;
      for (const auto& connection : connections) connection->Kill();
    });
  }
  guards_.clear();
  for (auto& thread : threads_) thread.join();
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Server::~Server() { Stop(absl::ZeroDuration()); }

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options,
                                                      std::shared_ptr<Handler> handler) {
  auto impl = std::make_unique<Impl>();
  try {
    RETURN_IF_ERROR(impl->Start(std::move(options), std::move(handler)));
  } catch (const std::exception& error) {
    return Error(absl::StatusCode::kInternal, "net.start", error.what());
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

uint16_t Server::port() const { return impl_->port(); }

void Server::Stop(absl::Duration patience) { impl_->Stop(patience); }

}  // namespace muniment::net
