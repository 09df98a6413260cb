// A store that tells a test of the passes of a purge, and holds them up where the test says so. All
// else it passes on.
//
//   eventstore::MemoryStore store{SystemClock()};
//   PurgeSpy spy(store);
//   World world(&spy);
//   const absl::Cleanup release = [&] { spy.Release(); };   // before the world ends
//   spy.Hold();
//   ... REQUIRE(Await([&] { return spy.begun() == 1; }));
//
// Thread-safe.
#ifndef MUNIMENT_TESTS_REACTORS_PURGE_SPY_H_
#define MUNIMENT_TESTS_REACTORS_PURGE_SPY_H_

#include <atomic>
#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/eventstore/passing_store.h"

namespace muniment::gateway {

class PurgeSpy final : public eventstore::PassingStore {
 public:
  using PassingStore::PassingStore;

  // Until Release the store's own files are not rewritten.
  void Hold() {
    absl::MutexLock lock(&mutex_);
    held_ = true;
  }
  void Release() {
    absl::MutexLock lock(&mutex_);
    held_ = false;
  }
  // Another node lives and has rewritten nothing yet.
  std::atomic<bool> behind = false;

  // How often the store was told to rewrite its files, and how often it has.
  int begun() const { return begun_.load(); }
  int ended() const { return ended_.load(); }
  // How often it was asked how far all nodes are.
  int asked() const { return asked_.load(); }
  // The position of each pass: its own node's read models are rewritten up to there.
  std::vector<uint64_t> reported() const {
    absl::MutexLock lock(&mutex_);
    return reported_;
  }

  absl::Status PurgeErased() override {
    ++begun_;
    {
      absl::MutexLock lock(&mutex_);
      const auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !held_; };
      mutex_.Await(absl::Condition(&free));
    }
    const absl::Status purged = PassingStore::PurgeErased();
    ++ended_;
    return purged;
  }
  absl::Status ReportPurged(uint64_t epoch, uint64_t position) override {
    {
      absl::MutexLock lock(&mutex_);
      reported_.push_back(position);
    }
    return PassingStore::ReportPurged(epoch, position);
  }
  absl::StatusOr<uint64_t> PurgedByAll() override {
    ++asked_;
    if (behind.load()) return 0;
    return PassingStore::PurgedByAll();
  }

 private:
  std::atomic<int> begun_ = 0, ended_ = 0, asked_ = 0;
  mutable absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<uint64_t> reported_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_REACTORS_PURGE_SPY_H_
