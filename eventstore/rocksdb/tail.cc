#include "eventstore/rocksdb/tail.h"

#include <algorithm>
#include <utility>

namespace muniment::eventstore {
namespace {

// What an event costs beside its body.
constexpr size_t kOverhead = 128;

size_t BytesOf(const Tail::EventPointer& event) {
  return event == nullptr ? 0 : event->body.capacity() + kOverhead;
}

}  // namespace

void Tail::Reset(uint64_t epoch, const schema::Head& head) {
  absl::MutexLock lock(&mutex_);
  events_.clear();
  bytes_ = 0;
  epoch_ = epoch;
  head_ = head;
}

void Tail::Extend(std::vector<EventPointer> events, const schema::Head& head) {
  std::vector<EventPointer> dropped;  // freed outside of the lock
  absl::MutexLock lock(&mutex_);
  head_ = head;
  for (EventPointer& event : events) {
    bytes_ += BytesOf(event);
    events_.push_back(std::move(event));
  }
  while (bytes_ > capacity_) {
    bytes_ -= BytesOf(events_.front());
    dropped.push_back(std::move(events_.front()));
    events_.pop_front();
  }
}

void Tail::Prune(absl::FunctionRef<bool(const StoredEvent&)> expired) {
  absl::MutexLock lock(&mutex_);
  for (EventPointer& event : events_) {
    if (event == nullptr || !expired(*event)) continue;
    bytes_ -= BytesOf(event);
    event = nullptr;
  }
}

uint64_t Tail::epoch() const {
  absl::ReaderMutexLock lock(&mutex_);
  return epoch_;
}

schema::Head Tail::head() const {
  absl::ReaderMutexLock lock(&mutex_);
  return head_;
}

uint64_t Tail::start() const {
  absl::ReaderMutexLock lock(&mutex_);
  return head_.position - events_.size();
}

std::vector<Tail::EventPointer> Tail::Copy(uint64_t after, size_t limit) const {
  absl::ReaderMutexLock lock(&mutex_);
  const uint64_t start = head_.position - events_.size();
  if (after < start || after >= head_.position) return {};
  const auto first = events_.begin() + static_cast<ptrdiff_t>(after - start);
  const auto count = std::min<size_t>(limit, head_.position - after);
  return {first, first + static_cast<ptrdiff_t>(count)};
}

}  // namespace muniment::eventstore
