#include "eventstore/postgres/batcher.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include "absl/time/clock.h"
#include "base/clock.h"
#include "base/error.h"
#include "eventstore/postgres/checked.h"

namespace muniment::eventstore {
namespace {

// A batch is sent when it is this large; what is behind it makes the next.
constexpr size_t kBatchBytes = 4 << 20;
constexpr size_t kBatchCommands = 1000;
constexpr size_t kBatchEvents = 5000;
// How many waiting commands are looked at for one batch.
constexpr size_t kLookedAt = 4000;
// A batch that fails by itself, without a lost connection, is not tried for ever.
constexpr int kAttempts = 3;

absl::Status LevelNotReadError() {
  return Error(absl::StatusCode::kUnavailable, "store.level_not_read",
               "This makes a kind of event that a node of an older release does not read: it is "
               "possible when every node runs the newer one.");
}

size_t BytesOf(const PendingCommit& pending) {
  return pending.checked.bytes + sizeof(PendingCommit) + 64 * pending.streams.size();
}

}  // namespace

Batcher::Batcher(const PostgresOptions& options, NodeEntry& node,
                 std::unique_ptr<Connection> connection, KnownHead& head, Reach& reach,
                 Pool& readers, Waiters& waiters, Callbacks& callbacks)
    : options_(options),
      node_(node),
      head_(head),
      reach_(reach),
      readers_(readers),
      waiters_(waiters),
      callbacks_(callbacks),
      connection_(std::move(connection)),
      retry_(options.first_retry),
      thread_([this] { Run(); }) {}

Batcher::~Batcher() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  thread_.join();
}

void Batcher::Append(std::unique_ptr<PendingCommit> pending) {
  const size_t bytes = BytesOf(*pending);
  {
    absl::MutexLock lock(&mutex_);
    if (queue_bytes_ + bytes <= options_.queue_bytes) {
      queue_bytes_ += bytes;
      queue_.push_back(std::move(pending));
      return;
    }
  }
  callbacks_.Post([pending = std::move(pending)]() mutable {
    pending->done(UnavailableError("Too many changes wait for the database."));
  });
}

void Batcher::Check() {
  absl::MutexLock lock(&mutex_);
  check_ = true;
}

void Batcher::Run() {
  while (AwaitWork()) {
    // Before anything is sent a lost connection leaves nothing open.
    if (connection_ != nullptr && !connection_->StillOpen()) connection_ = nullptr;
    if (connection_ == nullptr && !Connect()) continue;
    ended_ |= readers_.DropEnded();
    Batch batch = Gather();
    if (!RefuseUnread(batch)) {
      PutBack(std::move(batch));
    } else if (!batch.empty()) {
      Send(std::move(batch));
    } else if (std::exchange(ended_, false) || reach_.lost(Role::kRead)) {
      // Nobody's change waits for it; a read that comes first connects by itself.
      readers_.Heal();
    }
  }
  if (connection_ == nullptr) return;
  Params params;
  params.AddBytes(node_.key);
  // Nobody asks for it again; a row that stays is forgotten later.
  (void)connection_->Run(Sql("leave_node"), params, absl::Now() + absl::Seconds(1));
}

bool Batcher::AwaitWork() {
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || check_ || !queue_.empty();
  };
  const bool lost = reach_.lost(Role::kAppend) || reach_.lost(Role::kRead);
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&due),
                          lost ? options_.last_retry : absl::InfiniteDuration());
  check_ = false;
  return !closed_ || !queue_.empty();
}

Batch Batcher::Gather() {
  Batch batch;
  std::vector<std::unique_ptr<PendingCommit>> waiting;
  BatchRules rules;
  size_t bytes = 0;
  size_t events = 0;
  RefuseOtherEpochs();
  absl::MutexLock lock(&mutex_);
  while (!queue_.empty() && batch.size() < kBatchCommands &&
         batch.size() + waiting.size() < kLookedAt) {
    PendingCommit& next = *queue_.front();
    const size_t size = BytesOf(next);
    const size_t count = next.commit.events.size();
    if (!batch.empty() && (bytes + size > kBatchBytes || events + count > kBatchEvents)) break;
    const bool admitted = rules.Admit(next);
    (admitted ? batch : waiting).push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (!admitted) continue;
    bytes += size;
    events += count;
  }
  queue_bytes_ -= bytes;
  queue_.insert(queue_.begin(), std::make_move_iterator(waiting.begin()),
                std::make_move_iterator(waiting.end()));
  return batch;
}

// What they read may be gone, or another event may have its number.
void Batcher::RefuseOtherEpochs() {
  const uint64_t epoch = head_.epoch();
  Batch refused;
  {
    absl::MutexLock lock(&mutex_);
    const auto other = [epoch](const auto& pending) {
      return pending->commit.epoch != 0 && pending->commit.epoch != epoch;
    };
    for (auto& pending : queue_) {
      if (!other(pending)) continue;
      queue_bytes_ -= BytesOf(*pending);
      refused.push_back(std::move(pending));
    }
    if (refused.empty()) return;
    queue_.erase(std::remove(queue_.begin(), queue_.end(), nullptr), queue_.end());
  }
  callbacks_.Post([refused = std::move(refused)]() mutable {
    for (auto& pending : refused) pending->done(ConflictError());
  });
}

