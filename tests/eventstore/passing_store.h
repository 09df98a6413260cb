// A store between a test and a real one, which passes everything on: what a test wants otherwise, a
// store of its own made of this one overrides, and nothing that the port gets later is forgotten.
#ifndef MUNIMENT_TESTS_EVENTSTORE_PASSING_STORE_H_
#define MUNIMENT_TESTS_EVENTSTORE_PASSING_STORE_H_

#include <atomic>
#include <memory>
#include <utility>

#include "eventstore/store.h"

namespace muniment::eventstore {

class PassingStore : public EventStore {
 public:
  explicit PassingStore(EventStore& store) : store_(&store) {}

  void Append(Commit commit, CommitDone done) override {
    store().Append(std::move(commit), std::move(done));
  }
  absl::Status ReadStream(const StreamKey& stream, uint64_t after, EventVisitor visit) override {
    return store().ReadStream(stream, after, visit);
  }
  absl::StatusOr<uint64_t> ReadHead(const StreamKey& stream) override {
    return store().ReadHead(stream);
  }
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override {
    return store().ReadLog(after, visit);
  }
  absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                            EventVisitor visit) override {
    return store().ReadInstance(instance, first, last, visit);
  }
  absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) override {
    return store().ReadSequence(instance);
  }
  absl::StatusOr<SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                              absl::string_view subject) override {
    return store().ReadSubjectKeys(instance, subject);
  }
  absl::StatusOr<DataKey> ReadDataKey(uint64_t instance, absl::string_view key_id) override {
    return store().ReadDataKey(instance, key_id);
  }
  absl::Status ReadClaims(ClaimVisitor visit) override { return store().ReadClaims(visit); }
  absl::StatusOr<LogHead> ReadLogHead() override { return store().ReadLogHead(); }
  uint64_t SeenEpoch() const override { return store().SeenEpoch(); }
  void Acknowledge(const LogHead& head) override { store().Acknowledge(head); }
  std::unique_ptr<Waiter> WaitBeyond(uint64_t position, absl::AnyInvocable<void()> wake) override {
    return store().WaitBeyond(position, std::move(wake));
  }
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override {
    return store().PruneDay(instance, keep, day);
  }
  absl::Status PurgeErased() override { return store().PurgeErased(); }
  absl::Status ReportPurged(uint64_t epoch, uint64_t position) override {
    return store().ReportPurged(epoch, position);
  }
  absl::StatusOr<uint64_t> PurgedByAll() override { return store().PurgedByAll(); }
  absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                   absl::Duration ttl) override {
    return store().TakeLease(name, holder, ttl);
  }
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override {
    return store().ReleaseLease(name, holder);
  }

 protected:
  EventStore& store() const { return *store_.load(); }
  // From now on.
  void PassTo(EventStore& store) { store_.store(&store); }

 private:
  std::atomic<EventStore*> store_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_PASSING_STORE_H_
