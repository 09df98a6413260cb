// The connections that reads share.
//
//   ASSIGN_OR_RETURN(const Rows rows, pool.Run("read_head", params));
//
// A read that meets a connection which died since it was used last is asked again on a new one.
// Of a node: whether the database takes connections stands in `reach`, what it says of failures goes
// to its words and into no error, and Heal asks again where reading has failed.
// Threads: thread-safe; a read waits for a free connection. Errors: UNAVAILABLE
// "store.unavailable".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"
#include "eventstore/postgres/reach.h"

namespace muniment::eventstore {

class Pool {
 public:
  // What a node has besides; all outlives the pool.
  struct Node {
    // Each new connection is checked against it (checked.h).
    KnownHead& head;
    Reach& reach;
  };
  // Without a node: for reading beside the nodes.
  explicit Pool(const PostgresOptions& options) : options_(options) {}
  Pool(const PostgresOptions& options, Node node) : options_(options), node_(node) {}

  absl::StatusOr<Rows> Run(absl::string_view statement, const Params& params);
  // Closes idle connections that the database ended; whether there were any.
  bool DropEnded();
  // Looks whether the database lets this node read again.
  void Heal();

 private:
  absl::StatusOr<std::unique_ptr<Connection>> Open();
  // Waits for its turn; null when the connection has to be made.
  absl::StatusOr<std::unique_ptr<Connection>> Take(absl::Time deadline);
  void Give(std::unique_ptr<Connection> connection);
  // Closes those that are idle.
  void Forget();

  const PostgresOptions& options_;
  const std::optional<Node> node_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  size_t busy_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_
