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
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/store.h"

namespace muniment::gateway {

class PurgeSpy final : public eventstore::EventStore {
 public:
  explicit PurgeSpy(eventstore::EventStore& store) : store_(store) {}

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
    const absl::Status purged = store_.PurgeErased();
    ++ended_;
    return purged;
  }
  absl::Status ReportPurged(uint64_t epoch, uint64_t position) override {
    {
      absl::MutexLock lock(&mutex_);
      reported_.push_back(position);
    }
    return store_.ReportPurged(epoch, position);
  }
  absl::StatusOr<uint64_t> PurgedByAll() override {
    ++asked_;
    if (behind.load()) return 0;
    return store_.PurgedByAll();
  }

  void Append(eventstore::Commit commit, eventstore::CommitDone done) override {
    store_.Append(std::move(commit), std::move(done));
  }
  absl::Status ReadStream(const eventstore::StreamKey& stream, uint64_t after,
                          eventstore::EventVisitor visit) override {
    return store_.ReadStream(stream, after, visit);
  }
  absl::StatusOr<uint64_t> ReadHead(const eventstore::StreamKey& stream) override {
    return store_.ReadHead(stream);
  }
  absl::Status ReadLog(uint64_t after, eventstore::EventVisitor visit) override {
    return store_.ReadLog(after, visit);
  }
  absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                            eventstore::EventVisitor visit) override {
    return store_.ReadInstance(instance, first, last, visit);
  }
  absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) override {
    return store_.ReadSequence(instance);
  }
  absl::StatusOr<eventstore::SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                                          absl::string_view subject) override {
    return store_.ReadSubjectKeys(instance, subject);
  }
  absl::StatusOr<eventstore::DataKey> ReadDataKey(uint64_t instance,
                                                  absl::string_view key_id) override {
    return store_.ReadDataKey(instance, key_id);
  }
  absl::Status ReadClaims(ClaimVisitor visit) override { return store_.ReadClaims(visit); }
  absl::StatusOr<eventstore::LogHead> ReadLogHead() override { return store_.ReadLogHead(); }
  std::unique_ptr<Waiter> WaitBeyond(uint64_t position, absl::AnyInvocable<void()> wake) override {
    return store_.WaitBeyond(position, std::move(wake));
  }
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override {
    return store_.PruneDay(instance, keep, day);
  }
  absl::StatusOr<eventstore::Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                               absl::Duration ttl) override {
    return store_.TakeLease(name, holder, ttl);
  }
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override {
    return store_.ReleaseLease(name, holder);
  }

 private:
  eventstore::EventStore& store_;
  std::atomic<int> begun_ = 0, ended_ = 0, asked_ = 0;
  mutable absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<uint64_t> reported_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_TESTS_REACTORS_PURGE_SPY_H_
