#include "gateway/reactors/host.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/error.h"
#include "gateway/reactors/attempt.h"
#include "gateway/reactors/due_list.h"
#include "gateway/reactors/leadership.h"
#include "gateway/reactors/signal.h"
#include "gateway/reactors/store_time.h"
#include "gateway/system_command.h"
#include "gateway/worker_pool.h"

namespace muniment::gateway {
namespace {

// After an error of the store or the read models.
constexpr absl::Duration kPause = absl::Seconds(1);
// Between tries to store an outcome.
constexpr absl::Duration kFirstRetry = absl::Milliseconds(50);
constexpr absl::Duration kLastRetry = absl::Seconds(2);
// Work whose outcome cannot be stored, for a reason that time does not heal, rests so long.
constexpr absl::Duration kRest = absl::Minutes(1);

absl::Status Unanswered() {
  return Error(absl::StatusCode::kInternal, "work.unanswered",
               "Whoever tried it last ended before he could tell what came of it.");
}

absl::Status Stopping() {
  return Error(absl::StatusCode::kCancelled, "reactor.stopped",
               "The node acts for others no longer.");
}

}  // namespace

class ReactorHost::Rep {
 public:
  Rep(const HostPorts& ports, std::vector<Reactor> reactors, HostOptions options)
      : ports_(ports),
        reactors_(std::move(reactors)),
        options_(std::move(options)),
        leadership_(*ports.store, options_.lease, options_.ttl),
        counts_(reactors_.size()),
        acting_(reactors_.size(), 0),
        pool_(std::make_unique<WorkerPool>(Threads(), Threads())),
        thread_([this] { Work(); }) {}

  ~Rep() {
    stopping_.store(true);
    signal_->Wake();
    thread_.join();
    pool_.reset();
    leadership_.Release();
  }

  Counts counts(absl::string_view work) const {
    absl::MutexLock lock(&mutex_);
    for (size_t i = 0; i < reactors_.size(); ++i) {
      if (reactors_[i].work == work) return counts_[i];
    }
    return {};
  }
  bool leads() const { return leadership_.term() != 0; }

 private:
  class HostAction;
  // A piece of work that was taken up.
  struct Job {
    size_t reactor = 0;
    std::string row_key;
    gateway::Work work;
    uint64_t term = 0;
    // It was there before the term: a holder before may have ended on it without a word.
    bool suspect = false;
  };
  // Its row is passed over while it is acted on, until views show its outcome, or while it rests.
  struct Taken {
    bool acting = true;
    uint64_t shown_at = 0;           // position
    absl::Duration rests_until = {};  // as SinceBoot counts
  };
  struct Look {
    std::vector<Job> jobs;
    absl::Time next = absl::InfiniteFuture();
    bool busy = false;
  };

  size_t Threads() const {
    size_t threads = 0;
    for (const Reactor& reactor : reactors_) threads += reactor.at_once;
    return std::max<size_t>(threads, 1);
  }
  bool MayAct(uint64_t term) const { return !stopping_.load() && leadership_.Holds(term); }

  void Work();
  absl::StatusOr<absl::Duration> Turn();
  void WakeBeyond(uint64_t position);
  absl::StatusOr<Look> LookAt(projections::View& view);
  absl::Duration ForgetShown(uint64_t position);
  absl::Status CatchUp(uint64_t term);
  absl::StatusOr<eventstore::Committed> Ask(std::optional<eventstore::Fence> fence);
  void Start(Job job);

  void Perform(const Job& job);
  absl::Status Begin(const Job& job);
  void BreakOff(const Job& job);
  absl::StatusOr<uint64_t> Store(const Job& job, const absl::Status& acted,
                                 const Action::Command& done);
  Action::Command Outcome(const Job& job, const absl::Status& acted, const Action::Command& done);
  void End(const Job& job, Taken taken);
  void Count(const Job& job, const absl::Status& acted);
  absl::StatusOr<uint64_t> RunCommand(const Job& job, const Action::Command& command);

