#include "eventstore/leases.h"

#include <algorithm>

#include "base/error.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kMaxName = 64;
constexpr absl::Duration kMaxTtl = absl::Hours(1);

bool Fits(absl::string_view text) { return !text.empty() && text.size() <= kMaxName; }

}  // namespace

absl::Status CheckLease(absl::string_view name, absl::string_view holder, absl::Duration ttl) {
  if (Fits(name) && Fits(holder) && ttl > absl::ZeroDuration() && ttl <= kMaxTtl) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInternal, "store.lease_invalid",
               "A lease's name, holder or time is out of bounds.");
}

void Leases::Restore(absl::string_view name, uint64_t term) {
  absl::MutexLock lock(&mutex_);
  entries_[name] = {.term = term, .holder = {}, .ends = {}, .ttl = {}};
}

absl::StatusOr<Lease> Leases::Take(absl::string_view name, absl::string_view holder,
                                   absl::Duration ttl,
                                   absl::FunctionRef<absl::Status(uint64_t term)> keep) {
  RETURN_IF_ERROR(CheckLease(name, holder, ttl));
  absl::MutexLock taking(&takers_);
  uint64_t term = 0;
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[name];
    const absl::Time now = clock_.Now();
    if (entry.holder == holder) {
      entry.ends = now + ttl;
      entry.ttl = ttl;
      return Lease{.term = entry.term, .held = true, .left = ttl};
    }
    entry.ends = std::min(entry.ends, now + entry.ttl);
    if (!entry.holder.empty() && entry.ends > now) {
      return Lease{.term = entry.term, .held = false, .left = entry.ends - now};
    }
    // From here on what the last holder sends is refused: nothing of it can follow the new term.
    entry.holder.clear();
    term = ++entry.term;
  }
  RETURN_IF_ERROR(keep(term));
  absl::MutexLock lock(&mutex_);
  entries_[name] = {
      .term = term, .holder = std::string(holder), .ends = clock_.Now() + ttl, .ttl = ttl};
  return Lease{.term = term, .held = true, .left = ttl};
}

void Leases::Release(absl::string_view name, absl::string_view holder) {
  absl::MutexLock taking(&takers_);
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(name);
  if (entry != entries_.end() && entry->second.holder == holder) entry->second.holder.clear();
}

bool Leases::Stands(const Fence& fence) const {
  absl::MutexLock lock(&mutex_);
  const auto entry = entries_.find(fence.lease);
  return entry != entries_.end() && entry->second.term == fence.term && fence.term != 0;
}

}  // namespace muniment::eventstore
