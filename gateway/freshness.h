// How new the state is that a call is answered from, where other nodes write to the log too. Before
// a call is admitted the store is asked where the log ends, and the call waits, suspended, until the
// read models are there: so it sees whatever any node acknowledged before it came, the end of its
// caller's rights among it.
//
//   freshness.Await(deadline, [..](absl::StatusOr<absl::Duration> age) { ...take a view... });
//
// Age zero: views have all that stood in the log at the call. Another age: the database is away, and
// views have all that stood in it so long ago; good enough to read from, never to decide on.
// One query is under way at a time for all calls of the node (eventstore/postgres/listener.h).
//
// Thread-safe; store, runner and database outlive it. Its destruction answers whoever still waits
// with UNAVAILABLE "store.unavailable". `done` runs once, at once or on a thread of the store or the
// runner, where it must not block.
// Errors of Await: UNAVAILABLE "store.too_stale" when the database was last heard longer ago than
// max_staleness; those of Runner::WaitPosition.
#ifndef MUNIMENT_GATEWAY_FRESHNESS_H_
#define MUNIMENT_GATEWAY_FRESHNESS_H_

#include <cstdint>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "eventstore/postgres/postgres_store.h"
#include "projections/database.h"
#include "projections/runner.h"

namespace muniment::gateway {

class Freshness {
 public:
  Freshness(eventstore::PostgresStore& store, projections::Runner& runner,
            const projections::Database& database, absl::Duration max_staleness);
  ~Freshness();

  using Done = absl::AnyInvocable<void(absl::StatusOr<absl::Duration> age)>;
  void Await(absl::Time deadline, Done done);

  // For how long this node may have missed what others did.
  absl::Duration Age();
  // No older than a second: whoever names what he must see needs to ask for no more.
  bool Recent();
  // UNAVAILABLE "store.unavailable" while the database is away, takes no commands, or lets nothing be
  // read.
  absl::Status Reached() const;

 private:
  // Those who wait, for callbacks that may come after this has gone.
  struct Waiting;
  using Ticket = std::list<Done>::iterator;

  void Told(Ticket ticket, absl::Time asked, absl::Time deadline,
            const absl::StatusOr<uint64_t>& head);
  void Applied(Ticket ticket, absl::Time asked, const absl::Status& status);
  void Answer(Ticket ticket, absl::StatusOr<absl::Duration> age);
  absl::StatusOr<absl::Duration> Stale();
  void Saw(absl::Time asked);

  eventstore::PostgresStore& store_;
  projections::Runner& runner_;
  const projections::Database& database_;
  const absl::Duration max_staleness_;
  const std::shared_ptr<Waiting> waiting_;
  absl::Mutex mutex_;
  // Views have what stood in the log then, by SteadyNow.
  absl::Time fresh_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

// Into the log: that the database does all that is asked of it again, or why it does not. For
// PostgresStore::OnWord.
void TellDatabase(const absl::Status& why);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FRESHNESS_H_
