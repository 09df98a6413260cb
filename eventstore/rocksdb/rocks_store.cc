#include "eventstore/rocksdb/rocks_store.h"

#include <rocksdb/cache.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"
#include "eventstore/leases.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/group.h"
#include "eventstore/rocksdb/reading.h"
#include "eventstore/rocksdb/retention.h"
#include "eventstore/rocksdb/tail.h"
#include "eventstore/rocksdb/writer.h"

namespace muniment::eventstore {
namespace {

// Events taken from the tail at once.
constexpr size_t kBatch = 256;

absl::Status RestoreLeases(Database& database, Leases& leases) {
  absl::Status status;
  RETURN_IF_ERROR(database.Visit(
      schema::kMeta, schema::LeaseKey(""), [&](absl::string_view key, absl::string_view value) {
        const auto term = schema::DecodeU64(value);
        if (!term.has_value()) status = DamagedError("the term of a lease does not parse");
        if (term.has_value()) leases.Restore(key.substr(schema::LeaseKey("").size()), *term);
        return status.ok();
      }));
  return status;
}

absl::Status StatusOf(const absl::Status& status) { return status; }
template <class T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

// What `read` makes of the database; damage that it meets ends the store's use.
template <class Read>
auto Using(DatabaseSlot& slot, Read read) -> decltype(read(std::declval<Database&>())) {
  ASSIGN_OR_RETURN(const auto database, slot.Acquire());
  auto result = read(*database);
  (void)slot.Judge(StatusOf(result));
  return result;
}

}  // namespace

// Destroyed from the end: the writer answers all, then the callbacks run.
struct RocksStore::State {
  explicit State(const RocksOptions& given)
      : options(given), tail(given.tail_bytes), leases(*given.clock) {
    if (options.cache == nullptr) options.cache = rocksdb::NewLRUCache(32 << 20);
  }

  RocksOptions options;
  DatabaseSlot slot;
  Tail tail;
  Leases leases;
  Waiters waiters;
  std::unique_ptr<Callbacks> callbacks = std::make_unique<Callbacks>();
  std::unique_ptr<Writer> writer;
};

RocksStore::RocksStore(const RocksOptions& options) : state_(std::make_unique<State>(options)) {}

absl::StatusOr<std::unique_ptr<RocksStore>> RocksStore::Open(const RocksOptions& options) {
  std::unique_ptr<RocksStore> store(new RocksStore(options));
  State& state = *store->state_;
  ASSIGN_OR_RETURN(auto database, Database::Open(state.options));
  state.tail.Reset(database->epoch(), database->head());
  RETURN_IF_ERROR(RestoreLeases(*database, state.leases));
  state.slot.Put(std::move(database));
  state.writer = std::make_unique<Writer>(state.options, state.slot, state.tail, state.leases,
                                          state.waiters, *state.callbacks);
  return store;
}

RocksStore::~RocksStore() {
  state_->writer.reset();
  state_->callbacks->Post([this] { state_->waiters.Close(); });
  state_->callbacks.reset();
}

void RocksStore::Append(Commit commit, CommitDone done) {
  auto pending = Prepare(std::move(commit), done);
  if (pending.ok()) {
    state_->writer->Append(*std::move(pending));
    return;
  }
  state_->callbacks->Post([status = pending.status(), done = std::move(done)]() mutable {
    done(std::move(status));
  });
}

absl::Status RocksStore::ReadStream(const StreamKey& stream, uint64_t after, EventVisitor visit) {
  return Using(state_->slot, [&](Database& database) {
    return ReadStreamRows(database, EncodeStream(stream), after, visit);
  });
}

absl::StatusOr<uint64_t> RocksStore::ReadHead(const StreamKey& stream) {
  return Using(state_->slot, [&](Database& database) {
    return database.GetNumber(schema::kHeads, EncodeStream(stream));
  });
}

absl::Status RocksStore::ReadLog(uint64_t after, EventVisitor visit) {
  const uint64_t goal = state_->tail.head().position;
  bool more = true;
  while (more) {
    const uint64_t start = state_->tail.start();
    if (after < start) {
      RETURN_IF_ERROR(Using(state_->slot, [&](Database& database) {
        return ReadPositions(database, after, start, [&](const StoredEvent& event) {
          more = visit(event);
          return more;
        });
      }));
      after = start;
      continue;
    }
    const std::vector<Tail::EventPointer> events = state_->tail.Copy(after, kBatch);
    if (events.empty() && after >= goal) return absl::OkStatus();
    for (size_t i = 0; i < events.size() && more; ++i) {
      if (events[i] != nullptr) more = visit(*events[i]);
    }
    after += events.size();
  }
  return absl::OkStatus();
}

absl::Status RocksStore::ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                                      EventVisitor visit) {
  return Using(state_->slot, [&](Database& database) {
    return ReadInstanceRows(database, instance, first, last, visit);
  });
}

