#include "projections/runner.h"

#include <rocksdb/env.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "eventstore/envelope.h"
#include "projections/builder.h"
#include "projections/database_rep.h"
#include "projections/generations.h"
#include "projections/waiters.h"

namespace muniment::projections {
namespace {

constexpr absl::Duration kRetryAfter = absl::Seconds(1);
constexpr absl::Duration kProgressEvery = absl::Milliseconds(250);

// Clients are told no more; the server's log is told why.
absl::Status Stopped() {
  return Error(absl::StatusCode::kUnavailable, "models.stopped",
               "The read models do not follow the log for now. Try again soon.");
}

// Whether a file can be made, filled and synced there.
bool TakesWrites(const std::string& folder) {
  rocksdb::Env& env = *rocksdb::Env::Default();
  const std::string file = folder + "/probe.tmp";
  const std::string bytes(64 << 10, 'x');
  const bool taken = rocksdb::WriteStringToFile(&env, bytes, file, /*should_sync=*/true).ok();
  (void)env.DeleteFile(file);
  return taken;
}

// Whether the log is the one that the checkpoint speaks of.
absl::StatusOr<bool> SameLog(eventstore::EventStore& store, const eventstore::LogHead& head,
                             const Checkpoint& checkpoint) {
  if (checkpoint.position == 0) return true;
  if (head.epoch != checkpoint.epoch) return false;
  if (head.position < checkpoint.position) {
    absl::Status status =
        Error(absl::StatusCode::kDataLoss, "store.behind_models",
              "The log ends before events that were acknowledged: restore it, or raise its epoch.");
    SetErrorFact(status, "log_position", std::to_string(head.position));
    SetErrorFact(status, "acknowledged_position", std::to_string(checkpoint.position));
    return status;
  }
  bool same = true;
  RETURN_IF_ERROR(store.ReadLog(checkpoint.position - 1, [&](const eventstore::StoredEvent& event) {
    // Where it was pruned, the next one says nothing of it.
    if (event.position == checkpoint.position) {
      same = eventstore::LeafHash(event) == checkpoint.hash;
    }
    return false;
  }));
  return same;
}

}  // namespace

class Runner::Loop {
 public:
  Loop(const Source& source, Projections projections, Database& database, RunnerOptions options)
      : source_(source),
        projections_(std::move(projections)),
        database_(database),
        options_(std::move(options)),
        waiters_(options_.max_waiting),
        fold_(source, {},
              {.live = true,
               .batch_events = options_.batch_events,
               .stop = &stop_,
               .erased = options_.erased,
               .seen = options_.seen}) {}

  ~Loop() {
    stop_.store(true);
    Wake();
    if (thread_.joinable()) thread_.join();
    builder_.reset();
    database_.rep().removals.OnHeld(nullptr);
    purger_.reset();
    waiters_.FailAll(Stopped());
  }

  absl::Status Start() {
    RETURN_IF_ERROR(Begin());
    PurgerOptions purge = options_.purge;
    purge.purged = [this](const Checkpoint& at) {
      Wake();
      return options_.purge.purged == nullptr ? absl::OkStatus() : options_.purge.purged(at);
    };
    database_.rep().removals.OnHeld([this] {
      stale_.store(true);
      Wake();
    });
    purger_ = std::make_unique<Purger>(database_, std::move(purge));
    // Others may wait to hear how far this node is.
    if (options_.purge.purged != nullptr) database_.rep().removals.Hurry();
    thread_ = std::thread([this] { Work(); });
    return absl::OkStatus();
  }

  void Applied(uint64_t position, bool stands, Done done) {
    if (position <= position_.load()) return done(absl::OkStatus());
    waiters_.AddPosition(position, stands, std::move(done));
    // It may have been applied, or all may have stopped, since we looked.
    if (position <= position_.load()) return waiters_.ReleasePositions(position_.load());
    FailIfStopped();
    // It may be of a log that is no more, which the next turn tells.
    if (moved_.load()) Wake();
  }

  void WaitSequence(uint64_t instance, uint64_t sequence, absl::Time deadline, Done done) {
    if (sequence <= Sequence(instance)) return done(absl::OkStatus());
    const absl::StatusOr<uint64_t> newest = source_.store.ReadSequence(instance);
    if (!newest.ok()) return done(newest.status());
    if (sequence > *newest) {
      return done(Error(absl::StatusCode::kFailedPrecondition, "sequence.unknown",
                        "There is no such sequence yet."));
    }
    AwaitReached(instance, sequence, deadline, std::move(done));
  }

