// What this node knows of the log's end, from its own batches, from notifications and from reads.
//
// Thread-safe.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/envelope.h"
#include "eventstore/postgres/options.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class KnownHead {
 public:
  // After a check of the mark: this is what stands. A new epoch forgets what was known of the old.
  void Reset(uint64_t epoch, uint64_t position) {
    absl::MutexLock lock(&mutex_);
    if (epoch != epoch_) {
      mark_ = {};
      newest_ = nullptr;
      position_ = position;
    }
    epoch_ = epoch;
    position_ = std::max(position_, position);
  }
  void SetMark(const PostgresMark& mark) {
    absl::MutexLock lock(&mutex_);
    mark_ = mark;
    epoch_ = mark.epoch;
    position_ = mark.position;
  }
  void Advance(uint64_t position) {
    absl::MutexLock lock(&mutex_);
    position_ = std::max(position_, position);
  }
  // The newest event that this node appended.
  void SetNewest(std::shared_ptr<const StoredEvent> event) {
    absl::MutexLock lock(&mutex_);
    newest_ = std::move(event);
  }
  uint64_t position() const {
    absl::MutexLock lock(&mutex_);
    return position_;
  }
  // An event that has to stand where it stood.
  PostgresMark Mark() const {
    absl::MutexLock lock(&mutex_);
    if (newest_ == nullptr) return {epoch_, mark_.position, mark_.hash};
    return {epoch_, newest_->position, LeafHash(*newest_)};
  }

 private:
  mutable absl::Mutex mutex_;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  PostgresMark mark_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const StoredEvent> newest_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_
