#include "gateway/net/http.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace muniment::net {

namespace {

absl::Status TooLarge() {
  return Error(absl::StatusCode::kResourceExhausted, "request.too_large",
               "The request is larger than is allowed.");
}

}  // namespace

void Exchange::ReadAll(size_t max, Whole done) {
  max_body_ = max;
  whole_ = std::move(done);
  if (announced_ > max) EndBody(TooLarge());
}

void Exchange::ReadChunks(Chunk on_chunk) { on_chunk_ = std::move(on_chunk); }

void Exchange::BodyArrived(absl::string_view bytes) {
  if (on_chunk_ != nullptr) {
    on_chunk_(bytes, false);
    return;
  }
  if (whole_ == nullptr) return;
  if (body_.size() + bytes.size() > max_body_) {
    EndBody(TooLarge());
    return;
  }
  if (!Spend(bytes.size())) {
    EndBody(Error(absl::StatusCode::kUnavailable, "server.busy",
                  "Too many requests are under way."));
    return;
  }
  body_.append(bytes.data(), bytes.size());
}

bool Exchange::Spend(size_t bytes) {
  if (budget_ == nullptr) return true;
  const auto size = static_cast<int64_t>(bytes);
  spent_ += size;
  return budget_->used.fetch_add(size, std::memory_order_relaxed) + size <= budget_->limit;
}

void Exchange::Refund() {
  if (spent_ > 0) budget_->used.fetch_sub(std::exchange(spent_, 0), std::memory_order_relaxed);
}

bool Exchange::EndBody(absl::Status why) {
  if (whole_ == nullptr) return false;
  Whole done = std::exchange(whole_, nullptr);
  body_ = std::string();
  Refund();
  done(std::move(why));
  return true;
}

bool Exchange::BodyStalled() {
  return EndBody(Error(absl::StatusCode::kDeadlineExceeded, "request.stalled",
                       "The request's body did not come in time."));
}

bool Exchange::BodyMalformed() {
  return EndBody(Error(absl::StatusCode::kInvalidArgument, "request.malformed",
                       "The request's body is not framed as HTTP says."));
}

void Exchange::BodyEnded() {
  Refund();
  if (on_chunk_ != nullptr) {
    Chunk last = std::exchange(on_chunk_, nullptr);
    last({}, true);
  } else if (whole_ != nullptr) {
    Whole done = std::exchange(whole_, nullptr);
    done(std::move(body_));
  }
}

void Exchange::Respond(int status, Headers headers, std::string body, Headers trailers) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_ || started_) return;
    started_ = ended_ = true;
    status_ = status;
    head_ = std::move(headers);
    out_ = std::move(body);
    trailers_ = std::move(trailers);
  }
  Wake();
}

void Exchange::Start(int status, Headers headers) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_ || started_) return;
    started_ = true;
    status_ = status;
    head_ = std::move(headers);
  }
  Wake();
}

void Exchange::Write(absl::string_view bytes) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_ || ended_ || !started_) return;
    out_.append(bytes.data(), bytes.size());
  }
  Wake();
}

void Exchange::End(Headers trailers) {
  {
    absl::MutexLock lock(&mu_);
    if (closed_ || ended_ || !started_) return;
    ended_ = true;
    trailers_ = std::move(trailers);
  }
  Wake();
}

void Exchange::Fail() {
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return;
    failed_ = true;
  }
  Wake();
}

bool Exchange::Ready() const {
  absl::MutexLock lock(&mu_);
  return out_.size() - out_start_ <= kHighWater;
}

size_t Exchange::Buffered() const {
  absl::MutexLock lock(&mu_);
  return out_.size() - out_start_;
}

void Exchange::OnReady(absl::AnyInvocable<void()> ready) {
  {
    absl::MutexLock lock(&mu_);
    if (!closed_ && out_.size() - out_start_ > kHighWater) {
      on_ready_ = std::move(ready);
      return;
    }
  }
  if (loop_->InThread()) {
    ready();
  } else {
    loop_->Post(std::move(ready));
  }
}

void Exchange::NotifyReady() {
  absl::AnyInvocable<void()> ready;
  {
    absl::MutexLock lock(&mu_);
    if (on_ready_ == nullptr || out_.size() - out_start_ > kHighWater / 2) return;
    ready = std::exchange(on_ready_, nullptr);
  }
  ready();
}

bool Exchange::Gone() const {
  absl::MutexLock lock(&mu_);
  return gone_;
}

void Exchange::OnGone(absl::AnyInvocable<void()> gone) {
  {
    absl::MutexLock lock(&mu_);
    if (!closed_) {
      on_gone_.push_back(std::move(gone));
      return;
    }
    if (!gone_) return;
  }
  gone();
}

void Exchange::After(absl::Duration delay, absl::AnyInvocable<void()> work) {
  timers_.push_back(loop_->After(delay, std::move(work)));
}

bool Exchange::TakeHead(Head& head) {
  absl::MutexLock lock(&mu_);
  if (!started_ || head_taken_) return false;
  head_taken_ = true;
  head.status = status_;
  head.headers = std::move(head_);
  head.complete = ended_;
  head.trailers = !trailers_.empty();
  head.size = out_.size();
  return true;
}

size_t Exchange::Read(char* to, size_t max, bool& end) {
  absl::MutexLock lock(&mu_);
  const size_t count = std::min(max, out_.size() - out_start_);
  std::memcpy(to, out_.data() + out_start_, count);
  out_start_ += count;
  if (out_start_ == out_.size()) {
    out_.clear();
    out_start_ = 0;
  } else if (out_start_ > kHighWater) {
    out_.erase(0, out_start_);
    out_start_ = 0;
  }
  end = ended_ && out_.empty();
  return count;
}

Headers Exchange::TakeTrailers() {
  absl::MutexLock lock(&mu_);
  return std::move(trailers_);
}

bool Exchange::failed() const {
  absl::MutexLock lock(&mu_);
  return failed_;
}

void Exchange::Close(bool complete) {
  std::vector<absl::AnyInvocable<void()>> callbacks;
  absl::AnyInvocable<void()> ready;
  {
    absl::MutexLock lock(&mu_);
    if (closed_) return;
    closed_ = true;
    gone_ = !complete;
    callbacks.swap(on_gone_);
    ready = std::exchange(on_ready_, nullptr);
    out_ = std::string();
    out_start_ = 0;
  }
  Refund();
  timers_.clear();
  whole_ = nullptr;
  on_chunk_ = nullptr;
  if (complete) return;
  for (auto& gone : callbacks) gone();
  if (ready != nullptr) ready();
}

void Exchange::Wake() {
  if (loop_->InThread()) {
    Pump();
    return;
  }
  if (wake_posted_.exchange(true)) return;
  loop_->Post([self = shared_from_this()] {
    self->wake_posted_.store(false);
    self->Pump();
  });
}

}  // namespace muniment::net
