// The event store on PostgreSQL: the log that several nodes share. Each node has a batcher
// (batcher.h) that appends, a listener (listener.h) that hears of the others, and a few connections
// for reading. What runs on the server stands in migrations/.
//
//   ASSIGN_OR_RETURN(auto store, PostgresStore::Open({.url = "postgresql://db/muniment"}));
//
// Events are stamped by the server's clock, one stamp a batch. While the database is away appends
// and reads are answered UNAVAILABLE, and the store connects again by itself. A log that is found
// shorter than this node knew it (a promoted standby that had lost the tail) gets a new epoch,
// which ReadLogHead tells.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_POSTGRES_STORE_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_POSTGRES_STORE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "eventstore/postgres/options.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

class PostgresStore final : public EventStore {
 public:
  // Makes or migrates the schema first. Errors: UNAVAILABLE; FAILED_PRECONDITION "store.refused"
  // for what waiting does not mend (refusal.h), "store.level_too_high", or
  // "store.import_unfinished" where a log was not copied to its end; INVALID_ARGUMENT "store.url" and
  // "store.schema_name"; for a read-only store NOT_FOUND "store.not_founded".
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Open(const PostgresOptions& options);
  ~PostgresStore() override;

  // Also UNAVAILABLE "store.level_not_read" for a kind of event whose format level another node does
  // not read (options.level); nothing was changed.
  void Append(Commit commit, CommitDone done) override;
  absl::Status ReadStream(const StreamKey& stream, uint64_t after, EventVisitor visit) override;
  absl::StatusOr<uint64_t> ReadHead(const StreamKey& stream) override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                            EventVisitor visit) override;
  absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) override;
  absl::StatusOr<SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                              absl::string_view subject) override;
  absl::StatusOr<DataKey> ReadDataKey(uint64_t instance, absl::string_view key_id) override;
  absl::Status ReadClaims(ClaimVisitor visit) override;
  absl::StatusOr<LogHead> ReadLogHead() override;
  [[nodiscard]] std::unique_ptr<Waiter> WaitBeyond(uint64_t position,
                                                   absl::AnyInvocable<void()> wake) override;
  absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) override;
  // As purge.h tells.
  absl::Status PurgeErased() override;
  absl::Status ReportPurged(uint64_t epoch, uint64_t position) override;
  absl::StatusOr<uint64_t> PurgedByAll() override;
  absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                  absl::Duration ttl) override;
  absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) override;

  uint64_t SeenEpoch() const override;
  void Acknowledge(const LogHead& mark) override;

  // What no other living node has: below 4095. It may change after an hour without the database.
  uint32_t node_number() const;
  // Where the log ends, no older than the call (listener.h). Calls back once, on a thread of the
  // store; UNAVAILABLE at once while the database is away. Of a read-only store: FAILED_PRECONDITION.
  void AskHead(absl::AnyInvocable<void(absl::StatusOr<uint64_t> position)> done);
  // Whether the database answered when it was last asked where the log ends.
  bool connected() const;
  // OK while all that a node does can be done, as far as is known; else UNAVAILABLE
  // "store.unavailable".
  absl::Status Reached() const;
  // What the operator is told of the database, as reach.h's OnWord.
  void OnWord(std::function<void(const absl::Status& why)> word);
  // The newest answer that told where the log ended, or the newest sign that nothing came after:
  // when, by SteadyNow.
  struct Word {
    absl::Time asked;
    uint64_t position = 0;
  };
  Word LastWord() const;
  // Statements sent to hear of the log's end.
  uint64_t head_queries() const;

 private:
  struct State;
  absl::Status OpenToRead();
  absl::Status OpenToWrite();
  explicit PostgresStore(const PostgresOptions& options);

  const std::unique_ptr<State> state_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_POSTGRES_STORE_H_
