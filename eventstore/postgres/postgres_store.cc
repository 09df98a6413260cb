#include "eventstore/postgres/postgres_store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/callbacks.h"
#include "eventstore/codec.h"
#include "eventstore/commit.h"
#include "eventstore/leases.h"
#include "eventstore/postgres/batcher.h"
#include "eventstore/postgres/checked.h"
#include "eventstore/postgres/known_head.h"
#include "eventstore/postgres/listener.h"
#include "eventstore/postgres/migration.h"
#include "eventstore/postgres/node_entry.h"
#include "eventstore/postgres/pool.h"
#include "eventstore/postgres/purge.h"
#include "eventstore/postgres/reach.h"
#include "eventstore/postgres/reading.h"
#include "eventstore/postgres/refusal.h"
#include "eventstore/postgres/sole_use.h"

namespace muniment::eventstore {
namespace {

// A migration may wait for another node's.
constexpr absl::Duration kMigrationPatience = absl::Seconds(60);
// Events of a day that are read at once, and how many are deleted in one transaction, which holds the
// append lock.
constexpr uint64_t kPruneChunk = 10'000;
constexpr int kPruneStep = 1'000;

// Null where the server's clock counts.
void AddNow(Params& params, const PostgresOptions& options) {
  Clock* const clock = options.clock;
  params.AddInt8OrNull(clock == nullptr ? std::nullopt
                                        : std::optional(absl::ToUnixMicros(clock->Now())));
}

// Deletes events [first, end) of those that read_day answered.
absl::Status PruneEvents(Pool& pool, uint64_t instance, const Rows& events, int first, int end) {
  BinaryArray positions(BinaryArray::kInt8), streams(BinaryArray::kBytes),
      subjects(BinaryArray::kBytes);
  absl::flat_hash_set<absl::string_view> seen;
  for (int row = first; row < end; ++row) {
    positions.AddInt(events.Int(row, 0));
    absl::string_view name = events.Bytes(row, 1);
    if (!seen.insert(name).second) continue;
    streams.AddBytes(name);
    const std::optional<StreamKey> stream = ConsumeStream(name);
    if (!stream.has_value()) {
      return Error(absl::StatusCode::kDataLoss, "store.damaged", "A stream's name is damaged.");
    }
    subjects.AddBytes(StreamSubject(*stream));
  }
  Params params;
  params.AddInt8(instance);
  params.AddArray(std::move(positions));
  params.AddArray(std::move(streams));
  params.AddArray(std::move(subjects));
  return pool.Run("prune_events", params).status();
}

// What the log has at a position; empty for nothing.
absl::StatusOr<std::string> LeafAt(Connection& connection, uint64_t position, absl::Time deadline) {
  Params params;
  params.AddInt8(position);
  ASSIGN_OR_RETURN(const Rows rows, connection.Run(Sql("read_leaf"), params, deadline));
  return rows.size() == 0 ? std::string() : std::string(rows.Bytes(0, 0));
}

}  // namespace

// Destroyed from the end: the batcher answers all, then the callbacks run.
struct PostgresStore::State {
  explicit State(const PostgresOptions& given)
      : options(given),
        node(given.level),
        pool(given.read_only ? Pool(options) : Pool(options, Pool::Node{head, reach})) {}

  const PostgresOptions options;
  NodeEntry node;
  KnownHead head;
  Reach reach;
  Pool pool;
  Waiters waiters;
  std::unique_ptr<Callbacks> callbacks = std::make_unique<Callbacks>();
  std::unique_ptr<Listener> listener;
  absl::Mutex mutex;
  // Comes and goes under the mutex, for who calls it from its own thread.
  std::unique_ptr<Batcher> batcher;
};

PostgresStore::PostgresStore(const PostgresOptions& options)
    : state_(std::make_unique<State>(options)) {}

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::Open(const PostgresOptions& options) {
  RETURN_IF_ERROR(CheckAddress(options));
  std::unique_ptr<PostgresStore> store(new PostgresStore(options));
  RETURN_IF_ERROR(AsRefusal(options.read_only ? store->OpenToRead() : store->OpenToWrite()));
  return store;
}

absl::Status PostgresStore::OpenToRead() {
  const absl::Time deadline = absl::Now() + state_->options.connect_timeout;
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open(state_->options, Role::kRead, deadline));
  return CheckSchema(*connection, state_->options, deadline);
}

