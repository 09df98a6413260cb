// A store that a test slows down: what it does not hold back it passes on.
#ifndef MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_
#define MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "eventstore/store.h"

namespace muniment::projections {

// A store whose log can be held back: readers of it wait, as for a slow disk.
class HeldStore final : public eventstore::EventStore {
 public:
  explicit HeldStore(eventstore::EventStore& store) : store_(store) {}

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
  absl::Status ReadLog(uint64_t after, eventstore::EventVisitor visit) override {
    if (silent_.load()) return absl::OkStatus();
    {
      absl::MutexLock lock(&mutex_);
      const auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !held_; };
      mutex_.Await(absl::Condition(&free));
    }
    return store_.ReadLog(after, visit);
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
    return store_.WaitBeyond(silent_.load() ? ~uint64_t{0} : position, std::move(wake));
  }
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override {
    return store_.PruneDay(instance, keep, day);
  }
  absl::Status PurgeErased() override { return store_.PurgeErased(); }
  absl::StatusOr<eventstore::Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                               absl::Duration ttl) override {
    return store_.TakeLease(name, holder, ttl);
  }
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override {
    return store_.ReleaseLease(name, holder);
  }

 private:
  eventstore::EventStore& store_;
  std::atomic<bool> silent_ = false;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_
