#include "command/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "command/call.h"
#include "command/router_core.h"

namespace muniment::command {

Timers::Timers() : thread_([this] { Run(); }) {}

Timers::~Timers() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    changed_.Signal();
  }
  thread_.join();
}

uint64_t Timers::At(absl::Time time, absl::AnyInvocable<void()> due) {
  absl::MutexLock lock(&mutex_);
  const auto added = waiting_.emplace(std::make_pair(time, ++tickets_), std::move(due)).first;
  if (added == waiting_.begin()) changed_.Signal();
  return added->first.second;
}

void Timers::Forget(absl::Time time, uint64_t ticket) {
  absl::AnyInvocable<void()> gone;  // goes after the lock does
  absl::MutexLock lock(&mutex_);
  const auto found = waiting_.find({time, ticket});
  if (found == waiting_.end()) return;
  gone = std::move(found->second);
  waiting_.erase(found);
}

void Timers::Run() {
  absl::MutexLock lock(&mutex_);
  while (!closed_) {
    const absl::Time next =
        waiting_.empty() ? absl::InfiniteFuture() : waiting_.begin()->first.first;
    if (absl::Now() < next) {
      changed_.WaitWithDeadline(&mutex_, next);
      continue;
    }
    absl::AnyInvocable<void()> due = std::move(waiting_.begin()->second);
    waiting_.erase(waiting_.begin());
    mutex_.Unlock();
    due();
    // What it held may go with it, and forget a timer of its own.
    due = nullptr;
    mutex_.Lock();
  }
}

Router::Core::Core(RouterPorts given_ports, RouterOptions given_options)
    : ports(std::move(given_ports)),
      options(given_options),
      cache(options.cached_streams, options.cached_bytes),
      workers(options.workers),
      encoders(options.encoders),
      hashers(options.hashers, ports.passwords),
      loader(*ports.store, *ports.codec, *ports.keys, cache, options.loaders) {}

absl::Time Router::Core::Now() const {
  return std::max(ports.clock->Now(), absl::FromUnixMicros(newest_us.load()));
}

void Router::Core::Saw(absl::Time created_at) {
  const int64_t us = absl::ToUnixMicros(created_at);
  int64_t known = newest_us.load();
  while (known < us && !newest_us.compare_exchange_weak(known, us)) {
  }
}

absl::Status Router::Core::Enter() {
  absl::MutexLock lock(&mutex);
  if (closed) {
    return Error(absl::StatusCode::kUnavailable, "command.closing", "The server is stopping.");
  }
  if (unanswered >= options.max_calls) {
    return Error(absl::StatusCode::kResourceExhausted, "command.busy",
                 "The server has too much to do; try again later.");
  }
  ++unanswered;
  ++alive;
  return absl::OkStatus();
}

void Router::Core::Answered(const CommandCounters& counters) {
  absl::MutexLock lock(&mutex);
  totals.runs += counters.runs;
  totals.loads += counters.loads;
  totals.hashes += counters.hashes;
  totals.commits += counters.commits;
  totals.checks += counters.checks;
  totals.conflicts += counters.conflicts;
  --unanswered;
}

void Router::Core::AnswerLater(absl::Duration delay, absl::Time latest,
                               absl::AnyInvocable<void()> answer) {
  uint64_t number = 0;
  {
    absl::MutexLock lock(&mutex);
    number = ++last_held_back;
    if (closed) delay = absl::ZeroDuration();
    held_back.emplace(number, std::move(answer));
  }
  timers.At(std::min(absl::Now() + delay, latest), [this, number] {
    absl::AnyInvocable<void()> due;
    {
      absl::MutexLock lock(&mutex);
      const auto found = held_back.find(number);
      if (found == held_back.end()) return;
      due = std::move(found->second);
      held_back.erase(found);
    }
    due();
  });
}

void Router::Core::AnswerNow() {
  absl::flat_hash_map<uint64_t, absl::AnyInvocable<void()>> all;
  {
    absl::MutexLock lock(&mutex);
    all.swap(held_back);
  }
  for (auto& [number, answer] : all) answer();
}

void Router::Core::Leave() {
  absl::MutexLock lock(&mutex);
  --alive;
}

Router::Router(RouterPorts ports, const std::vector<Handler>& handlers, RouterOptions options)
    : core_(std::make_unique<Core>(std::move(ports), options)) {
  MUNIMENT_CHECK(core_->ports.lookup != nullptr && core_->ports.ids != nullptr &&
                 core_->ports.clock != nullptr);
  for (const Handler& handler : handlers) {
    auto rule = handler.rule.has_value() ? CompileRule(*handler.rule, *handler.request)
                                         : RuleOf(handler.method);
    core_->methods.emplace(
        handler.method,
        std::make_shared<Method>(Method{handler, std::move(rule), AnswerPlan(*handler.response)}));
  }
}

Router::~Router() {
  {
    absl::MutexLock lock(&core_->mutex);
    core_->closed = true;
  }
  core_->AnswerNow();
  absl::MutexLock lock(&core_->mutex);
  core_->mutex.Await(absl::Condition(
      +[](Core* core) { return core->alive == 0; }, core_.get()));
}

void Router::Run(CommandCall call, CommandDone done) {
  std::shared_ptr<const Method> method;
  if (call.handler != nullptr) {
    const Handler& handler = *call.handler;
    Method own{handler, std::nullopt, AnswerPlan(*handler.response)};
    if (handler.rule.has_value()) own.rule = CompileRule(*handler.rule, *handler.request);
    method = std::make_shared<Method>(std::move(own));
  } else {
    const auto found = core_->methods.find(call.method);
    if (found == core_->methods.end()) {
      return done(Error(absl::StatusCode::kUnimplemented, "command.unknown_method",
                        absl::StrCat("There is no command ", call.method, ".")));
    }
    method = found->second;
    if (!(*method->rule).ok()) return done(method->rule->status());
  }
  const absl::Status entered = core_->Enter();
  if (!entered.ok()) return done(entered);
  Call::Start(*core_, std::move(method), std::move(call), std::move(done));
}

void Router::AnswerAt(absl::Time time, absl::AnyInvocable<void()> answer) {
  core_->AnswerLater(time - absl::Now(), time, std::move(answer));
}

void Router::Moved(const eventstore::StreamKey& stream, uint64_t version) {
  core_->cache.ForgetBefore(stream, version);
}

CommandCounters Router::totals() const {
  absl::MutexLock lock(&core_->mutex);
  return core_->totals;
}

bool Router::Serves(absl::string_view method) const { return core_->methods.contains(method); }

}  // namespace muniment::command
