// A store that a test slows down, or takes its log from: what it does not hold back it passes on.
#ifndef MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_
#define MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "tests/eventstore/passing_store.h"

namespace muniment::projections {

// A store whose log can be held back: readers of it wait, as for a slow disk.
class HeldStore final : public eventstore::PassingStore {
 public:
  using PassingStore::PassingStore;

  void Hold() {
    absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    held_ = false;
  }
  // From now on the log seems to end here, and nobody is woken.
  void Silence() { silent_.store(true); }
  // From now on the log is this one, in a new epoch, as when a database comes back without its end.
  void Lose(eventstore::EventStore& left) {
    PassTo(left);
    epoch_.store(2);
  }
  absl::Status ReadLog(uint64_t after, eventstore::EventVisitor visit) override {
    if (silent_.load()) return absl::OkStatus();
    {
      absl::MutexLock lock(&mutex_);
      const auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !held_; };
      mutex_.Await(absl::Condition(&free));
    }
    return PassingStore::ReadLog(after, visit);
  }

  absl::StatusOr<eventstore::LogHead> ReadLogHead() override {
    auto head = PassingStore::ReadLogHead();
    if (head.ok() && epoch_.load() != 0) head->epoch = epoch_.load();
    return head;
  }
  uint64_t SeenEpoch() const override { return epoch_.load(); }
  std::unique_ptr<Waiter> WaitBeyond(uint64_t position, absl::AnyInvocable<void()> wake) override {
    return PassingStore::WaitBeyond(silent_.load() ? ~uint64_t{0} : position, std::move(wake));
  }

 private:
  std::atomic<uint64_t> epoch_ = 0;
  std::atomic<bool> silent_ = false;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_