absl::Status PostgresStore::OpenToWrite() {
  State& state = *state_;
  const PostgresOptions& options = state.options;
  {
    const absl::Time connected = absl::Now() + options.connect_timeout;
    ASSIGN_OR_RETURN(const auto connection, Connection::Open(options, Role::kRead, connected));
    RETURN_IF_ERROR(Migrate(*connection, options, absl::Now() + kMigrationPatience));
    RETURN_IF_ERROR(CheckWhole(*connection, absl::Now() + options.read_timeout));
    bool ours = true;
    if (!options.mark.first.empty()) {
      ASSIGN_OR_RETURN(const std::string first,
                       LeafAt(*connection, 1, absl::Now() + options.read_timeout));
      ours = first == options.mark.first;
    }
    if (ours) state.head.SetMark(options.mark);
  }
  state.reach.OnChange([&state] {
    absl::MutexLock lock(&state.mutex);
    if (state.batcher != nullptr) state.batcher->Check();
  });
  state.head.OnNewEpoch([this] {
    state_->callbacks->Post([this] { state_->waiters.Close(); });
  });
  // It listens before the head is read: what is appended in between is heard.
  ASSIGN_OR_RETURN(auto hearing, ConnectAndCheck(options, Role::kListen, state.head));
  ASSIGN_OR_RETURN(auto appending, ConnectAndCheck(options, Role::kAppend, state.head));
  RETURN_IF_ERROR(EnterNode(*appending, state.node, absl::Now() + options.batch_timeout));
  RETURN_IF_ERROR(ShowNode(*hearing, state.node, absl::Now() + options.batch_timeout));
  state.listener = std::make_unique<Listener>(options, state.node, std::move(hearing), state.head,
                                              state.reach, state.waiters, *state.callbacks);
  absl::MutexLock lock(&state.mutex);
  state.batcher = std::make_unique<Batcher>(options, state.node, std::move(appending), state.head,
                                            state.reach, state.pool, state.waiters,
                                            *state.callbacks);
  return absl::OkStatus();
}

PostgresStore::~PostgresStore() {
  std::unique_ptr<Batcher> batcher;
  {
    absl::MutexLock lock(&state_->mutex);
    batcher = std::move(state_->batcher);
  }
  batcher.reset();
  state_->listener.reset();
  state_->callbacks->Post([this] { state_->waiters.Close(); });
  state_->callbacks.reset();
}

uint64_t PostgresStore::SeenEpoch() const { return state_->head.epoch(); }

void PostgresStore::Acknowledge(const LogHead& mark) {
  state_->head.Acknowledge(mark.epoch, mark.position, mark.hash);
}

void PostgresStore::AskHead(absl::AnyInvocable<void(absl::StatusOr<uint64_t>)> done) {
  if (state_->listener == nullptr) return done(ReadOnlyError());
  state_->listener->AskHead(std::move(done));
}

bool PostgresStore::connected() const {
  return state_->listener != nullptr && state_->listener->connected();
}

absl::Status PostgresStore::Reached() const { return state_->reach.status(); }

void PostgresStore::OnWord(std::function<void(const absl::Status& why)> word) {
  state_->reach.OnWord(std::move(word));
}

PostgresStore::Word PostgresStore::LastWord() const {
  const KnownHead::Word word = state_->head.word();
  return {word.asked, word.position};
}

uint64_t PostgresStore::head_queries() const {
  return state_->listener == nullptr ? 0 : state_->listener->queries();
}

uint32_t PostgresStore::node_number() const { return state_->node.number.load(); }

void PostgresStore::Append(Commit commit, CommitDone done) {
  auto pending = state_->batcher == nullptr
                     ? absl::StatusOr<std::unique_ptr<PendingCommit>>(ReadOnlyError())
                     : PrepareCommit(std::move(commit), done);
  if (pending.ok()) {
    state_->batcher->Append(*std::move(pending));
    return;
  }
  state_->callbacks->Post(
      [status = pending.status(), done = std::move(done)]() mutable { done(std::move(status)); });
}

absl::Status PostgresStore::ReadStream(const StreamKey& stream, uint64_t after,
                                       EventVisitor visit) {
  return ReadStreamRows(state_->pool, stream, after, visit);
}

absl::StatusOr<uint64_t> PostgresStore::ReadHead(const StreamKey& stream) {
  Params params;
  params.AddBytes(EncodeStream(stream));
  return ReadNumber(state_->pool, "read_head", params);
}

absl::Status PostgresStore::ReadLog(uint64_t after, EventVisitor visit) {
  return ReadLogRows(state_->pool, after, visit);
}

absl::Status PostgresStore::ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                                         EventVisitor visit) {
  return ReadInstanceRows(state_->pool, instance, first, last, visit);
}

