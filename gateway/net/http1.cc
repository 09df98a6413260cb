// HTTP/1.1 (RFC 9112), one request at a time; what is pipelined waits.
#include <boost/beast/http/status.hpp>
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gateway/net/engine.h"
#include "gateway/net/http1_parser.h"

namespace muniment::net {
namespace {

namespace http = boost::beast::http;
using View = boost::beast::string_view;

class Http1;

class Stream1 : public Exchange {
 public:
  Stream1(std::shared_ptr<Loop> loop, Http1* engine) : Exchange(std::move(loop)), engine(engine) {}
  void Pump() override;
  Http1* engine;
};

class Http1 : public Engine {
 public:
  explicit Http1(Host& host) : host_(host), limits_(host.limits()), since_(absl::Now()) {}

  bool Receive(absl::string_view bytes) override;
  void Fill(std::string& out, size_t max) override;
  void Drained() override;
  bool WantsInput() const override { return in_.size() < limits_.header_bytes * 2; }
  bool Finished() const override { return closing_ && out_.empty(); }
  void Drain() override { draining_ = true; }
  absl::Time Tick(absl::Time now) override;
  void Lost() override;

  void Pump(Stream1& stream);

 private:
  void Parse();
  bool Step(size_t& used);
  void Begin();
  void BreakOff();
  void Refuse(int status);
  void Quit();
  void TickBody(absl::Time now);
  void WriteHead(Stream1& stream, const Exchange::Head& head);
  void Complete();
  bool TakesBody() const;

  Host& host_;
  const Limits& limits_;
  std::string in_, out_;
  std::shared_ptr<Stream1> stream_;
  std::unique_ptr<Http1Parser> parser_;  // there while the stream is
  absl::Time since_;                 // of the current request's first byte, or of idleness
  absl::Time arrived_ = since_;      // the last bytes
  absl::Time progress_ = absl::Now();
  bool handed_ = false;              // the handler has the current request
  bool request_ended_ = false, broken_ = false;
  bool head_sent_ = false, chunked_ = false, bodiless_ = false;
  bool close_after_ = false, draining_ = false, parsing_ = false;
  bool closing_ = false;             // and then there is no stream
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
    parser_ = std::make_unique<Http1Parser>(stream_, limits_);
    handed_ = request_ended_ = broken_ = head_sent_ = chunked_ = bodiless_ = close_after_ = false;
  }
  if (request_ended_ || broken_ || !TakesBody()) return false;
  size_t count = 0;
  const auto result = parser_->Feed(absl::string_view(in_).substr(used), count);
  used += count;
  if (result == Http1Parser::Result::kMore) return false;
  if (result == Http1Parser::Result::kBad) {
    BreakOff();
    return false;
  }
  if (parser_->ready() && !handed_) Begin();
  // An answer that needs no more of the request may have ended it.
  if (parser_ != nullptr && parser_->done() && !request_ended_) {
    request_ended_ = true;
    const auto keep = stream_;
    keep->BodyEnded();
    return false;
  }
  return count > 0;
}

// Where a request that is malformed ends nobody knows: nothing after it is read.
void Http1::BreakOff() {
  broken_ = true;
  if (!handed_) return Refuse(parser_->refusal());
  if (head_sent_) return Quit();
  const auto keep = stream_;
  if (!keep->BodyMalformed()) Refuse(400);
}

void Http1::Begin() {
  handed_ = true;
  Request& request = stream_->mutable_request();
  const bool absolute_or_old = request.version == 10;
  if (parser_->hosts() > 1 || (parser_->hosts() == 0 && !absolute_or_old) ||
      (request.path.empty() || (request.path[0] != '/' && request.path != "*"))) {
    Refuse(400);
    return;
  }
  host_.Introduce(request);
  stream_->UseBudget(host_.budget());
  stream_->Announce(parser_->body_size());
  close_after_ = !parser_->keeps_alive();
  const auto keep = stream_;
  request_ended_ = parser_->done();
  host_.handler().Handle(keep);
  if (request_ended_) return keep->BodyEnded();
  if (parser_ != nullptr && parser_->expects() && keep->wants_body() && !head_sent_) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
}

void Http1::Refuse(int status) {
  const http::status code = static_cast<http::status>(status);
  const View reason = http::obsolete_reason(code);
  absl::StrAppend(&out_, "HTTP/1.1 ", status, " ", absl::string_view(reason.data(), reason.size()),
                  "\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  Quit();
}

void Http1::Quit() {
  closing_ = true;
  parser_ = nullptr;
  if (stream_ == nullptr) return;
  const auto stream = std::exchange(stream_, nullptr);
  stream->engine = nullptr;
  stream->Close(false);
}

void Http1::Pump(Stream1& stream) {
  Exchange::Head head;
  if (!head_sent_ && stream.TakeHead(head)) WriteHead(stream, head);
  host_.Flush();
}

void Http1::WriteHead(Stream1& stream, const Exchange::Head& head) {
  head_sent_ = true;
  progress_ = absl::Now();
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
  if (stream_->failed()) return Quit();
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
  parser_ = nullptr;
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
  // The connection limits how long the last words may take.
  if (closing_) return now + absl::Seconds(1);
  if (stream_ == nullptr) {
    if (draining_ || now - since_ >= limits_.idle_time) return absl::InfinitePast();
    return since_ + limits_.idle_time;
  }
  if (!handed_ && now - since_ > limits_.header_time) Refuse(408);
  if (stream_ != nullptr && handed_ && !request_ended_) TickBody(now);
  if (stream_ != nullptr && stream_->Buffered() > 0 && now - progress_ > limits_.stall_time) {
    return absl::InfinitePast();
  }
  return now + absl::Milliseconds(500);
}

// A handler that reads to the end of a body, or does not care for it, is not kept waiting; one that
// reads and answers by and by may take its time while there is something to read or to send.
void Http1::TickBody(absl::Time now) {
  if (stream_->streaming() || head_sent_) {
    if (now - std::max(arrived_, progress_) <= limits_.idle_time) return;
    return head_sent_ ? Quit() : Refuse(408);
  }
  if (now - since_ <= limits_.request_time && now - arrived_ <= limits_.body_stall) return;
  const auto keep = stream_;
  if (!keep->BodyStalled()) Refuse(408);
}

void Http1::Lost() { Quit(); }

}  // namespace

std::unique_ptr<Engine> NewHttp1(Host& host) { return std::make_unique<Http1>(host); }

}  // namespace muniment::net
