// A store that can be told to store nothing more: from then on a commit with events is checked as
// the real one checks it, and then refused by name. So a call that is allowed is seen to be, and
// the next one, of whoever it is, meets the same world.
//
//   DryStore dry(store);
//   dry.Dry(true);
//   ...                                     // UNAVAILABLE "matrix.would_commit"
//   dry.TakeInstances();                    // whose events it would have been
#ifndef MUNIMENT_TESTS_MATRIX_DRY_STORE_H_
#define MUNIMENT_TESTS_MATRIX_DRY_STORE_H_

#include <atomic>
#include <memory>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/error.h"
#include "tests/eventstore/passing_store.h"

namespace muniment::matrix {

inline constexpr absl::string_view kWouldCommit = "matrix.would_commit";

class DryStore final : public eventstore::PassingStore {
 public:
  using PassingStore::PassingStore;

  void Dry(bool dry) { dry_.store(dry); }

  void Append(eventstore::Commit commit, eventstore::CommitDone done) override {
    if (!dry_.load() || commit.events.empty()) {
      return store().Append(std::move(commit), std::move(done));
    }
    {
      absl::MutexLock lock(&mutex_);
      instances_.insert(commit.instance);
      for (const auto& event : commit.events) instances_.insert(event.stream.instance);
      for (const auto& read : commit.reads) instances_.insert(read.stream.instance);
      for (const auto& key : commit.keys) instances_.insert(key.instance);
    }
    eventstore::Commit check;
    check.instance = commit.instance;
    check.reads = std::move(commit.reads);
    check.epoch = commit.epoch;
    store().Append(std::move(check), [done = std::move(done)](
                                         absl::StatusOr<eventstore::Committed> checked) mutable {
      if (!checked.ok()) return done(checked.status());
      done(Error(absl::StatusCode::kUnavailable, kWouldCommit, "Nothing is stored here."));
    });
  }

  // Every instance that a commit was about since this was asked last.
  std::set<uint64_t> TakeInstances() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(instances_, {});
  }

 private:
  std::atomic<bool> dry_{false};
  absl::Mutex mutex_;
  std::set<uint64_t> instances_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::matrix

#endif  // MUNIMENT_TESTS_MATRIX_DRY_STORE_H_
