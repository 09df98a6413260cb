#include "tests/bench/load_client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace muniment::bench {
namespace {

constexpr size_t kReadBytes = 64 << 10;
constexpr int32_t kWindow = 16 << 20;
constexpr char kUnavailable[] = "14";  // grpc-status

int Connect(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

std::string Enveloped(const std::string& message) {
  std::string out(5, '\0');
  for (int i = 0; i < 4; ++i) out[1 + i] = static_cast<char>(message.size() >> (24 - 8 * i));
  return out + message;
}

nghttp2_nv Pair(absl::string_view name, absl::string_view value) {
  const auto bytes = [](absl::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

}  // namespace

struct LoadClient::Stream {
  uint64_t number = 0;
  std::string body;
  size_t sent = 0;
  absl::Time began;
  std::string status, message;
};

struct LoadClient::Connection {
  explicit Connection(LoadClient& c, int socket) : client(c), fd(socket) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks,
        [](nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
           size_t name_size, const uint8_t* value, size_t value_size, uint8_t, void* user) {
          const Connection& of = *static_cast<Connection*>(user);
          auto* stream = static_cast<Stream*>(
              nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
          const absl::string_view key(reinterpret_cast<const char*>(name), name_size);
          const std::string text(reinterpret_cast<const char*>(value), value_size);
          const char* const verdict = of.client.forms_ ? ":status" : "grpc-status";
          if (stream != nullptr && key == verdict) {
            stream->status = of.client.forms_ && text == "200" ? "0" : text;
          }
          if (stream != nullptr && key == "grpc-message") stream->message = text;
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes,
                      size_t size, void* user) {
          auto* answers = static_cast<Connection*>(user)->client.answers_;
          auto* stream = static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id));
          if (answers != nullptr && stream != nullptr) {
            (*answers)[stream->number].append(reinterpret_cast<const char*>(bytes), size);
          }
          return 0;
        });
    nghttp2_session_callbacks_set_on_stream_close_callback(
        callbacks, [](nghttp2_session* session, int32_t id, uint32_t, void* user) {
          static_cast<Connection*>(user)->Closed(std::unique_ptr<Stream>(
              static_cast<Stream*>(nghttp2_session_get_stream_user_data(session, id))));
          return 0;
        });
    nghttp2_session_client_new(&session, callbacks, this);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow}};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 1);
    nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, kWindow);
  }
  ~Connection() {
    nghttp2_session_del(session);
    close(fd);
  }

  void Closed(std::unique_ptr<Stream> stream) {
    if (stream == nullptr) return;
    const absl::Time now = absl::Now();
    const double took = absl::ToDoubleMicroseconds(now - stream->began);
    if (stream->status == "0") {
      client.latencies_.Add(took);
    } else if (client.patient_ && stream->status == kUnavailable) {
      client.unavailable_ = true;
    } else if (client.counts_refusals_) {
      ++client.refusals_.by_status[stream->status];
      client.refusals_.latencies.Add(took);
    } else {
      Fail(absl::StrCat(client.path_, " answered ", stream->status, ": ", stream->message));
    }
    ++client.done_;
    --client.under_way_;
    if (!client.paced_ && now < client.end_ && client.next_ < client.last_) {
      client.Submit(*this, now);
    }
  }
  void Flush() {
    out.clear();
    const uint8_t* bytes = nullptr;
    for (ssize_t size; (size = nghttp2_session_mem_send(session, &bytes)) > 0;) {
      out.append(reinterpret_cast<const char*>(bytes), size);
    }
    for (size_t at = 0; at < out.size();) {
      const ssize_t wrote = send(fd, out.data() + at, out.size() - at, MSG_NOSIGNAL);
      if (wrote <= 0) Fail("the server closed a connection");
      at += wrote;
    }
  }
  void Read() {
    thread_local uint8_t buffer[kReadBytes];
    const ssize_t size = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) Fail("the server closed a connection");
    if (nghttp2_session_mem_recv(session, buffer, size) < 0) Fail("HTTP/2");
  }

  LoadClient& client;
  const int fd;
  nghttp2_session* session = nullptr;
  std::string out;
};

LoadClient::LoadClient(uint16_t port, std::string token, int connections, int streams)
    : authority_(absl::StrCat("localhost:", port)),
      authorization_(absl::StrCat("Bearer ", token)),
      streams_(streams) {
  for (int i = 0; i < connections; ++i) {
    const int fd = Connect(port);
    if (fd < 0) Fail("no connection");
    connections_.push_back(std::make_unique<Connection>(*this, fd));
    // The server waits some seconds for the first bytes, and other loops may run before ours.
    connections_.back()->Flush();
  }
}

LoadClient::~LoadClient() = default;

void LoadClient::PostForms(std::string authorization) {
  forms_ = true;
  authorization_ = std::move(authorization);
}

void LoadClient::GetPages(std::string authorization) {
  PostForms(std::move(authorization));
  gets_ = true;
}

void LoadClient::Say(std::string name, std::string value) {
  said_.emplace_back(std::move(name), std::move(value));
}

