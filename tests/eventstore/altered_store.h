// A store between a test and the real one that misbehaves where the test says so: what a disk, an
// intruder or a crash does to a log.
#ifndef MUNIMENT_TESTS_EVENTSTORE_ALTERED_STORE_H_
#define MUNIMENT_TESTS_EVENTSTORE_ALTERED_STORE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/eventstore/passing_store.h"

namespace muniment::eventstore {

inline absl::StatusOr<Committed> AppendNow(EventStore& store, Commit commit) {
  absl::Notification done;
  absl::StatusOr<Committed> result;
  store.Append(std::move(commit), [&](absl::StatusOr<Committed> answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  return result;
}

class AlteredStore final : public PassingStore {
 public:
  struct ClaimRow {
    StreamKey stream;
    std::string slot;
    std::string key;
  };

  using PassingStore::PassingStore;

  // False: the event is not there.
  std::function<bool(StoredEvent&)> event = [](StoredEvent&) { return true; };
  std::function<void(std::vector<ClaimRow>&)> claims = [](auto&) {};
  std::function<void(LogHead&)> log_head = [](auto&) {};
  std::function<uint64_t(const StreamKey&, uint64_t)> head = [](auto&, uint64_t v) { return v; };
  std::function<bool(DataKey&)> key = [](DataKey&) { return true; };
  std::function<absl::Status()> prune = [] { return absl::OkStatus(); };
  std::function<absl::Status()> lease = [] { return absl::OkStatus(); };
  // What a commit's caller is told of it.
  std::function<void(absl::StatusOr<Committed>&)> answer = [](auto&) {};

  void Append(Commit commit, CommitDone done) override {
    auto told = [this, done = std::move(done)](auto committed) mutable {
      answer(committed);
      done(std::move(committed));
    };
    PassingStore::Append(std::move(commit), std::move(told));
  }
  absl::StatusOr<uint64_t> ReadHead(const StreamKey& stream) override {
    absl::StatusOr<uint64_t> version = PassingStore::ReadHead(stream);
    if (version.ok()) *version = head(stream, *version);
    return version;
  }
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override {
    return PassingStore::ReadLog(after, [&](const StoredEvent& stored) {
      StoredEvent copy = stored;
      return event(copy) ? visit(copy) : true;
    });
  }
  absl::StatusOr<DataKey> ReadDataKey(uint64_t instance, absl::string_view key_id) override {
    absl::StatusOr<DataKey> record = PassingStore::ReadDataKey(instance, key_id);
    if (record.ok() && !key(*record)) return absl::NotFoundError("");
    return record;
  }
  absl::Status ReadClaims(ClaimVisitor visit) override {
    std::vector<ClaimRow> rows;
    const absl::Status status = PassingStore::ReadClaims(
        [&](const StreamKey& stream, absl::string_view slot, absl::string_view claim) {
          rows.push_back({stream, std::string(slot), std::string(claim)});
          return true;
        });
    claims(rows);
    for (const ClaimRow& row : rows) {
      if (!visit(row.stream, row.slot, row.key)) break;
    }
    return status;
  }
  absl::StatusOr<LogHead> ReadLogHead() override {
    absl::StatusOr<LogHead> result = PassingStore::ReadLogHead();
    if (result.ok()) log_head(*result);
    return result;
  }
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override {
    const absl::Status status = prune();
    return status.ok() ? PassingStore::PruneDay(instance, keep, day) : status;
  }
  absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                   absl::Duration ttl) override {
    const absl::Status status = lease();
    return status.ok() ? PassingStore::TakeLease(name, holder, ttl) : status;
  }
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_EVENTSTORE_ALTERED_STORE_H_
