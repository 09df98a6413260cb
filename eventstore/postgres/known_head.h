// What this node knows of the log's end, from its own batches, from notifications and from reads.
//
// Thread-safe.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "eventstore/envelope.h"
#include "eventstore/postgres/options.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class KnownHead {
 public:
  // When the database told where the log ends, by this machine's steady clock, or was last known to
  // tell what comes.
  struct Word {
    absl::Time asked = absl::InfinitePast();
    uint64_t position = 0;
  };

  // Called whenever the epoch has changed, on the thread that saw it. Before any other call.
  void OnNewEpoch(std::function<void()> changed) { changed_ = std::move(changed); }

  // What the database says of itself, in an answer that was asked for at `asked`. A new epoch
  // forgets what was known of the old.
  void Heard(absl::Time asked, uint64_t epoch, uint64_t position) {
    bool changed = false;
    {
      absl::MutexLock lock(&mutex_);
      if (epoch < epoch_) return;  // asked before it was raised
      changed = epoch_ != 0 && epoch != epoch_;
      if (epoch != epoch_) {
        mark_ = {};
        newest_ = nullptr;
        position_ = position;
        word_ = {};
      }
      epoch_ = epoch;
      position_ = std::max(position_, position);
      if (asked > word_.asked) word_ = {asked, position};
    }
    if (changed && changed_) changed_();
  }
  // All that stood in the log at `time` has been heard of.
  void HeardUntil(absl::Time time) {
    absl::MutexLock lock(&mutex_);
    if (time > word_.asked) word_ = {time, position_};
  }
  void SetMark(const PostgresMark& mark) {
    absl::MutexLock lock(&mutex_);
    mark_ = mark;
    epoch_ = mark.epoch;
    position_ = std::max(position_, mark.position);
  }
  // The read models stand there.
  void Acknowledge(uint64_t epoch, uint64_t position, const std::string& hash) {
    absl::MutexLock lock(&mutex_);
    if (epoch == epoch_) mark_ = {epoch, position, hash};
  }
  void Advance(uint64_t position) {
    absl::MutexLock lock(&mutex_);
    position_ = std::max(position_, position);
  }
  // The newest event that this node appended, in that epoch; where the log has another by now it need
  // not stand there.
  void SetNewest(uint64_t epoch, std::shared_ptr<const StoredEvent> event) {
    absl::MutexLock lock(&mutex_);
    if (epoch == epoch_) newest_ = std::move(event);
  }
  uint64_t position() const {
    absl::MutexLock lock(&mutex_);
    return position_;
  }
  uint64_t epoch() const {
    absl::MutexLock lock(&mutex_);
    return epoch_;
  }
  Word word() const {
    absl::MutexLock lock(&mutex_);
    return word_;
  }
  // An event that has to stand where it stood, the newest of those that are known.
  PostgresMark Mark() const {
    absl::MutexLock lock(&mutex_);
    if (newest_ == nullptr || newest_->position <= mark_.position) {
      return {epoch_, mark_.position, mark_.hash};
    }
    return {epoch_, newest_->position, LeafHash(*newest_)};
  }

 private:
  std::function<void()> changed_;
  mutable absl::Mutex mutex_;
  uint64_t epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  PostgresMark mark_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const StoredEvent> newest_ ABSL_GUARDED_BY(mutex_);
  Word word_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_KNOWN_HEAD_H_