  void WaitPosition(uint64_t position, absl::Time deadline, Done done) {
    if (position <= position_.load()) return done(absl::OkStatus());
    AwaitReached(WaitList::kPositions, position, deadline, std::move(done));
  }

  size_t waiting() const { return waiters_.readers(); }

  absl::Status Follows() const { return stuck_.load() ? Stopped() : absl::OkStatus(); }

  absl::Status Health() const {
    absl::MutexLock lock(&mutex_);
    return health_;
  }

  absl::Status Ready() const {
    RETURN_IF_ERROR(Health());
    View view = database_.Read();
    for (const auto& projection : projections_) {
      RETURN_IF_ERROR(view.Ready(projection->table()));
    }
    return absl::OkStatus();
  }

 private:
  // How far views are: of an instance, or of the log.
  uint64_t Sequence(uint64_t instance) const {
    if (instance == WaitList::kPositions) return position_.load();
    return database_.Read().sequence(instance);
  }

  void AwaitReached(uint64_t instance, uint64_t sequence, absl::Time deadline, Done done) {
    if (!waiters_.AddSequence(instance, sequence, deadline, done)) {
      return done(Error(absl::StatusCode::kResourceExhausted, "sequence.too_many_waiting",
                        "Too many requests wait for changes to become visible."));
    }
    if (sequence <= Sequence(instance)) {
      waiters_.ReleaseSequences([this](uint64_t id) { return Sequence(id); });
    }
    FailIfStopped();
    absl::MutexLock lock(&mutex_);
    changed_.Signal();  // the deadline may be the next one
  }

  bool OtherEpoch() const {
    const uint64_t seen = source_.store.SeenEpoch();
    return seen != 0 && seen != epoch_;
  }

  // Compares the database with the log and plans what is to be built.
  absl::Status Begin() {
    ASSIGN_OR_RETURN(const eventstore::LogHead head, source_.store.ReadLogHead());
    const uint64_t seen = source_.store.SeenEpoch();
    if (seen != 0 && seen != head.epoch) return Stopped();
    ASSIGN_OR_RETURN(const bool same, SameLog(source_.store, head, database_.checkpoint()));
    if (!same) RETURN_IF_ERROR(Wipe(database_));
    const Checkpoint at = database_.checkpoint();
    epoch_ = head.epoch;
    target_ = head.position;
    started_at_ = at.position;
    position_.store(started_at_);
    ASSIGN_OR_RETURN(plan_, PlanBuild(database_, projections_));
    states_ = database_.rep().Current()->tables;
    open_ = MayOpen(at.position, false);
    UpdateStates(position_.load());
    database_.rep().PublishTables(states_);
    if (at.position > 0) source_.store.Acknowledge({at.epoch, at.position, at.hash});
    started_ = absl::Now();
    Arm();
    return absl::OkStatus();
  }

  // What was folded may be gone from the log: nothing of it is served from here on.
  absl::Status BeginAgain() {
    builder_.reset();
    for (TableState& state : states_) state.ready = false;
    database_.rep().PublishTables(states_);
    SetHealth(Error(absl::StatusCode::kUnavailable, "models.stopped",
                    "The log has a new epoch; the read models are made anew."));
    RETURN_IF_ERROR(Begin());
    moved_.store(true);
    return absl::OkStatus();
  }

  void Wake() {
    absl::MutexLock lock(&mutex_);
    woken_ = true;
    changed_.Signal();
  }

  void FailIfStopped() {
    const absl::Status health = Health();
    if (!health.ok()) waiters_.FailAll(Stopped());
  }

  // The live batch and what it folds: every table that is not being built.
  void Arm() {
    std::vector<const Projection*> live, building;
    for (size_t i = 0; i < projections_.size(); ++i) {
      (plan_.generations[i] == 0 ? live : building).push_back(projections_[i].get());
    }
    batch_ = std::make_unique<Batch>(database_, Batch::Options{options_.cache_rows, {}});
    fold_.SetProjections(std::move(live));
    if (!building.empty() && builder_ == nullptr) {
      builder_ = std::make_unique<Builder>(source_, std::move(building), database_, plan_,
                                           options_.batch_events, [this] { Wake(); });
    }
  }

