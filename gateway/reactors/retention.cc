#include "gateway/reactors/retention.h"

#include <algorithm>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/secret.h"

namespace muniment::gateway {
namespace {

constexpr char kLease[] = "retention";
constexpr absl::Duration kLeaseTime = absl::Hours(1);
constexpr absl::Duration kSpread = absl::Minutes(10);
// A machine that slept, or whose clock was set, looks again.
constexpr absl::Duration kLook = absl::Minutes(30);
constexpr absl::Duration kDay = absl::Hours(24);

double Part() {
  absl::BitGen random;
  return absl::Uniform(random, 0.0, 1.0);
}

}  // namespace

absl::Time NextRetention(absl::Time now, double part) {
  const absl::Duration delay = eventstore::kDayCloseDelay + kSpread * part;
  const absl::Duration since = now - delay - absl::UnixEpoch();
  return absl::UnixEpoch() + absl::Floor(since, kDay) + kDay + delay;
}

RetentionTimer::RetentionTimer(eventstore::EventStore& store, const eventstore::Codec& codec,
                               RetentionOptions options)
    : store_(store),
      options_(std::move(options)),
      holder_(RandomBytes(16)),
      retention_(store, codec),
      thread_([this] { Work(); }) {}

RetentionTimer::~RetentionTimer() {
  ending_ = true;
  signal_.Wake();
  thread_.join();
}

void RetentionTimer::Work() {
  absl::Time next = options_.clock->Now() + options_.after_start * Part();
  while (AwaitTime(next)) {
    const absl::Status status = RunOnce();
    const absl::Time now = options_.clock->Now();
    next = status.ok() ? NextRetention(now, Part()) : now + options_.retry;
    // A database that is away is told elsewhere.
    if (!status.ok() && !absl::IsUnavailable(status)) {
      options_.log(absl::StrCat("Retention failed, and is tried again: ", status.message()));
    }
  }
}

bool RetentionTimer::AwaitTime(absl::Time time) {
  while (!ending_) {
    const absl::Duration left = time - options_.clock->Now();
    if (left <= absl::ZeroDuration()) return true;
    signal_.Wait(std::min(left, kLook));
  }
  return false;
}

absl::Status RetentionTimer::RunOnce() {
  ASSIGN_OR_RETURN(const eventstore::Lease lease, store_.TakeLease(kLease, holder_, kLeaseTime));
  if (!lease.held) {
    ++left_to_others_;
    return absl::OkStatus();
  }
  const auto run = retention_.Run();
  if (!run.ok()) {
    // Where it fails the lease ends by its time.
    (void)store_.ReleaseLease(kLease, holder_);
    return run.status();
  }
  closed_ += run->closed;
  pruned_ += run->pruned;
  ++runs_;
  return absl::OkStatus();
}

}  // namespace muniment::gateway
