// HTTP/2 (RFC 9113) by nghttp2, which keeps the protocol's rules; here stand streams, limits and
// manners.
#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/net/engine.h"

namespace muniment::net {
namespace {

constexpr std::array<uint8_t, 8> kDrainPing = {'m', 'u', 'n', 'i', 'm', 'e', 'n', 't'};

class Http2;

class Stream : public Exchange {
 public:
  Stream(std::shared_ptr<Loop> loop, Http2* engine, int32_t id, absl::Time now)
      : Exchange(std::move(loop)), engine(engine), id(id), opened(now), progress(now) {}
  void Pump() override;
  std::shared_ptr<Stream> Self() { return std::static_pointer_cast<Stream>(shared_from_this()); }

  Http2* engine;
  const int32_t id;
  const absl::Time opened;
  absl::Time progress;
  bool submitted = false, request_ended = false, response_ended = false, oversized = false;
  size_t unconsumed = 0, header_count = 0, header_bytes = 0;
  std::string cookies;
};

class Http2 : public Engine {
 public:
  explicit Http2(Host& host);
  ~Http2() override { nghttp2_session_del(session_); }

  bool Receive(absl::string_view bytes) override;
  void Fill(std::string& out, size_t max) override;
  void Drained() override;
  bool WantsInput() const override { return true; }
  bool Finished() const override;
  void Drain() override;
  absl::Time Tick(absl::Time now) override;
  void Lost() override;

  void Pump(Stream& stream);

 private:
  static Http2& Of(void* user) { return *static_cast<Http2*>(user); }
  Stream* Find(int32_t id) const {
    return static_cast<Stream*>(nghttp2_session_get_stream_user_data(session_, id));
  }
  void MakeSession();
  void OnBeginHeaders(int32_t id);
  void OnHeader(Stream& stream, absl::string_view name, absl::string_view value);
  void OnFrame(const nghttp2_frame& frame);
  void OnRequest(Stream& stream);
  void OnData(Stream& stream, absl::string_view bytes);
  void OnSent(const nghttp2_frame& frame);
  void OnClose(int32_t id);
  ssize_t ReadAnswer(Stream& stream, uint8_t* to, size_t max, uint32_t* flags);
  void Calm();
  void CountReset();
  bool TickStreams(absl::Time now);
  void EndDrain();
  static void SetCallbacks(nghttp2_session_callbacks* callbacks);

  Host& host_;
  const Limits& limits_;
  nghttp2_session* session_ = nullptr;
  absl::flat_hash_map<int32_t, std::shared_ptr<Stream>> streams_;
  std::vector<std::shared_ptr<Stream>> drained_;
  Bucket control_, resets_;
  absl::Time now_, since_, idle_since_;
  absl::Time block_since_ = absl::InfiniteFuture();  // an unfinished header block's start
  absl::Time drain_since_ = absl::InfiniteFuture();
  bool greeted_ = false, goaway_sent_ = false, broken_ = false;
  bool deaf_ = false;  // nothing more is read, the last word is still said
};

void Stream::Pump() {
  if (engine != nullptr) engine->Pump(*this);
}

nghttp2_nv Field(absl::string_view name, absl::string_view value) {
  auto bytes = [](absl::string_view s) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(s.data()));
  };
  return {bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
}

Http2::Http2(Host& host)
    : host_(host), limits_(host.limits()), control_(limits_.control_burst, limits_.control_rate),
      resets_(limits_.reset_burst, limits_.reset_rate), now_(absl::Now()), since_(now_), idle_since_(now_) {
  MakeSession();
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits_.concurrent_streams},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits_.stream_window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<uint32_t>(limits_.header_bytes)},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<int32_t>(limits_.connection_window));
}