  // How far each table is when the live ones stand at `position`.
  void UpdateStates(uint64_t position) {
    all_ready_ = true;
    for (size_t i = 0; i < states_.size(); ++i) {
      TableState& state = states_[i];
      const bool building = plan_.generations[i] != 0;
      const bool ready = !building && open_;
      state.ready = ready;
      state.total = std::max(position, target_);
      state.done = !building ? position : builder_ != nullptr ? builder_->done() : plan_.from;
      state.eta = ready ? absl::ZeroDuration()
                  : building
                      ? (builder_ != nullptr ? builder_->Eta(state.total) : absl::ZeroDuration())
                      : LiveEta(position);
      all_ready_ = all_ready_ && ready;
    }
  }

  absl::Duration LiveEta(uint64_t position) const {
    if (position <= started_at_ || position >= target_) return absl::ZeroDuration();
    return (absl::Now() - started_) *
           (static_cast<double>(target_ - position) / (position - started_at_));
  }

  absl::Status Commit(Checkpoint at) {
    // Some of the batch may be of the new epoch's log.
    if (OtherEpoch()) return Stopped();
    at.epoch = epoch_;
    const eventstore::LogHead mark{epoch_, at.position, at.hash};
    std::vector<TableState> states;
    if (!all_ready_) {
      open_ = open_ || MayOpen(at.position, batch_->urgent());
      UpdateStates(at.position);
      states = states_;
    }
    RETURN_IF_ERROR(batch_->Commit(at, std::move(states)));
    // Views first, then the number that lets others take them.
    position_.store(mark.position);
    waiters_.ReleasePositions(mark.position);
    const View view = database_.Read();
    waiters_.ReleaseSequences([&](uint64_t instance) {
      return instance == WaitList::kPositions ? mark.position : view.sequence(instance);
    });
    source_.store.Acknowledge(mark);
    waiters_.Expire(absl::Now());
    return absl::OkStatus();
  }

  // Folds the last few events into what was built and makes it answer.
  absl::Status TakeBuilt() {
    RETURN_IF_ERROR(builder_->status());
    RETURN_IF_ERROR(builder_->Finish(position_.load()));
    builder_.reset();
    RETURN_IF_ERROR(SwapIn(database_, projections_, plan_));
    plan_.generations.assign(projections_.size(), 0);
    plan_.from = 0;
    states_ = database_.rep().Current()->tables;
    UpdateStates(position_.load());
    Arm();
    database_.rep().PublishTables(states_);
    return absl::OkStatus();
  }

  // Who was erased while this node was away has to leave its files before it answers anybody; the
  // purger, which does that, wakes.
  bool MayOpen(uint64_t position, bool erases) const {
    return position >= target_ && !erases && !database_.rep().removals.urgent();
  }
  void TryOpen() {
    if (open_ || !MayOpen(position_.load(), false)) return;
    open_ = true;
    UpdateStates(position_.load());
    database_.rep().PublishTables(states_);
  }

  absl::Status Turn() {
    if (OtherEpoch()) RETURN_IF_ERROR(BeginAgain());
    RETURN_IF_ERROR(fold_.Run(*batch_, position_.load(), kToHead,
                              [this](Checkpoint at) { return Commit(std::move(at)); }));
    TryOpen();
    // What views show is as it was, but nothing from before it is held any more.
    if (stale_.exchange(false)) database_.rep().PublishTables(states_);
    // What is built beside is read with the others, so not before those are.
    if (builder_ != nullptr && builder_->Caught() && open_ && !stop_.load()) return TakeBuilt();
    if (!all_ready_ && absl::Now() - progress_at_ > kProgressEvery) {
      progress_at_ = absl::Now();
      UpdateStates(position_.load());
      database_.rep().PublishTables(states_);
    }
    return absl::OkStatus();
  }

  void SetHealth(const absl::Status& status) {
    bool changed = false;
    {
      absl::MutexLock lock(&mutex_);
      changed = Reason(health_) != Reason(status);
      health_ = status;
    }
    // A log that cannot be read for now holds nothing that anybody was told of and that is missing
    // here for longer than its staleness, which others watch.
    stuck_.store(!status.ok() && Reason(status) != "store.unavailable" &&
                 Reason(status) != "models.stopped");
    if (changed && options_.health) options_.health(status);
    if (!status.ok()) waiters_.FailAll(Stopped());
  }

