// Whether the database takes what this node sends it, over each kind of its connections: one may be
// refused where another still stands, as where the server has no connections left.
//
//   reach.Lost(Role::kAppend, status);   // a try to connect failed
//   reach.Found(Role::kAppend);          // one succeeded
//   RETURN_IF_ERROR(reach.status());
//
// What PostgreSQL and libpq say names hosts and users: it is told to the operator (OnWord) and no
// caller. Thread-safe.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_REACH_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_REACH_H_

#include <array>
#include <functional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "eventstore/postgres/connection.h"

namespace muniment::eventstore {

class Reach {
 public:
  // Called when the first kind is lost, with why; when the last is found again, with OK; and when a
  // statement failed, at most once a second. On the thread that met it, which it must not hold up.
  // Once; what happened before is told at once.
  using Word = std::function<void(const absl::Status& why)>;
  void OnWord(Word word);

  // Called whenever one kind is lost or found, on the thread that met it. Before any other call.
  void OnChange(std::function<void()> changed) { changed_ = std::move(changed); }

  // Has what was not used for a while looked at.
  void Nudge() const { changed_(); }
  void Lost(Role role, const absl::Status& why);
  void Found(Role role);
  // A statement failed on a connection that stands.
  void Failed(const absl::Status& why);
  bool lost(Role role) const;
  // OK, or UNAVAILABLE "store.unavailable" in words for any caller.
  absl::Status status() const;

 private:
  static constexpr size_t kRoles = 3;
  bool Whole() const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  void Tell(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  std::function<void()> changed_;
  mutable absl::Mutex mutex_;
  std::array<bool, kRoles> lost_ ABSL_GUARDED_BY(mutex_) = {};
  // Of what is lost first.
  absl::Status why_ ABSL_GUARDED_BY(mutex_);
  absl::Time failed_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  Word word_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_REACH_H_