void Http2::SetCallbacks(nghttp2_session_callbacks* callbacks) {
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
          Of(user).OnBeginHeaders(frame->hd.stream_id);
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_header_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t n,
                    const uint8_t* value, size_t v, uint8_t, void* user) {
        Stream* stream = Of(user).Find(frame->hd.stream_id);
        if (stream == nullptr || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        Of(user).OnHeader(*stream, {reinterpret_cast<const char*>(name), n},
                          {reinterpret_cast<const char*>(value), v});
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        Of(user).OnFrame(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      callbacks, [](nghttp2_session* session, uint8_t, int32_t id, const uint8_t* data, size_t size,
                    void* user) {
        Stream* stream = Of(user).Find(id);
        if (stream == nullptr) {
          nghttp2_session_consume(session, id, size);
        } else {
          Of(user).OnData(*stream, {reinterpret_cast<const char*>(data), size});
        }
        return 0;
      });
  nghttp2_session_callbacks_set_on_frame_send_callback(
      callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
        Of(user).OnSent(*frame);
        return 0;
      });
  nghttp2_session_callbacks_set_on_stream_close_callback(
      callbacks, [](nghttp2_session*, int32_t id, uint32_t, void* user) {
        Of(user).OnClose(id);
        return 0;
      });
}

void Http2::MakeSession() {
  nghttp2_session_callbacks* callbacks;
  nghttp2_session_callbacks_new(&callbacks);
  SetCallbacks(callbacks);
  nghttp2_option* option;
  nghttp2_option_new(&option);
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_no_closed_streams(option, 1);
  // Ours counts both sides' resets, and says ENHANCE_YOUR_CALM.
  constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max() / 2;
  nghttp2_option_set_stream_reset_rate_limit(option, kNoLimit, kNoLimit);
  nghttp2_option_set_max_continuations(option, limits_.continuations);
  // HPACK's own ceiling stands above ours, so that a long header gets its 431.
  nghttp2_option_set_max_send_header_block_length(option, 1 << 20);
  nghttp2_session_server_new2(&session_, callbacks, this, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
}

bool Http2::Receive(absl::string_view bytes) {
  now_ = absl::Now();
  if (deaf_) return true;
  const ssize_t taken = nghttp2_session_mem_recv(
      session_, reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) {
    deaf_ = true;
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  } else if (taken < 0) {
    broken_ = true;
  }
  return !broken_;
}

void Http2::OnBeginHeaders(int32_t id) {
  block_since_ = now_;
  auto stream = std::make_shared<Stream>(host_.loop(), this, id, now_);
  nghttp2_session_set_stream_user_data(session_, id, stream.get());
  streams_.emplace(id, std::move(stream));
}

void Http2::OnHeader(Stream& stream, absl::string_view name, absl::string_view value) {
  stream.header_bytes += name.size() + value.size() + 32;
  if (++stream.header_count > limits_.header_count ||
      stream.header_bytes > limits_.header_bytes) {
    stream.oversized = true;
    return;
  }
  Request& request = stream.mutable_request();
  if (name == ":method") {
    request.method = std::string(value);
  } else if (name == ":path") {
    const size_t mark = value.find('?');
    request.path = std::string(value.substr(0, mark));
    if (mark != absl::string_view::npos) request.query = std::string(value.substr(mark + 1));
  } else if (name == ":scheme") {
    request.scheme = std::string(value);
  } else if (name == ":authority") {
    request.authority = std::string(value);
  } else if (name == "cookie") {
    // Browsers split it for the header compression's sake (RFC 9113 section 8.2.3).
    absl::StrAppend(&stream.cookies, stream.cookies.empty() ? "" : "; ", value);
  } else if (name[0] != ':') {
    request.headers.Add(name, value);
  }
}

void Http2::OnFrame(const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_DATA: {
      if (frame.hd.type == NGHTTP2_DATA && frame.hd.length == 0 && !ends) Calm();
      Stream* stream = Find(frame.hd.stream_id);
      if (stream == nullptr) return;
      const auto keep = stream->Self();
      if (frame.hd.type == NGHTTP2_HEADERS && frame.headers.cat == NGHTTP2_HCAT_REQUEST) {
        block_since_ = absl::InfiniteFuture();
        OnRequest(*stream);
      }
      if (ends) {
        stream->request_ended = true;
        stream->BodyEnded();
      }
      return;
    }
    case NGHTTP2_SETTINGS:
      greeted_ = true;
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) Calm();
      return;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) == 0) {
        Calm();
      } else if (std::memcmp(frame.ping.opaque_data, kDrainPing.data(), kDrainPing.size()) == 0) {
        EndDrain();
      }
      return;
    case NGHTTP2_PRIORITY:
      Calm();
      return;
    case NGHTTP2_RST_STREAM:
      CountReset();
      return;
    default:
      return;
  }
}

