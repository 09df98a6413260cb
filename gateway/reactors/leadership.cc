#include "gateway/reactors/leadership.h"

#include <time.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/secret.h"

namespace muniment::gateway {
namespace {

constexpr size_t kHolderBytes = 16;

}  // namespace

absl::Duration SinceBoot() {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return absl::DurationFromTimespec(now);
}

Leadership::Leadership(eventstore::EventStore& store, std::string lease, absl::Duration ttl)
    : store_(store), lease_(std::move(lease)), holder_(RandomBytes(kHolderBytes)), ttl_(ttl) {}

absl::StatusOr<absl::Duration> Leadership::Claim() {
  const absl::Duration now = SinceBoot();
  {
    absl::MutexLock lock(&mutex_);
    if (now < others_until_) return others_until_ - now;
    if (term_ != 0 && now < asked_ + ttl_ / 3) return absl::ZeroDuration();
  }
  ASSIGN_OR_RETURN(const eventstore::Lease lease, store_.TakeLease(lease_, holder_, ttl_));
  absl::MutexLock lock(&mutex_);
  if (lease.held) {
    term_ = lease.term;
    // From before it was asked: the store cannot have counted from an earlier moment.
    asked_ = now;
    return absl::ZeroDuration();
  }
  term_ = 0;
  const absl::Duration left = std::max(lease.left, absl::Milliseconds(1));
  others_until_ = SinceBoot() + left;
  return left;
}

void Leadership::Release() {
  {
    absl::MutexLock lock(&mutex_);
    if (term_ == 0) return;
    term_ = 0;
  }
  // Where it fails the lease ends by its time.
  (void)store_.ReleaseLease(lease_, holder_);
}

uint64_t Leadership::term() const {
  absl::MutexLock lock(&mutex_);
  return SinceBoot() < asked_ + ttl_ ? term_ : 0;
}

absl::Duration Leadership::RenewIn() const {
  absl::MutexLock lock(&mutex_);
  if (term_ == 0) return std::max(others_until_ - SinceBoot(), absl::ZeroDuration());
  return std::max(asked_ + ttl_ / 3 - SinceBoot(), absl::ZeroDuration());
}

}  // namespace muniment::gateway