absl::StatusOr<uint64_t> RocksStore::ReadSequence(uint64_t instance) {
  return Using(state_->slot, [&](Database& database) {
    return database.GetNumber(schema::kMeta, schema::InstanceKey(instance));
  });
}

absl::StatusOr<SubjectKeys> RocksStore::ReadSubjectKeys(uint64_t instance,
                                                        absl::string_view subject) {
  return Using(state_->slot, [&](Database& database) {
    return ReadKeyRows(database, instance, subject);
  });
}

absl::StatusOr<DataKey> RocksStore::ReadDataKey(uint64_t instance, absl::string_view key_id) {
  return Using(state_->slot, [&](Database& database) {
    return ReadKeyRow(database, instance, key_id);
  });
}

absl::Status RocksStore::ReadClaims(ClaimVisitor visit) {
  return Using(state_->slot, [&](Database& database) {
    return ReadClaimRows(database, visit);
  });
}

absl::StatusOr<LogHead> RocksStore::ReadLogHead() {
  RETURN_IF_ERROR(state_->slot.Acquire().status());
  LogHead head{.epoch = state_->tail.epoch(), .position = state_->tail.head().position};
  if (head.position == 0) return head;
  const auto hash = [&head](const StoredEvent& event) {
    head.hash = LeafHash(event);
    return false;
  };
  const auto newest = state_->tail.Copy(head.position - 1, 1);
  if (newest.empty()) {
    RETURN_IF_ERROR(Using(state_->slot, [&](Database& database) {
      return ReadPositions(database, head.position - 1, head.position, hash);
    }));
  } else if (newest[0] != nullptr) {
    hash(*newest[0]);
  }
  return head;
}

std::unique_ptr<EventStore::Waiter> RocksStore::WaitBeyond(uint64_t position,
                                                           absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Waiter> waiter = state_->waiters.Add(position, std::move(wake));
  const uint64_t head = state_->tail.head().position;
  if (head > position) {
    state_->callbacks->Post([state = state_.get(), head] { state->waiters.Advance(head); });
  }
  return waiter;
}

absl::Status RocksStore::PruneDay(uint64_t instance, Keep keep, uint32_t day) {
  const absl::Time next = NextStamp(state_->options.clock->Now(), state_->tail.head().stamp);
  RETURN_IF_ERROR(CheckPrune(keep, day, next));
  ASSIGN_OR_RETURN(const auto database, state_->slot.Acquire());
  RETURN_IF_ERROR(PruneRows(*database, instance, keep, day, [&](StageRows stage) {
    return state_->writer->Write(stage);
  }));
  state_->tail.Prune([&](const StoredEvent& event) {
    return event.instance == instance && event.keep == keep && DayOf(event.created_at) == day;
  });
  return absl::OkStatus();
}

absl::Status RocksStore::PurgeErased() {
  ASSIGN_OR_RETURN(const auto database, state_->slot.Acquire());
  return PurgeKeys(*database);
}

absl::StatusOr<Lease> RocksStore::TakeLease(absl::string_view name, absl::string_view holder,
                                            absl::Duration ttl) {
  return state_->leases.Take(name, holder, ttl, [&](uint64_t term) -> absl::Status {
    // Between two groups: what was checked before the term rose is written before it.
    return state_->writer->Write([&](Database& database, rocksdb::WriteBatch& batch) {
      batch.Put(database.table(schema::kMeta), schema::LeaseKey(name), schema::U64(term));
      return absl::OkStatus();
    });
  });
}

absl::Status RocksStore::ReleaseLease(absl::string_view name, absl::string_view holder) {
  state_->leases.Release(name, holder);
  return absl::OkStatus();
}

}  // namespace muniment::eventstore
