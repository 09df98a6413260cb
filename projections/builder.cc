#include "projections/builder.h"

#include "absl/time/clock.h"
#include "base/error.h"

namespace muniment::projections {
namespace {

// So near the runner that he may fold the rest himself.
constexpr uint64_t kNear = 2000;
constexpr size_t kCacheRows = 50'000;

}  // namespace

Builder::Builder(const Source& source, std::vector<const Projection*> projections,
                 Database& database, const BuildPlan& plan, size_t batch_events,
                 std::function<void()> wake)
    : database_(database),
      wake_(std::move(wake)),
      done_(plan.from),
      from_(plan.from),
      started_(absl::Now()),
      batch_(database, {.cache_rows = kCacheRows, .building = plan.generations}),
      fold_(source, std::move(projections),
            {.live = false, .batch_events = batch_events, .stop = &stop_}),
      thread_([this] { Work(); }) {}

Builder::~Builder() {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
}

absl::Status Builder::status() const {
  absl::MutexLock lock(&mutex_);
  return status_;
}

absl::Status Builder::Build(uint64_t until) {
  RETURN_IF_ERROR(fold_.Run(batch_, done_.load(), until, [&](const Checkpoint& at) {
    RETURN_IF_ERROR(batch_.CommitBuilding(at.position));
    done_.store(at.position);
    wake_();
    return absl::OkStatus();
  }));
  // Positions behind the last event were pruned.
  if (!stop_.load() && done_.load() < until) {
    RETURN_IF_ERROR(batch_.CommitBuilding(until));
    done_.store(until);
  }
  return absl::OkStatus();
}

void Builder::Work() {
  absl::Status status;
  while (status.ok() && !stop_.load()) {
    const uint64_t target = database_.checkpoint().position;
    if (done_.load() + kNear >= target) break;
    status = Build(target);
  }
  {
    absl::MutexLock lock(&mutex_);
    status_ = status;
  }
  caught_.store(true);
  wake_();
}

absl::Status Builder::Finish(uint64_t position) {
  if (thread_.joinable()) thread_.join();
  return Build(position);
}

absl::Duration Builder::Eta(uint64_t position) const {
  const uint64_t done = done_.load();
  if (done <= from_ || position <= done) return absl::ZeroDuration();
  return (absl::Now() - started_) * (static_cast<double>(position - done) / (done - from_));
}

}  // namespace muniment::projections