  const HostPorts ports_;
  const std::vector<Reactor> reactors_;
  const HostOptions options_;
  Leadership leadership_;
  std::atomic<bool> stopping_ = false;
  // Callbacks of the runner may come when the host is gone.
  const std::shared_ptr<Signal> signal_ = std::make_shared<Signal>();
  const std::shared_ptr<std::atomic<bool>> listening_ = std::make_shared<std::atomic<bool>>(false);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Taken> taken_ ABSL_GUARDED_BY(mutex_);
  std::vector<Counts> counts_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> acting_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> trying_begun_ = false;

  // Of the thread.
  StoreTime time_;
  bool knows_time_ = false;
  uint64_t caught_up_term_ = 0;
  absl::Time term_began_;
  uint64_t caught_up_position_ = 0;

  std::unique_ptr<WorkerPool> pool_;
  std::thread thread_;
};

class ReactorHost::Rep::HostAction final : public Action {
 public:
  HostAction(Rep& host, const Job& job)
      : Action(job.work, absl::Now() + host.reactors_[job.reactor].timeout),
        host_(host),
        job_(job) {}

  bool MayAct() const override { return host_.MayAct(job_.term); }
  absl::Status Run(const Command& command) override {
    if (!MayAct()) return Stopping();
    return host_.RunCommand(job_, command).status();
  }

