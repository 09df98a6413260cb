#include "gateway/net/connection.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "absl/strings/match.h"

namespace muniment::net {
namespace {

namespace asio = boost::asio;

constexpr absl::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr size_t kWriteSize = 64 << 10;
constexpr absl::Duration kLinger = absl::Seconds(2);

}  // namespace

bool IoLoop::InThread() const {
  return const_cast<asio::io_context&>(context).get_executor().running_in_this_thread();
}

void IoLoop::Post(absl::AnyInvocable<void()> work) {
  asio::post(context, [work = std::move(work)]() mutable { work(); });
}

std::shared_ptr<void> IoLoop::After(absl::Duration delay, absl::AnyInvocable<void()> work) {
  auto timer = std::make_shared<asio::steady_timer>(context);
  timer->expires_after(absl::ToChronoNanoseconds(std::clamp(
      delay, absl::ZeroDuration(), absl::Hours(24 * 365))));
  timer->async_wait([work = std::move(work), weak = std::weak_ptr<void>(timer)](
                        boost::system::error_code ec) mutable {
    if (!ec && !weak.expired()) work();
  });
  return timer;
}

Connection::Connection(std::shared_ptr<Shared> shared, std::shared_ptr<IoLoop> loop, Socket socket)
    : shared_(std::move(shared)), io_(std::move(loop)), loop_as_base_(io_),
      socket_(std::move(socket)), timer_(io_->context) {
  shared_->Opened();
}

Connection::~Connection() {
  shared_->seats->Leave();
  shared_->Closed();
}

Connection::Socket& Connection::Raw() {
  if (auto* plain = std::get_if<Socket>(&socket_)) return *plain;
  return std::get<Tls>(socket_).next_layer();
}

void Connection::Start() {
  io_->connections.insert(shared_from_this());
  Code ec;
  const auto endpoint = Raw().remote_endpoint(ec);
  if (ec) return Kill();
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  peer_ = address.to_string(ec);
  Raw().set_option(asio::ip::tcp::no_delay(true), ec);
  Raw().set_option(asio::socket_base::keep_alive(true), ec);
  Arm(absl::Now() + shared_->limits.header_time);
  if (shared_->tls == nullptr) return Read();
  secure_ = true;
  Socket plain = std::move(std::get<Socket>(socket_));
  socket_.emplace<Tls>(std::move(plain), *shared_->tls);
  std::get<Tls>(socket_).async_handshake(
      asio::ssl::stream_base::server,
      [self = shared_from_this()](Code ec) { self->Handshaken(ec); });
}

void Connection::Handshaken(Code ec) {
  if (dead_) return;
  if (ec) return Kill();
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(std::get<Tls>(socket_).native_handle(), &name, &size);
  if (absl::string_view(reinterpret_cast<const char*>(name), size) == "h2") {
    engine_ = NewHttp2(*this);
    Flush();
  }
  if (draining_) Drain();
  Read();
}

void Connection::Introduce(Request& request) const {
  request.scheme = secure_ ? "https" : "http";
  shared_->proxies.Introduce(peer_, request);
}

void Connection::Read() {
  if (reading_ || dead_) return;
  // A client that sends but does not take is not read from.
  if (!closing_ && engine_ != nullptr && (!engine_->WantsInput() || out_.size() > 4 * kWriteSize)) {
    return;
  }
  reading_ = true;
  auto done = [self = shared_from_this()](Code ec, size_t size) { self->OnRead(ec, size); };
  if (auto* plain = std::get_if<Socket>(&socket_)) {
    plain->async_read_some(asio::buffer(in_), std::move(done));
  } else {
    std::get<Tls>(socket_).async_read_some(asio::buffer(in_), std::move(done));
  }
}

void Connection::OnRead(Code ec, size_t size) {
  reading_ = false;
  if (dead_) return;
  if (ec) return Kill();
  const absl::string_view bytes(in_.data(), size);
  if (closing_) {
    // What comes after our last word is thrown away, so that the word arrives.
  } else if (engine_ == nullptr) {
    Choose(bytes);
  } else {
    Receive(bytes);
  }
  Read();
}

// HTTP/2 with prior knowledge starts with a preface that no HTTP/1.1 request can start with.
void Connection::Choose(absl::string_view bytes) {
  preface_.append(bytes.data(), bytes.size());
  const absl::string_view seen(preface_);
  if (seen.size() < kPreface.size() && absl::StartsWith(kPreface, seen)) return;
  engine_ = absl::StartsWith(seen, kPreface) ? NewHttp2(*this) : NewHttp1(*this);
  if (draining_) engine_->Drain();
  const std::string first = std::exchange(preface_, std::string());
  Receive(first);
}

void Connection::Receive(absl::string_view bytes) {
  busy_ = true;
  const bool alive = engine_->Receive(bytes);
  busy_ = false;
  Flush();
  if (!alive && !writing_) Close();
  if (timer_at_ > absl::Now() + absl::Seconds(1)) Tick();
}

void Connection::Flush() {
  if (busy_ || writing_ || dead_ || closing_ || engine_ == nullptr) return;
  busy_ = true;
  engine_->Fill(out_, kWriteSize);
  busy_ = false;
  if (out_.empty()) {
    if (engine_->Finished()) Close();
    return;
  }
  writing_ = true;
  write_since_ = absl::Now();
  auto done = [self = shared_from_this()](Code ec, size_t) { self->OnWritten(ec); };
  if (auto* plain = std::get_if<Socket>(&socket_)) {
    asio::async_write(*plain, asio::buffer(out_), std::move(done));
  } else {
    asio::async_write(std::get<Tls>(socket_), asio::buffer(out_), std::move(done));
  }
}

void Connection::OnWritten(Code ec) {
  writing_ = false;
  if (dead_) return;
  if (ec) return Kill();
  out_.clear();
  busy_ = true;
  engine_->Drained();
  busy_ = false;
  Flush();
  Read();
}

void Connection::Drain() {
  draining_ = true;
  if (dead_ || closing_) return;
  if (engine_ == nullptr) {
    // Nothing was asked, a handshake under way included.
    if (preface_.empty()) Kill();
    return;
  }
  engine_->Drain();
  Tick();
  Flush();
}

// A friendly end: our side is shut, what the client still sends is drained for a moment.
void Connection::Close() {
  if (closing_ || dead_) return;
  closing_ = true;
  busy_ = true;
  engine_->Lost();
  busy_ = false;
  if (auto* tls = std::get_if<Tls>(&socket_)) {
    tls->async_shutdown([self = shared_from_this()](Code) {
      self->closing_ = true;
      self->Kill();
    });
  } else {
    Code ec;
    Raw().shutdown(Socket::shutdown_send, ec);
  }
  Arm(absl::Now() + kLinger);
  Read();
}

void Connection::Kill() {
  if (dead_) return;
  dead_ = true;
  const auto self = shared_from_this();
  if (engine_ != nullptr) {
    busy_ = true;
    engine_->Lost();
    busy_ = false;
  }
  Code ec;
  timer_.cancel(ec);
  Raw().close(ec);
  io_->connections.erase(self);
}

void Connection::Tick() {
  if (dead_) return;
  const absl::Time now = absl::Now();
  if (closing_) {
    if (now >= timer_at_) return Kill();
    return Arm(timer_at_);
  }
  if (engine_ == nullptr) {
    if (now - opened_ >= shared_->limits.header_time) return Kill();
    return Arm(opened_ + shared_->limits.header_time);
  }
  // Whatever the engine waits for, a client that takes nothing is left.
  const absl::Time taken_by = writing_ ? write_since_ + shared_->limits.stall_time
                                       : absl::InfiniteFuture();
  if (now >= taken_by) return Kill();
  busy_ = true;
  const absl::Time next = engine_->Tick(now);
  busy_ = false;
  if (next == absl::InfinitePast()) return Close();
  Arm(std::min(next, taken_by));
  Flush();
}

void Connection::Arm(absl::Time when) {
  timer_at_ = when;
  timer_.expires_after(
      absl::ToChronoNanoseconds(std::max(when - absl::Now(), absl::Milliseconds(1))));
  timer_.async_wait([weak = weak_from_this()](Code ec) {
    if (ec) return;
    if (const auto self = weak.lock()) self->Tick();
  });
}

}  // namespace muniment::net
