#include "eventstore/rocksdb/writer.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

// A group is written at once when it is this large; what is behind it makes the next.
constexpr size_t kGroupBytes = 4 << 20;
// How often a writer that waits for the last reader looks whether commits wait to be refused.
constexpr absl::Duration kRefuseEvery = absl::Milliseconds(5);

}  // namespace

Writer::Writer(const RocksOptions& options, DatabaseSlot& slot, Tail& tail, const Leases& leases,
               Waiters& waiters, Callbacks& callbacks)
    : options_(options),
      slot_(slot),
      tail_(tail),
      waiters_(waiters),
      callbacks_(callbacks),
      builder_(options, leases),
      thread_([this] { Run(); }) {}

Writer::~Writer() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
  }
  thread_.join();
}

void Writer::Append(std::unique_ptr<Pending> pending) {
  const size_t bytes = pending->checked.bytes + sizeof(Pending);
  {
    absl::MutexLock lock(&mutex_);
    if (queue_bytes_ + bytes <= options_.queue_bytes) {
      queue_bytes_ += bytes;
      queue_.push_back(std::move(pending));
      return;
    }
  }
  callbacks_.Post([pending = std::move(pending)]() mutable {
    pending->done(UnavailableError("Too many changes wait for the disk."));
  });
}

absl::Status Writer::Write(StageRows stage) {
  Job job{.stage = stage};
  {
    absl::MutexLock lock(&mutex_);
    job_queue_.push_back(&job);
  }
  job.done.WaitForNotification();
  return job.result;
}

void Writer::Run() {
  while (TakeWork()) {
    WriteGroups();
    pending_.clear();
  }
}

bool Writer::TakeWork() {
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !queue_.empty() || !job_queue_.empty();
  };
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&due));
  pending_.swap(queue_);
  jobs_.swap(job_queue_);
  queue_bytes_ = 0;
  return !pending_.empty() || !jobs_.empty();
}

void Writer::WriteGroups() {
  auto database = slot_.Acquire();
  if (absl::IsDataLoss(database.status())) return RefuseAll(0, database.status());
  bool failed = !database.ok();
  if (!failed) RunJobs(**database, failed);
  size_t next = 0;
  while (!failed && next < pending_.size()) {
    std::vector<Answer> answers;
    next += Gather(**database, next, answers);
    failed = !Commit(**database, std::move(answers));
  }
  if (!failed) return;
  const absl::Status why = UnavailableError("The store lost its disk and opens it again.");
  RefuseAll(next, why);
  database = why;  // gives it back
  Recover(why);
}

void Writer::RefuseAll(size_t first, const absl::Status& why) {
  std::vector<Answer> refused;
  for (; first < pending_.size(); ++first) {
    refused.push_back({std::move(pending_[first]->done), why});
  }
  Post(std::move(refused), 0);
  for (Job* job : std::exchange(jobs_, {})) {
    job->result = why;
    job->done.Notify();
  }
}

void Writer::RunJobs(Database& database, bool& failed) {
  rocksdb::WriteOptions synced;
  synced.sync = true;
  while (!jobs_.empty() && !failed) {
    Job* job = jobs_.back();
    jobs_.pop_back();
    rocksdb::WriteBatch batch;
    job->result = slot_.Judge(job->stage(database, batch));
    if (job->result.ok()) {
      job->result = slot_.Judge(FromRocks(database.db().Write(synced, &batch)));
      failed = !job->result.ok();
    }
    job->done.Notify();
  }
}

size_t Writer::Gather(Database& database, size_t first, std::vector<Answer>& answers) {
  builder_.Begin(database, tail_.head());
  size_t next = first;
  while (next < pending_.size() && (next == first || builder_.bytes() < kGroupBytes)) {
    Pending& pending = *pending_[next++];
    absl::StatusOr<Committed> result = builder_.Add(pending);
    (void)slot_.Judge(result.status());
    const bool writes = result.ok() && !pending.commit.events.empty();
    answers.push_back({std::move(pending.done), std::move(result), writes});
  }
  return next - first;
}

bool Writer::Commit(Database& database, std::vector<Answer> answers) {
  rocksdb::WriteBatch& batch = builder_.Finish();
  const schema::Head after = builder_.head();
  // Mere checks and refusals rest on what is durable already.
  if (batch.Count() == 0) {
    Post(std::move(answers), 0);
    return true;
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  const rocksdb::Status status = database.db().Write(synced, &batch);
  if (status.ok()) {
    tail_.Extend(builder_.TakeEvents(), after);
    Post(std::move(answers), after.position);
    return true;
  }
  // A compaction that met damage refuses every write from then on.
  (void)slot_.Judge(FromRocks(status));
  // Refusals and checks of this group may rest on what is not known to stand: asked again.
  for (Answer& answer : answers) {
    answer.result = answer.writes
                        ? OutcomeUnknownError()
                        : UnavailableError("The store lost its disk and opens it again.");
  }
  Post(std::move(answers), 0);
  return false;
}

void Writer::Post(std::vector<Answer> answers, uint64_t grown_to) {
  if (answers.empty() && grown_to == 0) return;
  // Runs when the writer may be gone already.
  callbacks_.Post([&waiters = waiters_, grown_to, answers = std::move(answers)]() mutable {
    // Followers first: an answer often waits for what they do.
    if (grown_to > 0) waiters.Advance(grown_to);
    for (Answer& answer : answers) answer.done(std::move(answer.result));
  });
}

bool Writer::RefuseWaiting(const absl::Status& why) {
  std::vector<std::unique_ptr<Pending>> waiting;
  std::vector<Job*> jobs;
  bool closed = false;
  {
    absl::MutexLock lock(&mutex_);
    waiting.swap(queue_);
    jobs.swap(job_queue_);
    queue_bytes_ = 0;
    closed = closed_;
  }
  std::vector<Answer> refused;
  for (auto& pending : waiting) refused.push_back({std::move(pending->done), why});
  Post(std::move(refused), 0);
  for (Job* job : jobs) {
    job->result = why;
    job->done.Notify();
  }
  return closed;
}

bool Writer::RefuseUntil(absl::Time until, const absl::Status& why) {
  const auto due = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || !queue_.empty() || !job_queue_.empty();
  };
  while (true) {
    if (RefuseWaiting(why)) return true;
    absl::MutexLock lock(&mutex_);
    if (!mutex_.AwaitWithDeadline(absl::Condition(&due), until)) return false;
  }
}

void Writer::Recover(const absl::Status& why) {
  const uint64_t epoch = tail_.epoch();
  const schema::Head before = tail_.head();
  builder_.Forget();
  const auto closed = slot_.Take(why);
  absl::Status reason = why;
  while (!closed->WaitForNotificationWithTimeout(kRefuseEvery)) RefuseWaiting(reason);

  RocksOptions again = options_;
  again.restored = false;
  again.mark = {.epoch = epoch, .position = before.position};
  absl::Duration wait = options_.first_retry;
  while (true) {
    auto database = Database::Open(again);
    if (database.ok()) {
      const schema::Head head = (*database)->head();
      tail_.Reset((*database)->epoch(), head);
      slot_.Put(*std::move(database));
      if (head.position > before.position) Post({}, head.position);
      return;
    }
    reason = database.status();
    slot_.Explain(reason);
    if (RefuseUntil(absl::Now() + wait, reason)) return;
    wait = std::min(2 * wait, options_.last_retry);
  }
}

}  // namespace muniment::eventstore
