// The newest events in memory, and where the log ends: whoever follows the log closely reads here
// instead of from the disk.
//
// Threads: thread-safe. What stands here is durable.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_TAIL_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_TAIL_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/rocksdb/schema.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class Tail {
 public:
  // Null where it expired.
  using EventPointer = std::shared_ptr<const StoredEvent>;

  explicit Tail(size_t bytes) : capacity_(bytes) {}

  // Forgets all: the log was opened and ends at `head`.
  void Reset(uint64_t epoch, const schema::Head& head);
  // The log has grown by these, without a gap.
  void Extend(std::vector<EventPointer> events, const schema::Head& head);
  // Forgets the events that expired.
  void Prune(absl::FunctionRef<bool(const StoredEvent&)> expired);

  uint64_t epoch() const;
  schema::Head head() const;
  // The position behind which everything stands here.
  uint64_t start() const;
  // Up to `limit` events behind `after`, with nulls for expired ones; nothing when some of them
  // have left the tail already (then start() > after) or there is none.
  std::vector<EventPointer> Copy(uint64_t after, size_t limit) const;

 private:
  mutable absl::Mutex mutex_;
  const size_t capacity_;
  std::deque<EventPointer> events_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  schema::Head head_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_TAIL_H_