 private:
  Rep& host_;
  const Job& job_;
};

// ---------------------------------------------------------------------- the timer

void ReactorHost::Rep::Work() {
  while (!stopping_.load()) {
    absl::StatusOr<absl::Duration> pause = Turn();
    if (!pause.ok()) {
      const bool passes = Passes(pause.status()) || Reason(pause.status()) == "store.fenced";
      if (!passes) options_.log(pause.status().message());
      pause = kPause;
    }
    // Where the read models have stopped nothing wakes.
    signal_->Wait(listening_->load() ? *pause : std::min(*pause, kPause));
  }
}

// One look at what is due, and how long until the next.
absl::StatusOr<absl::Duration> ReactorHost::Rep::Turn() {
  if (!knows_time_) {
    ASSIGN_OR_RETURN(const auto here, Ask(std::nullopt));
    time_.Set(here.created_at);
    knows_time_ = true;
  }
  projections::View view = ports_.database->Read();
  WakeBeyond(view.position());
  const absl::Duration rested = ForgetShown(view.position());
  ASSIGN_OR_RETURN(Look look, LookAt(view));
  const absl::Duration next = std::min(rested, look.next - time_.Now());
  // Nothing to do is no reason to ask the store for anything.
  if (look.jobs.empty() && !look.busy) return next;

  ASSIGN_OR_RETURN(const absl::Duration others, leadership_.Claim());
  if (others > absl::ZeroDuration()) return std::min(others, next);
  const uint64_t term = leadership_.term();
  if (term == 0) return absl::ZeroDuration();  // the answer took longer than the lease lasts
  if (term != caught_up_term_) RETURN_IF_ERROR(CatchUp(term));
  // What was done under older terms has to be seen first.
  if (view.position() >= caught_up_position_) {
    for (Job& job : look.jobs) {
      // Of what may have ended a node one is tried at a time, so that it ends no other's attempts;
      // its end wakes.
      if (job.work.begun && trying_begun_.exchange(true)) continue;
      job.term = term;
      job.suspect = job.work.requested <= term_began_;
      Start(std::move(job));
    }
  }
  return std::min(next, leadership_.RenewIn());
}

void ReactorHost::Rep::WakeBeyond(uint64_t position) {
  if (listening_->exchange(true)) return;
  const auto applied = [signal = signal_, listening = listening_,
                        here = std::this_thread::get_id()](const absl::Status& status) {
    listening->store(false);
    // Models that have stopped already answer at once: that is no news.
    if (status.ok() || std::this_thread::get_id() != here) signal->Wake();
  };
  ports_.runner->Beyond(position, applied);
}

absl::StatusOr<ReactorHost::Rep::Look> ReactorHost::Rep::LookAt(projections::View& view) {
  Look look;
  std::vector<size_t> acting;
  {
    absl::MutexLock lock(&mutex_);
    acting = acting_;
  }
  for (size_t i = 0; i < reactors_.size(); ++i) {
    look.busy = look.busy || acting[i] > 0;
    const size_t free = reactors_[i].at_once - acting[i];
    if (free == 0) continue;  // its end wakes
    ASSIGN_OR_RETURN(DueList list,
                     ListDue(view, reactors_[i].work, time_.Now(), free,
                             [this](const std::string& row_key) {
                               absl::MutexLock lock(&mutex_);
                               return taken_.contains(row_key);
                             }));
    look.next = std::min(look.next, list.next);
    for (DueWork& due : list.due) {
      look.jobs.push_back({.reactor = i,
                           .row_key = std::move(due.row_key),
                           .work = std::move(due.work),
                           .term = 0});
    }
  }
  return look;
}

// Forgets what views show by now, or what has rested; how long until more has.
absl::Duration ReactorHost::Rep::ForgetShown(uint64_t position) {
  const absl::Duration now = SinceBoot();
  absl::Duration next = absl::InfiniteDuration();
  absl::MutexLock lock(&mutex_);
  absl::erase_if(taken_, [&](const auto& entry) {
    const Taken& taken = entry.second;
    if (taken.rests_until > now) next = std::min(next, taken.rests_until - now);
    return !taken.acting && position >= taken.shown_at && now >= taken.rests_until;
  });
  return next;
}

// A check under the new term tells the time and how far the log goes; nothing of an older term can
// stand behind it.
absl::Status ReactorHost::Rep::CatchUp(uint64_t term) {
  ASSIGN_OR_RETURN(const auto here, Ask(leadership_.FenceOf(term)));
  time_.Set(here.created_at);
  term_began_ = here.created_at;
  caught_up_term_ = term;
  caught_up_position_ = here.position;
  return absl::OkStatus();
}

absl::StatusOr<eventstore::Committed> ReactorHost::Rep::Ask(
    std::optional<eventstore::Fence> fence) {
  absl::StatusOr<eventstore::Committed> answer;
  absl::Notification answered;
  ports_.store->Append({.instance = eventstore::kSystemInstance, .fence = std::move(fence)},
                       [&](absl::StatusOr<eventstore::Committed> result) {
                         answer = std::move(result);
                         answered.Notify();
                       });
  answered.WaitForNotification();
  return answer;
}

void ReactorHost::Rep::Start(Job job) {
  const std::string row_key = job.row_key;
  const size_t reactor = job.reactor;
  const bool begun = job.work.begun;
  {
    absl::MutexLock lock(&mutex_);
    taken_[row_key] = {};
    ++acting_[reactor];
  }
  if (pool_->Submit([this, job = std::move(job)] { Perform(job); })) return;
  // There is a thread for each that may be acted on at once.
  absl::MutexLock lock(&mutex_);
  taken_.erase(row_key);
  --acting_[reactor];
  if (begun) trying_begun_ = false;
}

// ---------------------------------------------------------------------- acting

void ReactorHost::Rep::Perform(const Job& job) {
  const bool given_up = job.work.attempts >= reactors_[job.reactor].retry.attempts;
  const bool begins = job.suspect && !given_up && MayAct(job.term);
  if (begins && !Begin(job).ok()) {
    return End(job, {.acting = false, .rests_until = SinceBoot() + kPause});
  }
  absl::Status acted = given_up ? Unanswered() : Stopping();
  Action::Command done;
  if (!given_up && MayAct(job.term)) {
    HostAction action(*this, job);
    acted = reactors_[job.reactor].act(action);
    done = action.TakeDone();
  }
  // What was broken off because the lease has gone is no attempt.
  if (!acted.ok() && !MayAct(job.term)) {
    if (begins) BreakOff(job);
    return End(job, {.acting = false});
  }
  while (true) {
    const absl::StatusOr<uint64_t> stored = Store(job, acted, done);
    if (stored.ok()) {
      Count(job, acted);
      return End(job, {.acting = false, .shown_at = *stored});
    }
    // Whoever leads now does it again.
    if (Reason(stored.status()) == "store.fenced" || Passes(stored.status())) {
      return End(job, {.acting = false});
    }
    // An outcome that nothing lets stand is a failure of the work.
    if (acted.ok()) {
      acted = stored.status();
      continue;
    }
    options_.log(absl::StrCat("The failure of ", job.work.Key(),
                              " cannot be stored: ", stored.status().message()));
    return End(job, {.acting = false, .rests_until = SinceBoot() + kRest});
  }
}

// An attempt that ends the node leaves no word, and would be made by one node after the other.
absl::Status ReactorHost::Rep::Begin(const Job& job) {
  const uint32_t attempts = job.work.attempts + 1;
  const absl::Duration delay = PauseAfter(reactors_[job.reactor].retry, attempts);
  return RunCommand(job, [&](command::Unit& unit) {
           return command::RaiseWorkBegun(unit, job.work.id, attempts, delay);
         }).status();
}

// A node that stops in order takes back what it counted.
void ReactorHost::Rep::BreakOff(const Job& job) {
  (void)RunCommand(job, [&](command::Unit& unit) {
    return command::RaiseWorkFailed(unit, job.work.id, job.work.attempts,
                                    ReasonText(Stopping()), absl::ZeroDuration());
  });
}

// Stores the outcome, trying as often as it takes while the lease is held; where the log stands
// then.
absl::StatusOr<uint64_t> ReactorHost::Rep::Store(const Job& job, const absl::Status& acted,
                                                 const Action::Command& done) {
  const Action::Command outcome = Outcome(job, acted, done);
  Signal pause;
  for (absl::Duration wait = kFirstRetry;; wait = std::min(2 * wait, kLastRetry)) {
    absl::StatusOr<uint64_t> position = RunCommand(job, outcome);
    if (position.ok() || !Passes(position.status()) || !MayAct(job.term)) return position;
    pause.Wait(wait);
  }
}

Action::Command ReactorHost::Rep::Outcome(const Job& job, const absl::Status& acted,
                                          const Action::Command& done) {
  const Reactor& reactor = reactors_[job.reactor];
  if (acted.ok() && done != nullptr) return done;
  if (acted.ok()) {
    return [&](command::Unit& unit) { return reactor.done(unit, job.work); };
  }
  const uint32_t attempts = std::min(job.work.attempts + 1, reactor.retry.attempts);
  const std::string reason = ReasonText(acted);
  if (IsLast(reactor.retry, attempts, acted)) {
    return [&job, attempts, reason](command::Unit& unit) {
      return command::RaiseWorkGivenUp(unit, job.work.id, attempts, reason, job.work.requested);
    };
  }
  const absl::Duration delay = PauseAfter(reactor.retry, attempts);
  return [&job, attempts, reason, delay](command::Unit& unit) {
    return command::RaiseWorkFailed(unit, job.work.id, attempts, reason, delay);
  };
}

void ReactorHost::Rep::End(const Job& job, Taken taken) {
  {
    absl::MutexLock lock(&mutex_);
    taken_[job.row_key] = taken;
    --acting_[job.reactor];
    if (job.work.begun) trying_begun_ = false;
  }
  signal_->Wake();
}

void ReactorHost::Rep::Count(const Job& job, const absl::Status& acted) {
  const bool last = IsLast(reactors_[job.reactor].retry, job.work.attempts + 1, acted);
  absl::MutexLock lock(&mutex_);
  Counts& counts = counts_[job.reactor];
  ++(acted.ok() ? counts.done : counts.failed);
  if (!acted.ok() && last) ++counts.given_up;
}

// Answers where the log stands with it.
absl::StatusOr<uint64_t> ReactorHost::Rep::RunCommand(const Job& job,
                                                      const Action::Command& command) {
  SystemCommand call;
  call.name = absl::StrCat("muniment.work.", job.work.id.work);
  call.instance = job.work.instance;
  call.fence = leadership_.FenceOf(job.term);
  return RunAsSystem(*ports_.router, std::move(call), command);
}

// ---------------------------------------------------------------------- public

ReactorHost::ReactorHost(const HostPorts& ports, std::vector<Reactor> reactors, HostOptions options)
    : rep_(std::make_unique<Rep>(ports, std::move(reactors), std::move(options))) {}

ReactorHost::~ReactorHost() = default;

ReactorHost::Counts ReactorHost::counts(absl::string_view work) const {
  return rep_->counts(work);
}

bool ReactorHost::leads() const { return rep_->leads(); }

}  // namespace muniment::gateway
