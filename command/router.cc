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

Deadlines::Deadlines() : thread_([this] { Run(); }) {}

Deadlines::~Deadlines() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    changed_.Signal();
  }
  thread_.join();
}

uint64_t Deadlines::Watch(absl::Time deadline, std::weak_ptr<Call> call) {
  absl::MutexLock lock(&mutex_);
  const auto added = calls_.emplace(std::make_pair(deadline, ++tickets_), std::move(call)).first;
  if (added == calls_.begin()) changed_.Signal();
  return added->first.second;
}

void Deadlines::Forget(absl::Time deadline, uint64_t ticket) {
  absl::MutexLock lock(&mutex_);
  calls_.erase({deadline, ticket});
}

void Deadlines::Run() {
  absl::MutexLock lock(&mutex_);
  while (!closed_) {
    const absl::Time next = calls_.empty() ? absl::InfiniteFuture() : calls_.begin()->first.first;
    if (absl::Now() < next) {
      changed_.WaitWithDeadline(&mutex_, next);
      continue;
    }
    std::shared_ptr<Call> call = calls_.begin()->second.lock();
    calls_.erase(calls_.begin());
    if (call == nullptr) continue;
    mutex_.Unlock();
    call->Expire();
    // This may be the last of the call, which forgets its deadline when it goes.
    call.reset();
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
  absl::MutexLock lock(&core_->mutex);
  core_->closed = true;
  core_->mutex.Await(absl::Condition(
      +[](Core* core) { return core->alive == 0; }, core_.get()));
}

void Router::Run(CommandCall call, CommandDone done) {
  std::shared_ptr<const Method> method;
  if (call.handler != nullptr) {
    method = std::make_shared<Method>(
        Method{*call.handler, std::nullopt, AnswerPlan(*call.handler->response)});
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

void Router::Moved(const eventstore::StreamKey& stream, uint64_t version) {
  core_->cache.ForgetBefore(stream, version);
}

CommandCounters Router::totals() const {
  absl::MutexLock lock(&core_->mutex);
  return core_->totals;
}

bool Router::Serves(absl::string_view method) const { return core_->methods.contains(method); }

}  // namespace muniment::command