  void Work() {
    bool again = false;  // at once, after a change of the epoch
    while (!stop_.load()) {
      {
        absl::MutexLock lock(&mutex_);
        woken_ = false;
      }
      const uint64_t newest = waiters_.newest();
      const absl::Status status = Turn();
      if (stop_.load()) return;
      SetHealth(status);
      // What was committed before they came would have been read.
      if (status.ok() && moved_.load()) waiters_.FailBeyond(position_.load(), newest, Stopped());
      if (status.ok()) {
        again = false;
        const auto waiter = source_.store.WaitBeyond(position_.load(), [this] { Wake(); });
        // A new epoch that came before there was a waiter woke nobody.
        if (!OtherEpoch()) Sleep(absl::InfiniteFuture());
        continue;
      }
      if (OtherEpoch() && !again) {
        again = true;
        if (Recover()) continue;
      }
      const bool passing = absl::IsUnavailable(status);
      Sleep(passing ? absl::Now() + kRetryAfter : absl::InfiniteFuture(), !passing);
      // What wakes it meanwhile is no reason to try the disk at once.
      while (!stop_.load() && !Recover()) Sleep(absl::Now() + kRetryAfter, /*for_good=*/true);
    }
  }

  // What the batch held is folded again, for nothing of it was written. False where the disk still
  // fails.
  bool Recover() {
    // After a write that failed RocksDB takes no other until it is asked to, and after most not then.
    rocksdb::DB& db = *database_.rep().disk->db;
    if (!db.Resume().ok()) {
      if (!broken_ && options_.broken && TakesWrites(db.GetName())) {
        broken_ = true;
        options_.broken();
      }
      return false;
    }
    builder_.reset();
    const absl::StatusOr<uint64_t> built = BuiltTo(database_);
    if (!built.ok()) return false;
    plan_.from = *built;
    Arm();
    return true;
  }

  // Until woken, or a time; `for_good`: until that, whatever wakes it, or the end.
  void Sleep(absl::Time until, bool for_good = false) {
    for (;;) {
      {
        absl::MutexLock lock(&mutex_);
        if (stop_.load() || (woken_ && !for_good)) return;
        changed_.WaitWithDeadline(&mutex_, std::min(until, waiters_.NextDeadline()));
        if (stop_.load() || (woken_ && !for_good)) return;
      }
      const absl::Time now = absl::Now();
      waiters_.Expire(now);
      if (now >= until) return;
    }
  }

  const Source source_;
  const Projections projections_;
  Database& database_;
  const RunnerOptions options_;
  WaitList waiters_;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> moved_ = false;  // to another epoch: of positions some are lost
  std::atomic<bool> stale_ = false;  // somebody waits for newer views
  std::atomic<uint64_t> position_ = 0;

  // The runner's thread alone, once started.
  uint64_t epoch_ = 0;
  uint64_t target_ = 0;      // head of the log at the start
  uint64_t started_at_ = 0;  // position at the start
  absl::Time started_;
  absl::Time progress_at_ = absl::InfinitePast();
  bool all_ready_ = false;
  bool open_ = false;  // all that stood in the log at the start is folded, and purged
  BuildPlan plan_;
  std::vector<TableState> states_;
  LogFold fold_;
  std::unique_ptr<Batch> batch_;
  std::unique_ptr<Builder> builder_;

  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status health_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> stuck_{false};
  bool broken_ = false;  // the runner's thread's
  std::thread thread_;
  std::unique_ptr<Purger> purger_;
};

absl::StatusOr<std::unique_ptr<Runner>> Runner::Start(const Source& source, Projections projections,
                                                      Database& database, RunnerOptions options) {
  auto loop = std::make_unique<Loop>(source, std::move(projections), database, std::move(options));
  RETURN_IF_ERROR(loop->Start());
  return std::unique_ptr<Runner>(new Runner(std::move(loop)));
}

Runner::Runner(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Runner::~Runner() = default;

void Runner::Applied(uint64_t position, Done done) {
  loop_->Applied(position, /*stands=*/true, std::move(done));
}

void Runner::Beyond(uint64_t position, Done done) {
  loop_->Applied(position + 1, /*stands=*/false, std::move(done));
}

void Runner::WaitSequence(uint64_t instance, uint64_t sequence, absl::Time deadline, Done done) {
  loop_->WaitSequence(instance, sequence, deadline, std::move(done));
}

void Runner::WaitPosition(uint64_t position, absl::Time deadline, Done done) {
  loop_->WaitPosition(position, deadline, std::move(done));
}

size_t Runner::waiting() const { return loop_->waiting(); }
absl::Status Runner::Follows() const { return loop_->Follows(); }
absl::Status Runner::Health() const { return loop_->Health(); }
absl::Status Runner::Ready() const { return loop_->Ready(); }

}  // namespace muniment::projections
