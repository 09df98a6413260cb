// The connections that reads share.
//
//   ASSIGN_OR_RETURN(const Rows rows, pool.Run("read_head", params));
//
// A read that meets a connection which died since it was used last is asked again on a new one.
// Threads: thread-safe; a read waits for a free connection. Errors: UNAVAILABLE
// "store.unavailable".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"

namespace muniment::eventstore {

class Pool {
 public:
  // With a head each new connection is checked against it (checked.h); null: for reading beside.
  explicit Pool(const PostgresOptions& options, KnownHead* head) : options_(options), head_(head) {}

  absl::StatusOr<Rows> Run(absl::string_view statement, const Params& params);

 private:
  // Waits for its turn; null when the connection has to be made.
  absl::StatusOr<std::unique_ptr<Connection>> Take(absl::Time deadline);
  void Give(std::unique_ptr<Connection> connection);
  // Closes those that are idle.
  void Forget();

  const PostgresOptions& options_;
  KnownHead* const head_;
  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  size_t busy_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_POOL_H_
