// A store that a test slows down, or takes its log from: what it does not hold back it passes on.
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
  explicit HeldStore(eventstore::EventStore& store) : store_(&store) {}

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
    store_.store(&left);
    epoch_.store(2);
  }
  absl::Status ReadLog(uint64_t after, eventstore::EventVisitor visit) override {
    if (silent_.load()) return absl::OkStatus();
    {
      absl::MutexLock lock(&mutex_);
      const auto free = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !held_; };
      mutex_.Await(absl::Condition(&free));
    }
    return store_.load()->ReadLog(after, visit);
  }

  void Append(eventstore::Commit commit, eventstore::CommitDone done) override {
    store_.load()->Append(std::move(commit), std::move(done));
  }
  absl::Status ReadStream(const eventstore::StreamKey& stream, uint64_t after,
                          eventstore::EventVisitor visit) override {
    return store_.load()->ReadStream(stream, after, visit);
  }
  absl::StatusOr<uint64_t> ReadHead(const eventstore::StreamKey& stream) override {
    return store_.load()->ReadHead(stream);
  }
  absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                            eventstore::EventVisitor visit) override {
    return store_.load()->ReadInstance(instance, first, last, visit);
  }
  absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) override {
    return store_.load()->ReadSequence(instance);
  }
  absl::StatusOr<eventstore::SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                                          absl::string_view subject) override {
    return store_.load()->ReadSubjectKeys(instance, subject);
  }
  absl::StatusOr<eventstore::DataKey> ReadDataKey(uint64_t instance,
                                                  absl::string_view key_id) override {
    return store_.load()->ReadDataKey(instance, key_id);
  }
  absl::Status ReadClaims(ClaimVisitor visit) override { return store_.load()->ReadClaims(visit); }
  absl::StatusOr<eventstore::LogHead> ReadLogHead() override {
    auto head = store_.load()->ReadLogHead();
    if (head.ok() && epoch_.load() != 0) head->epoch = epoch_.load();
    return head;
  }
  uint64_t SeenEpoch() const override { return epoch_.load(); }
  std::unique_ptr<Waiter> WaitBeyond(uint64_t position, absl::AnyInvocable<void()> wake) override {
    return store_.load()->WaitBeyond(silent_.load() ? ~uint64_t{0} : position, std::move(wake));
  }
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override {
    return store_.load()->PruneDay(instance, keep, day);
  }
  absl::Status PurgeErased() override { return store_.load()->PurgeErased(); }
  absl::StatusOr<eventstore::Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                               absl::Duration ttl) override {
    return store_.load()->TakeLease(name, holder, ttl);
  }
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override {
    return store_.load()->ReleaseLease(name, holder);
  }

 private:
  std::atomic<eventstore::EventStore*> store_;
  std::atomic<uint64_t> epoch_ = 0;
  std::atomic<bool> silent_ = false;
  absl::Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_TESTS_PROJECTIONS_HELD_STORE_H_
