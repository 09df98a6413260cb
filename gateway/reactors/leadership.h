// Whether this node acts for all who share the log: a lease in the store, counted here by a clock
// that nobody sets and that runs on while the machine sleeps.
//
//   Leadership leadership(store, "reactors", absl::Seconds(10));
//   ASSIGN_OR_RETURN(const auto wait, leadership.Claim());   // blocks; zero: it is ours
//   if (leadership.Holds(term)) ...                          // before each effect
//
// Threads: Claim and Release from one thread; the others from any.
#ifndef MUNIMENT_GATEWAY_REACTORS_LEADERSHIP_H_
#define MUNIMENT_GATEWAY_REACTORS_LEADERSHIP_H_

#include <cstdint>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "eventstore/store.h"

namespace muniment::gateway {

// Since the machine started, sleep included.
absl::Duration SinceBoot();

class Leadership {
 public:
  Leadership(eventstore::EventStore& store, std::string lease, absl::Duration ttl);

  // Takes the lease, or renews it when a third of its time is over; asks the store for nothing
  // else. Zero: it is held. Otherwise another's, and how long it is not worth asking again. The
  // store's errors.
  absl::StatusOr<absl::Duration> Claim();
  // Gives it back, so that others need not wait.
  void Release();

  // The term now held; 0: none.
  uint64_t term() const;
  // Whether the lease is held under this term, and its time is not over.
  bool Holds(uint64_t term) const { return term != 0 && this->term() == term; }
  eventstore::Fence FenceOf(uint64_t term) const { return {lease_, term}; }
  // When Claim has to be called again to keep the lease, from now.
  absl::Duration RenewIn() const;

 private:
  eventstore::EventStore& store_;
  const std::string lease_;
  const std::string holder_;
  const absl::Duration ttl_;

  mutable absl::Mutex mutex_;
  uint64_t term_ ABSL_GUARDED_BY(mutex_) = 0;
  // As SinceBoot counts: when the lease was asked for, and when another's may be over.
  absl::Duration asked_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
  absl::Duration others_until_ ABSL_GUARDED_BY(mutex_) = -absl::InfiniteDuration();
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_REACTORS_LEADERSHIP_H_
