#include "eventstore/rocksdb/follower.h"

#include <utility>

#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/commit.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/reading.h"

namespace muniment::eventstore {
FollowerStore::FollowerStore(std::unique_ptr<Database> database) : database_(std::move(database)) {}

FollowerStore::~FollowerStore() {
  callbacks_.Post([this] { waiters_.Close(); });
}

absl::StatusOr<std::unique_ptr<FollowerStore>> FollowerStore::Open(const RocksOptions& options,
                                                                   const std::string& scratch) {
  ASSIGN_OR_RETURN(auto database, Database::Follow(options, scratch));
  return std::unique_ptr<FollowerStore>(new FollowerStore(std::move(database)));
}

absl::Status FollowerStore::CatchUp() {
  RETURN_IF_ERROR(database_->CatchUp());
  const uint64_t head = database_->head().position;
  callbacks_.Post([this, head] { waiters_.Advance(head); });
  return absl::OkStatus();
}

void FollowerStore::Append(Commit, CommitDone done) {
  callbacks_.Post([done = std::move(done)]() mutable { done(ReadOnlyError()); });
}

absl::Status FollowerStore::ReadStream(const StreamKey& stream, uint64_t after,
                                       EventVisitor visit) {
  return ReadStreamRows(*database_, EncodeStream(stream), after, visit);
}

absl::StatusOr<uint64_t> FollowerStore::ReadHead(const StreamKey& stream) {
  return database_->GetNumber(schema::kHeads, EncodeStream(stream));
}

absl::Status FollowerStore::ReadLog(uint64_t after, EventVisitor visit) {
  return ReadPositions(*database_, after, database_->head().position, visit);
}

absl::Status FollowerStore::ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                                         EventVisitor visit) {
  return ReadInstanceRows(*database_, instance, first, last, visit);
}

absl::StatusOr<uint64_t> FollowerStore::ReadSequence(uint64_t instance) {
  return database_->GetNumber(schema::kMeta, schema::InstanceKey(instance));
}

absl::StatusOr<SubjectKeys> FollowerStore::ReadSubjectKeys(uint64_t instance,
                                                           absl::string_view subject) {
  return ReadKeyRows(*database_, instance, subject);
}

absl::StatusOr<DataKey> FollowerStore::ReadDataKey(uint64_t instance, absl::string_view key_id) {
  return ReadKeyRow(*database_, instance, key_id);
}

absl::Status FollowerStore::ReadClaims(ClaimVisitor visit) {
  return ReadClaimRows(*database_, visit);
}

absl::StatusOr<LogHead> FollowerStore::ReadLogHead() {
  LogHead head{.epoch = database_->epoch(), .position = database_->head().position};
  if (head.position == 0) return head;
  RETURN_IF_ERROR(ReadPositions(*database_, head.position - 1, head.position,
                                [&head](const StoredEvent& event) {
                                  head.hash = LeafHash(event);
                                  return false;
                                }));
  return head;
}

std::unique_ptr<EventStore::Waiter> FollowerStore::WaitBeyond(uint64_t position,
                                                              absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Waiter> waiter = waiters_.Add(position, std::move(wake));
  const uint64_t head = database_->head().position;
  if (head > position) {
    callbacks_.Post([this, head] { waiters_.Advance(head); });
  }
  return waiter;
}

absl::Status FollowerStore::PruneDay(uint64_t, Keep, uint32_t) { return ReadOnlyError(); }

absl::Status FollowerStore::PurgeErased() { return ReadOnlyError(); }

absl::StatusOr<Lease> FollowerStore::TakeLease(absl::string_view, absl::string_view,
                                               absl::Duration) {
  return ReadOnlyError();
}

absl::Status FollowerStore::ReleaseLease(absl::string_view, absl::string_view) {
  return ReadOnlyError();
}

}  // namespace muniment::eventstore