uint64_t LoadClient::Refusals::count() const {
  uint64_t count = 0;
  for (const auto& [status, of] : by_status) count += of;
  return count;
}

void LoadClient::Submit(Connection& connection, absl::Time due) {
  auto stream = std::make_unique<Stream>();
  stream->number = next_++;
  stream->body = (*body_)(stream->number);
  if (!forms_) stream->body = Enveloped(stream->body);
  stream->began = due;
  std::vector<nghttp2_nv> headers = {Pair(":method", gets_ ? "GET" : "POST"),
                                     Pair(":scheme", "http"), Pair(":path", path_),
                                     Pair(":authority", authority_)};
  if (gets_) {
    stream->body.clear();
  } else if (forms_) {
    headers.push_back(Pair("content-type", "application/x-www-form-urlencoded"));
  } else {
    headers.push_back(Pair("content-type", "application/grpc"));
    headers.push_back(Pair("te", "trailers"));
  }
  if (!authorization_.empty()) headers.push_back(Pair("authorization", authorization_));
  for (const auto& [name, value] : said_) headers.push_back(Pair(name, value));
  nghttp2_data_provider body;
  body.source.ptr = stream.get();
  body.read_callback = [](nghttp2_session*, int32_t, uint8_t* out, size_t room, uint32_t* flags,
                          nghttp2_data_source* source, void*) -> ssize_t {
    auto* from = static_cast<Stream*>(source->ptr);
    const size_t size = std::min(room, from->body.size() - from->sent);
    std::memcpy(out, from->body.data() + from->sent, size);
    from->sent += size;
    if (from->sent == from->body.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(size);
  };
  if (nghttp2_submit_request(connection.session, nullptr, headers.data(), headers.size(),
                             gets_ ? nullptr : &body, stream.get()) < 0) {
    Fail("a request");
  }
  (void)stream.release();  // comes back when it closes
  ++under_way_;
}

void LoadClient::Begin(const std::string& path, const Body& body) {
  path_ = path;
  body_ = &body;
  done_ = 0;
  last_ = std::numeric_limits<uint64_t>::max();
  latencies_ = {};
  refusals_ = {};
}

void LoadClient::Turn(absl::Duration wait) {
  std::vector<pollfd> ready;
  for (auto& connection : connections_) ready.push_back({connection->fd, POLLIN, 0});
  const timespec time = absl::ToTimespec(wait);
  if (ppoll(ready.data(), ready.size(), &time, nullptr) < 0) Fail("poll");
  for (size_t i = 0; i < ready.size(); ++i) {
    if (ready[i].revents == 0) continue;
    connections_[i]->Read();
    connections_[i]->Flush();
  }
}

Load LoadClient::Finish(absl::Time began) {
  for (absl::Time last = absl::Now(); under_way_ > 0;) {
    const uint64_t before = done_;
    Turn(absl::Seconds(1));
    if (done_ != before) last = absl::Now();
    if (absl::Now() - last > absl::Seconds(30)) Fail("no answer for 30 s");
  }
  Load load;
  load.operations = done_ - refusals_.count();
  load.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  load.latencies = latencies_;
  return load;
}

Load LoadClient::Run(const std::string& path, absl::Duration time, const Body& body) {
  Begin(path, body);
  const absl::Time began = absl::Now();
  end_ = began + time;
  for (auto& connection : connections_) {
    for (int i = 0; i < streams_; ++i) Submit(*connection, absl::Now());
    connection->Flush();
  }
  return Finish(began);
}

Load LoadClient::RunEach(const std::string& path, uint64_t operations, const Body& body,
                         std::vector<std::string>* answers) {
  Begin(path, body);
  next_ = 0;
  answers_ = answers;
  if (answers != nullptr) answers->assign(operations, "");
  last_ = operations;
  end_ = absl::InfiniteFuture();
  const absl::Time began = absl::Now();
  for (auto& connection : connections_) {
    for (int i = 0; i < streams_ && next_ < last_; ++i) Submit(*connection, absl::Now());
    connection->Flush();
  }
  const Load load = Finish(began);
  answers_ = nullptr;
  return load;
}

Load LoadClient::RunPaced(const std::string& path, double rate, absl::Duration time,
                          const Body& body) {
  Begin(path, body);
  paced_ = true;
  const absl::Time began = absl::Now();
  end_ = began + time;
  const absl::Duration gap = absl::Seconds(1) / rate;
  for (absl::Time due = began; due < end_;) {
    for (; due <= absl::Now() && due < end_; due += gap) {
      Connection& connection = *connections_[next_ % connections_.size()];
      Submit(connection, due);
      connection.Flush();
    }
    Turn(std::max(due - absl::Now(), absl::ZeroDuration()));
  }
  const Load load = Finish(began);
  paced_ = false;
  return load;
}

bool Answers(uint16_t port, const std::string& token, const std::string& path,
             const std::string& body) {
  const int fd = Connect(port);
  if (fd < 0) return false;
  close(fd);
  LoadClient client(port, token, 1, 1);
  client.patient_ = true;
  client.Run(path, absl::ZeroDuration(), [&](uint64_t) { return body; });
  return !client.unavailable_;
}

}  // namespace muniment::bench