// Only while not all nodes are of one release is a commit looked at for this.
bool Batcher::RefuseUnread(Batch& batch) {
  if (node_.log_level >= node_.level) return true;
  std::vector<uint32_t> levels;
  for (const auto& pending : batch) levels.push_back(LevelOf(pending->commit));
  // From the highest down, each asked for once: one that no other node keeps from rising lets all below.
  const std::set<uint32_t, std::greater<>> asked(levels.begin(), levels.end());
  absl::Status refusal = LevelNotReadError();
  for (const uint32_t level : asked) {
    if (level <= node_.log_level) break;
    const absl::Status status =
        RaiseLevel(*connection_, node_, level, absl::Now() + options_.batch_timeout);
    if (status.ok()) continue;
    reach_.Failed(status);
    if (!connection_->alive()) {
      connection_ = nullptr;
      return false;
    }
    // What is not above it goes on all the same.
    refusal = status;
    break;
  }
  Batch refused;
  for (size_t i = 0; i < batch.size(); ++i) {
    if (levels[i] > node_.log_level) refused.push_back(std::move(batch[i]));
  }
  if (refused.empty()) return true;
  batch.erase(std::remove(batch.begin(), batch.end(), nullptr), batch.end());
  callbacks_.Post([refused = std::move(refused), refusal]() mutable {
    for (auto& pending : refused) pending->done(refusal);
  });
  return true;
}

void Batcher::Send(Batch batch) {
  const absl::Time deadline = absl::Now() + options_.batch_timeout;
  std::optional<absl::Time> now;
  if (options_.clock != nullptr) now = options_.clock->Now();
  const absl::Time asked = SteadyNow();
  const Params params = EncodeBatch(node_.key, ++number_, now, batch);
  const auto rows = connection_->Run(Sql("append"), params, deadline);
  if (rows.ok()) {
    retry_ = options_.first_retry;
    const Verdicts verdicts = ParseVerdicts(*rows);
    if (verdicts.ran) {
      Finish(verdicts, batch, asked);
      return;
    }
  }
  if (!rows.ok()) reach_.Failed(rows.status());
  // Even an error may have come after the commit: the node's row tells.
  if (!connection_->alive()) connection_ = nullptr;
  const absl::Time until = absl::Now() + options_.settle_timeout;
  while (!Settle(batch, until)) {
    if (absl::Now() >= until || closed()) {
      Refuse(std::move(batch), true);
      return;
    }
  }
}

bool Batcher::Settle(Batch& batch, absl::Time deadline) {
  if (connection_ == nullptr && !Connect()) return false;
  Params params;
  params.AddBytes(node_.key);
  params.AddInt8(number_);
  const absl::Time asked = SteadyNow();
  const auto rows =
      connection_->Run(Sql("settle"), params, std::max(deadline, absl::Now() + absl::Seconds(1)));
  if (!rows.ok()) {
    if (!connection_->alive()) connection_ = nullptr;
    Pause();
    return false;
  }
  const Verdicts verdicts = ParseVerdicts(*rows);
  if (verdicts.ran) {
    Finish(verdicts, batch, asked);
  } else {
    PutBack(std::move(batch));
  }
  return true;
}

void Batcher::PutBack(Batch batch) {
  Batch again;
  Batch refused;
  for (auto& pending : batch) {
    (++pending->attempts < kAttempts ? again : refused).push_back(std::move(pending));
  }
  Refuse(std::move(refused), false);
  absl::MutexLock lock(&mutex_);
  for (const auto& pending : again) queue_bytes_ += BytesOf(*pending);
  queue_.insert(queue_.begin(), std::make_move_iterator(again.begin()),
                std::make_move_iterator(again.end()));
}

void Batcher::Finish(const Verdicts& verdicts, Batch& batch, absl::Time asked) {
  BatchResult result = ApplyVerdicts(verdicts, batch);
  head_.Heard(asked, verdicts.epoch, result.position);
  if (result.newest != nullptr) head_.SetNewest(verdicts.epoch, std::move(result.newest));
  std::vector<Answer> answers;
  for (size_t i = 0; i < batch.size(); ++i) {
    answers.push_back({std::move(batch[i]->done), std::move(result.results[i])});
  }
  // It may run when this is gone.
  callbacks_.Post([&waiters = waiters_, answers = std::move(answers),
                   position = result.position]() mutable {
    for (Answer& answer : answers) answer.done(std::move(answer.result));
    waiters.Advance(position);
  });
}

void Batcher::Refuse(Batch batch, bool sent) {
  if (batch.empty()) return;
  callbacks_.Post([batch = std::move(batch), sent]() mutable {
    for (auto& pending : batch) {
      const bool open = sent && !pending->commit.events.empty();
      pending->done(open ? OutcomeUnknownError()
                         : UnavailableError("The database cannot be reached."));
    }
  });
}

bool Batcher::Connect() {
  const absl::Status status = TryConnect();
  if (status.ok()) {
    reach_.Found(Role::kAppend);
    retry_ = options_.first_retry;
    return true;
  }
  reach_.Lost(Role::kAppend, status);
  RefuseQueue();
  Pause();
  return false;
}

absl::Status Batcher::TryConnect() {
  ASSIGN_OR_RETURN(auto connection, ConnectAndCheck(options_, Role::kAppend, head_));
  RETURN_IF_ERROR(EnterNode(*connection, node_, absl::Now() + options_.batch_timeout));
  connection_ = std::move(connection);
  return absl::OkStatus();
}

void Batcher::RefuseQueue() {
  Batch refused;
  {
    absl::MutexLock lock(&mutex_);
    queue_bytes_ = 0;
    refused.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(queue_.end()));
    queue_.clear();
  }
  Refuse(std::move(refused), false);
}

void Batcher::Pause() {
  const absl::Duration pause = retry_;
  retry_ = std::min(2 * retry_, options_.last_retry);
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&closed_), pause);
}

bool Batcher::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

}  // namespace muniment::eventstore
