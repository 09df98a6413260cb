// The leases of a store that one process has to itself (EventStore::TakeLease): terms are on the
// disk, holders only in memory, for they end with the process.
//
//   ASSIGN_OR_RETURN(lease, leases.Take(name, holder, ttl, [&](uint64_t term) { return keep... }));
//   if (commit.fence.has_value() && !leases.Stands(*commit.fence)) return FencedError();
//
// Thread-safe. Stands answers false for a term from the moment on in which a higher one is about to
// be kept, and never waits for `keep`.
#ifndef MUNIMENT_EVENTSTORE_LEASES_H_
#define MUNIMENT_EVENTSTORE_LEASES_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// INTERNAL "store.lease_invalid".
absl::Status CheckLease(absl::string_view name, absl::string_view holder, absl::Duration ttl);

class Leases {
 public:
  // `clock` outlives this.
  explicit Leases(Clock& clock) : clock_(clock) {}

  // A term that was kept; nobody holds it.
  void Restore(absl::string_view name, uint64_t term);
  // `keep` makes a new term durable before it is given.
  absl::StatusOr<Lease> Take(absl::string_view name, absl::string_view holder, absl::Duration ttl,
                             absl::FunctionRef<absl::Status(uint64_t term)> keep);
  void Release(absl::string_view name, absl::string_view holder);
  // Whether this is the newest term.
  bool Stands(const Fence& fence) const;

 private:
  struct Entry {
    uint64_t term = 0;
    std::string holder;  // empty: free
    absl::Time ends;
    absl::Duration ttl;
  };

  Clock& clock_;
  absl::Mutex takers_;  // one at a time; held while a term is kept
  mutable absl::Mutex mutex_ ABSL_ACQUIRED_AFTER(takers_);
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_LEASES_H_
