// HTTP/1.1 (RFC 9112): Boost.Beast's parser reads, one request at a time; what is pipelined waits.
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
#include <cctype>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gateway/net/engine.h"

namespace muniment::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

class Http1;

class Stream1 : public Exchange {
 public:
  Stream1(std::shared_ptr<Loop> loop, Http1* engine) : Exchange(std::move(loop)), engine(engine) {}
  void Pump() override;
  Http1* engine;
};

// Collects one request; the body goes to the exchange as it comes.
class Parser : public http::basic_parser<true> {
 public:
  explicit Parser(std::shared_ptr<Stream1> stream, const Limits& limits)
      : stream_(std::move(stream)), limits_(limits) {
    // The limit of bodies is the handler's.
    body_limit(boost::none);
    header_limit(static_cast<uint32_t>(limits.header_bytes));
    eager(true);
  }
  bool ready = false;     // the header is whole
  bool oversized = false; // too many fields
  int hosts = 0;
  bool expects = false;
  bool length_given = false;

 private:
  static absl::string_view Of(View v) { return {v.data(), v.size()}; }
  void on_request_impl(http::verb, View method, View target, int version,
                       error_code&) override {
    Request& request = stream_->mutable_request();
    request.method = std::string(Of(method));
    request.version = version;
    absl::string_view path = Of(target);
    if (!path.empty() && path[0] != '/' && path != "*") {
      // Absolute form, as proxies send it (RFC 9112 section 3.2.2).
      const size_t scheme = path.find("://");
      if (scheme != absl::string_view::npos) {
        path.remove_prefix(scheme + 3);
        const size_t slash = path.find('/');
        request.authority = std::string(path.substr(0, slash));
        path = slash == absl::string_view::npos ? "/" : path.substr(slash);
      }
    }
    const size_t mark = path.find('?');
    request.path = std::string(path.substr(0, mark));
    if (mark != absl::string_view::npos) request.query = std::string(path.substr(mark + 1));
  }
  void on_response_impl(int, View, int, error_code&) override {}
  void on_field_impl(http::field field, View name, View value, error_code& ec) override {
    Request& request = stream_->mutable_request();
    if (request.headers.size() >= limits_.header_count) {
      oversized = true;
      ec = http::error::header_limit;
      return;
    }
    if (field == http::field::host) {
      ++hosts;
      if (request.authority.empty()) request.authority = std::string(Of(value));
    }
    if (field == http::field::expect) expects = absl::EqualsIgnoreCase(Of(value), "100-continue");
    if (field == http::field::content_length) length_given = true;
    // Both framings at once are how requests are smuggled (RFC 9112 section 6.1).
    if (field == http::field::transfer_encoding || field == http::field::content_length) {
      if (request.headers.Has("transfer-encoding") ||
          (field == http::field::transfer_encoding && length_given)) {
        ec = http::error::bad_transfer_encoding;
        return;
      }
    }
    request.headers.Add(absl::AsciiStrToLower(Of(name)), Of(value));
  }
  void on_header_impl(error_code&) override { ready = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(View body, error_code&) override {
    stream_->BodyArrived(Of(body));
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override {
    stream_->BodyArrived(Of(body));
    return body.size();
  }
  void on_finish_impl(error_code&) override {}

  const std::shared_ptr<Stream1> stream_;
  const Limits& limits_;
};

class Http1 : public Engine {
 public:
  explicit Http1(Host& host) : host_(host), limits_(host.limits()), since_(absl::Now()) {}

  bool Receive(absl::string_view bytes) override;
  void Fill(std::string& out, size_t max) override;
  void Drained() override;
  bool WantsInput() const override { return in_.size() < limits_.header_bytes * 2; }
  bool Finished() const override { return closing_ && out_.empty() && stream_ == nullptr; }
  void Drain() override { draining_ = true; }
  absl::Time Tick(absl::Time now) override;
  void Lost() override;

  void Pump(Stream1& stream);

 private:
  void Parse();
  bool Step(size_t& used);
  void Begin();
  void Refuse(int status);
  void WriteHead(Stream1& stream, const Exchange::Head& head);
  void Complete();
  bool TakesBody() const;

  Host& host_;
  const Limits& limits_;
  std::string in_, out_;
  std::shared_ptr<Stream1> stream_;
  std::unique_ptr<Parser> parser_;
  absl::Time since_;                 // of the current request's first byte, or of idleness
  absl::Time arrived_ = since_;      // the last bytes
  absl::Time progress_ = absl::Now();
  bool handed_ = false;              // the handler has the current request
  bool request_ended_ = false, head_sent_ = false, chunked_ = false, bodiless_ = false;
  bool close_after_ = false, closing_ = false, draining_ = false, parsing_ = false;
};

void Stream1::Pump() {
  if (engine != nullptr) engine->Pump(*this);
}

bool Http1::Receive(absl::string_view bytes) {
  if (closing_) return true;
  arrived_ = absl::Now();
  if (stream_ == nullptr && in_.empty()) since_ = arrived_;
  in_.append(bytes.data(), bytes.size());
  Parse();
  return true;
}

void Http1::Parse() {
  if (parsing_) return;
  parsing_ = true;
  size_t used = 0;
  while (!closing_ && used < in_.size() && Step(used)) {
  }
  in_.erase(0, used);
  parsing_ = false;
}

bool Http1::TakesBody() const { return !handed_ || stream_->Ready(); }

// One piece of the input; false when it has to wait.
bool Http1::Step(size_t& used) {
  if (stream_ == nullptr) {
    stream_ = std::make_shared<Stream1>(host_.loop(), this);
    parser_ = std::make_unique<Parser>(stream_, limits_);
    handed_ = request_ended_ = head_sent_ = chunked_ = bodiless_ = close_after_ = false;
  }
  if (request_ended_ || !TakesBody()) return false;
  error_code ec;
  // Until the handler has the request its body must wait, so the header comes alone.
  parser_->eager(handed_);
  const size_t count =
      parser_->put(boost::asio::const_buffer(in_.data() + used, in_.size() - used), ec);
  used += count;
  if (ec == http::error::need_more) {
    if (!parser_->ready && in_.size() - used > limits_.header_bytes) Refuse(431);
    return false;
  }
  if (ec) {
    const bool large = ec == http::error::header_limit || parser_->oversized;
    if (handed_) {
      close_after_ = true;
      closing_ = true;
    } else {
      Refuse(large ? 431 : 400);
    }
    return false;
  }
  if (parser_->ready && !handed_) Begin();
  if (!closing_ && parser_ != nullptr && parser_->is_done() && !request_ended_) {
    request_ended_ = true;
    const auto keep = stream_;
    keep->BodyEnded();
    return false;
  }
  return count > 0;
}

void Http1::Begin() {
  handed_ = true;
  Request& request = stream_->mutable_request();
  const bool absolute_or_old = request.version == 10;
  if (parser_->hosts > 1 || (parser_->hosts == 0 && !absolute_or_old) ||
      (request.path.empty() || (request.path[0] != '/' && request.path != "*"))) {
    Refuse(400);
    return;
  }
  host_.Introduce(request);
  stream_->UseBudget(host_.budget());
  close_after_ = !parser_->keep_alive();
  const auto keep = stream_;
  request_ended_ = parser_->is_done();
  host_.handler().Handle(keep);
  if (request_ended_) return keep->BodyEnded();
  if (parser_->expects && keep->wants_body() && !head_sent_) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
}

void Http1::Refuse(int status) {
  const http::status code = static_cast<http::status>(status);
  const View reason = http::obsolete_reason(code);
  absl::StrAppend(&out_, "HTTP/1.1 ", status, " ", absl::string_view(reason.data(), reason.size()),
                  "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  closing_ = true;
  if (stream_ != nullptr) {
    const auto stream = std::exchange(stream_, nullptr);
    stream->engine = nullptr;
    stream->Close(false);
  }
}

void Http1::Pump(Stream1& stream) {
  Exchange::Head head;
  if (!head_sent_ && stream.TakeHead(head)) WriteHead(stream, head);
  host_.Flush();
}

void Http1::WriteHead(Stream1& stream, const Exchange::Head& head) {
  head_sent_ = true;
  const bool old = stream.request().version == 10;
  if (!request_ended_ || draining_) close_after_ = true;
  bodiless_ = stream.request().method == "HEAD" || head.status == 204 || head.status == 304;
  const View reason = http::obsolete_reason(static_cast<http::status>(head.status));
  absl::StrAppend(&out_, old ? "HTTP/1.0 " : "HTTP/1.1 ", head.status, " ",
                  absl::string_view(reason.data(), reason.size()), "\r\n");
  for (size_t i = 0; i < head.headers.size(); ++i) {
    absl::StrAppend(&out_, head.headers.name(i), ": ", head.headers.value(i), "\r\n");
  }
  if (head.complete && head.status != 204) {
    absl::StrAppend(&out_, "content-length: ", head.size, "\r\n");
  } else if (!head.complete && !bodiless_) {
    chunked_ = !old;
    if (old) close_after_ = true;
    if (chunked_) out_ += "transfer-encoding: chunked\r\n";
  }
  if (close_after_) {
    out_ += "connection: close\r\n";
  } else if (old) {
    out_ += "connection: keep-alive\r\n";
  }
  out_ += "\r\n";
}

void Http1::Fill(std::string& out, size_t max) {
  out += std::exchange(out_, std::string());
  if (stream_ == nullptr) return;
  if (stream_->failed()) {
    closing_ = true;
    const auto stream = std::exchange(stream_, nullptr);
    stream->engine = nullptr;
    stream->Close(false);
    return;
  }
  if (!head_sent_) return;
  char buffer[16384];
  bool end = false;
  while (!end && out.size() < max) {
    const size_t count = stream_->Read(buffer, sizeof(buffer), end);
    if (count > 0) progress_ = absl::Now();
    if (count > 0 && !bodiless_) {
      if (chunked_) absl::StrAppend(&out, absl::Hex(count), "\r\n");
      out.append(buffer, count);
      if (chunked_) out += "\r\n";
    }
    if (count == 0) break;
  }
  if (!end) return;
  if (chunked_) out += "0\r\n\r\n";
  Complete();
}

void Http1::Complete() {
  const auto stream = std::exchange(stream_, nullptr);
  stream->engine = nullptr;
  if (close_after_) closing_ = true;
  since_ = absl::Now();
  stream->Close(true);
}

void Http1::Drained() {
  if (stream_ != nullptr) {
    const auto keep = stream_;
    keep->NotifyReady();
  }
  if (!closing_ && !in_.empty()) Parse();
}

absl::Time Http1::Tick(absl::Time now) {
  if (closing_) return now + absl::Seconds(1);
  if (stream_ == nullptr) {
    if (draining_ || now - since_ >= limits_.idle_time) return absl::InfinitePast();
    return since_ + limits_.idle_time;
  }
  if (!handed_ && now - since_ > limits_.header_time) Refuse(408);
  const bool late = now - since_ > limits_.request_time || now - arrived_ > limits_.body_stall;
  if (stream_ != nullptr && handed_ && !request_ended_ && !stream_->streaming() && !head_sent_ &&
      late) {
    const auto keep = stream_;
    if (!keep->BodyStalled()) Refuse(408);
  }
  if (stream_ != nullptr && stream_->Buffered() > 0 && now - progress_ > limits_.stall_time) {
    return absl::InfinitePast();
  }
  return now + absl::Milliseconds(500);
}

void Http1::Lost() {
  closing_ = true;
  if (stream_ == nullptr) return;
  const auto stream = std::exchange(stream_, nullptr);
  stream->engine = nullptr;
  stream->Close(false);
}

}  // namespace

std::unique_ptr<Engine> NewHttp1(Host& host) { return std::make_unique<Http1>(host); }

}  // namespace muniment::net