void Http2::OnRequest(Stream& stream) {
  Request& request = stream.mutable_request();
  request.version = 20;
  stream.UseBudget(host_.budget());
  if (request.authority.empty()) request.authority = std::string(request.headers.Get("host"));
  if (!stream.cookies.empty()) request.headers.Add("cookie", stream.cookies);
  // Two names for one host are how a proxy is made to check another than is asked (RFC 9113
  // section 8.3.1).
  const absl::string_view host = request.headers.Get("host");
  const bool two = !host.empty() && !absl::EqualsIgnoreCase(host, request.authority);
  host_.Introduce(request);
  uint64_t size = 0;  // that what comes is as long is nghttp2's to check
  if (absl::SimpleAtoi(request.headers.Get("content-length"), &size)) stream.Announce(size);
  if (stream.oversized || two) {
    stream.Respond(stream.oversized ? 431 : 400, {}, "");
    return;
  }
  host_.handler().Handle(stream.Self());
}

void Http2::OnData(Stream& stream, absl::string_view bytes) {
  const auto keep = stream.Self();
  stream.progress = now_;
  if (stream.wants_body()) stream.BodyArrived(bytes);
  nghttp2_session_consume_connection(session_, bytes.size());
  if (stream.Ready()) {
    nghttp2_session_consume_stream(session_, stream.id, bytes.size());
  } else {
    // A client that does not take its answers is not asked for more.
    stream.unconsumed += bytes.size();
  }
}

void Http2::Pump(Stream& stream) {
  if (stream.failed()) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
    host_.Flush();
    return;
  }
  Exchange::Head head;
  if (!stream.submitted && stream.TakeHead(head)) {
    stream.submitted = true;
    const std::string status = absl::StrCat(head.status);
    std::vector<nghttp2_nv> fields;
    fields.reserve(head.headers.size() + 1);
    fields.push_back(Field(":status", status));
    for (size_t i = 0; i < head.headers.size(); ++i) {
      fields.push_back(Field(head.headers.name(i), head.headers.value(i)));
    }
    nghttp2_data_provider provider;
    provider.source.ptr = this;
    provider.read_callback = [](nghttp2_session*, int32_t id, uint8_t* to, size_t max,
                                uint32_t* flags, nghttp2_data_source* source,
                                void*) -> ssize_t {
      auto& engine = *static_cast<Http2*>(source->ptr);
      Stream* stream = engine.Find(id);
      if (stream == nullptr) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      return engine.ReadAnswer(*stream, to, max, flags);
    };
    const bool bodiless = (head.complete && head.size == 0 && !head.trailers) ||
                          stream.request().method == "HEAD" || head.status == 204 ||
                          head.status == 304;
    nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(),
                            bodiless ? nullptr : &provider);
    control_.Refill();
  } else if (stream.submitted) {
    nghttp2_session_resume_data(session_, stream.id);
  }
  host_.Flush();
}

ssize_t Http2::ReadAnswer(Stream& stream, uint8_t* to, size_t max, uint32_t* flags) {
  bool end = false;
  const size_t count = stream.Read(reinterpret_cast<char*>(to), max, end);
  if (count > 0) stream.progress = now_;
  drained_.push_back(stream.Self());
  if (!end && count == 0) return NGHTTP2_ERR_DEFERRED;
  if (!end) return static_cast<ssize_t>(count);
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  const Headers trailers = stream.TakeTrailers();
  if (!trailers.empty()) {
    *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    std::vector<nghttp2_nv> fields;
    fields.reserve(trailers.size());
    for (size_t i = 0; i < trailers.size(); ++i) {
      fields.push_back(Field(trailers.name(i), trailers.value(i)));
    }
    nghttp2_submit_trailer(session_, stream.id, fields.data(), fields.size());
  }
  return static_cast<ssize_t>(count);
}