absl::StatusOr<uint64_t> PostgresStore::ReadSequence(uint64_t instance) {
  Params params;
  params.AddInt8(instance);
  return ReadNumber(state_->pool, "read_sequence", params);
}

absl::StatusOr<SubjectKeys> PostgresStore::ReadSubjectKeys(uint64_t instance,
                                                           absl::string_view subject) {
  return ReadKeyRows(state_->pool, instance, subject);
}

absl::StatusOr<DataKey> PostgresStore::ReadDataKey(uint64_t instance, absl::string_view key_id) {
  return ReadKeyRow(state_->pool, instance, key_id);
}

absl::Status PostgresStore::ReadClaims(ClaimVisitor visit) {
  return ReadClaimRows(state_->options, visit);
}

absl::StatusOr<LogHead> PostgresStore::ReadLogHead() {
  const absl::Time asked = SteadyNow();
  ASSIGN_OR_RETURN(const Rows rows, state_->pool.Run("read_log_head", Params()));
  if (rows.size() != 1) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged", "The table head is damaged.");
  }
  state_->head.Heard(asked, rows.Int(0, 0), rows.Int(0, 1));
  return LogHead{
      .epoch = rows.Int(0, 0), .position = rows.Int(0, 1), .hash = std::string(rows.Bytes(0, 2))};
}

std::unique_ptr<EventStore::Waiter> PostgresStore::WaitBeyond(uint64_t position,
                                                              absl::AnyInvocable<void()> wake) {
  std::unique_ptr<Waiter> waiter = state_->waiters.Add(position, std::move(wake));
  const uint64_t head = state_->head.position();
  if (head > position) {
    state_->callbacks->Post([state = state_.get(), head] { state->waiters.Advance(head); });
  }
  return waiter;
}

absl::Status PostgresStore::PruneDay(uint64_t instance, Keep keep, uint32_t day) {
  if (state_->options.read_only) return ReadOnlyError();
  Params now;
  AddNow(now, state_->options);
  ASSIGN_OR_RETURN(const uint64_t stamp, ReadNumber(state_->pool, "read_next_stamp", now));
  RETURN_IF_ERROR(CheckPrune(keep, day, absl::FromUnixMicros(static_cast<int64_t>(stamp))));
  Params params;
  params.AddInt8(instance);
  params.AddInt2(static_cast<uint16_t>(keep));
  params.AddInt4(day);
  params.AddInt8(kPruneChunk);
  while (true) {
    ASSIGN_OR_RETURN(const Rows rows, state_->pool.Run("read_day", params));
    for (int first = 0; first < rows.size(); first += kPruneStep) {
      RETURN_IF_ERROR(PruneEvents(state_->pool, instance, rows, first,
                                  std::min(first + kPruneStep, rows.size())));
    }
    if (static_cast<uint64_t>(rows.size()) < kPruneChunk) return absl::OkStatus();
  }
}

absl::Status PostgresStore::PurgeErased() {
  if (state_->options.read_only) return ReadOnlyError();
  return PurgeKeys(state_->options);
}

absl::Status PostgresStore::ReportPurged(uint64_t epoch, uint64_t position) {
  if (state_->options.read_only) return ReadOnlyError();
  Params params;
  params.AddBytes(state_->node.key);
  params.AddInt8(epoch);
  params.AddInt8(position);
  return state_->pool.Run("report_purged", params).status();
}

absl::StatusOr<uint64_t> PostgresStore::PurgedByAll() {
  return ReadNumber(state_->pool, "purged_by_all", Params());
}

absl::StatusOr<Lease> PostgresStore::TakeLease(absl::string_view name, absl::string_view holder,
                                               absl::Duration ttl) {
  RETURN_IF_ERROR(CheckLease(name, holder, ttl));
  if (state_->options.read_only) return ReadOnlyError();
  Params params;
  params.AddBytes(name);
  params.AddBytes(holder);
  params.AddInt8(static_cast<uint64_t>(absl::ToInt64Microseconds(ttl)));
  AddNow(params, state_->options);
  ASSIGN_OR_RETURN(const Rows rows, state_->pool.Run("take_lease", params));
  return Lease{.term = rows.Int(0, 0),
               .held = rows.Int(0, 1) != 0,
               .left = absl::Microseconds(static_cast<int64_t>(rows.Int(0, 2)))};
}

absl::Status PostgresStore::ReleaseLease(absl::string_view name, absl::string_view holder) {
  if (state_->options.read_only) return ReadOnlyError();
  Params params;
  params.AddBytes(name);
  params.AddBytes(holder);
  return state_->pool.Run("release_lease", params).status();
}

}  // namespace muniment::eventstore