void Http2::OnSent(const nghttp2_frame& frame) {
  // PING overtakes GOAWAY in the queue, so it is asked for only now.
  if (frame.hd.type == NGHTTP2_GOAWAY && drain_since_ != absl::InfiniteFuture() && !goaway_sent_) {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, kDrainPing.data());
  }
  // Streams that the client makes us reset cost as much as those that it resets itself.
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR) {
    CountReset();
  }
  if (frame.hd.type != NGHTTP2_HEADERS && frame.hd.type != NGHTTP2_DATA) return;
  if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return;
  Stream* stream = Find(frame.hd.stream_id);
  if (stream == nullptr) return;
  stream->response_ended = true;
  // The answer is whole without the rest of the request (RFC 9113 section 8.1).
  if (!stream->request_ended) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
  }
}

void Http2::OnClose(int32_t id) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) return;
  const auto stream = std::move(found->second);
  streams_.erase(found);
  nghttp2_session_set_stream_user_data(session_, id, nullptr);
  stream->engine = nullptr;
  if (streams_.empty()) idle_since_ = now_;
  stream->Close(stream->response_ended);
}

void Http2::Calm() {
  if (!control_.Take(now_)) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

void Http2::CountReset() {
  if (!resets_.Take(now_)) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
  }
}

void Http2::Fill(std::string& out, size_t max) {
  while (out.size() < max) {
    const uint8_t* data;
    const ssize_t size = nghttp2_session_mem_send(session_, &data);
    if (size < 0) broken_ = true;
    if (size <= 0) break;
    out.append(reinterpret_cast<const char*>(data), static_cast<size_t>(size));
  }
}

void Http2::Drained() {
  std::vector<std::shared_ptr<Stream>> drained;
  drained.swap(drained_);
  for (const auto& stream : drained) {
    if (stream->engine == nullptr) continue;
    if (stream->unconsumed > 0 && stream->Ready()) {
      nghttp2_session_consume_stream(session_, stream->id,
                                     std::exchange(stream->unconsumed, 0));
    }
    stream->NotifyReady();
  }
}

bool Http2::Finished() const {
  if (broken_) return true;
  if (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0) {
    return true;
  }
  return goaway_sent_ && streams_.empty() && nghttp2_session_want_write(session_) == 0;
}

void Http2::Drain() {
  if (drain_since_ != absl::InfiniteFuture()) return;
  // First a warning; the last stream's number follows when the client has surely read it
  // (RFC 9113 section 6.8).
  drain_since_ = absl::Now();
  nghttp2_submit_shutdown_notice(session_);
}

void Http2::EndDrain() {
  if (goaway_sent_) return;
  goaway_sent_ = true;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                        nullptr, 0);
}

bool Http2::TickStreams(absl::Time now) {
  bool open = false;
  for (const auto& [id, stream] : streams_) {
    const bool late = !stream->request_ended && !stream->streaming() && !stream->submitted &&
                      (now - stream->opened > limits_.request_time ||
                       now - stream->progress > limits_.body_stall);
    const bool stalled =
        (stream->Buffered() > 0 && now - stream->progress > limits_.stall_time) ||
        ((stream->streaming() || (stream->submitted && !stream->request_ended)) &&
         now - stream->progress > limits_.idle_time);
    if (late && !stream->BodyStalled()) stream->Respond(408, {}, "");
    if (stalled) {
      nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
    }
    open = true;
  }
  return open;
}

absl::Time Http2::Tick(absl::Time now) {
  now_ = now;
  if (!greeted_ && now - since_ > limits_.header_time) return absl::InfinitePast();
  if (block_since_ != absl::InfiniteFuture() && now - block_since_ > limits_.header_time) {
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
    block_since_ = absl::InfiniteFuture();
  }
  if (drain_since_ != absl::InfiniteFuture() && now - drain_since_ > absl::Seconds(1)) EndDrain();
  if (TickStreams(now) || !greeted_ || block_since_ != absl::InfiniteFuture() ||
      drain_since_ != absl::InfiniteFuture()) {
    return now + absl::Milliseconds(500);
  }
  if (now - idle_since_ > limits_.idle_time) {
    Drain();
    return now + absl::Milliseconds(500);
  }
  return idle_since_ + limits_.idle_time;
}

void Http2::Lost() {
  auto streams = std::move(streams_);
  streams_.clear();
  for (const auto& [id, stream] : streams) {
    stream->engine = nullptr;
    stream->Close(false);
  }
}

}  // namespace

std::unique_ptr<Engine> NewHttp2(Host& host) { return std::make_unique<Http2>(host); }

}  // namespace muniment::net
