// Hears of the log's growth by other nodes: LISTEN on a connection of its own, and a slow poll as a
// net for a notification that was lost with a connection. Over the same connection it asks where the
// log ends, for all who want to know at a time: one query is under way, and who comes meanwhile waits
// for the next, as the one under way may have been answered before he came.
//
// Threads: one of its own, on which nothing of a caller runs (that is the callbacks'). While the
// database is away it connects again with growing pauses, and who asks is told so at once. A
// connection that stood without a word proves until when nothing was missed (Connection::LastSign).
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/callbacks.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"
#include "eventstore/postgres/node_entry.h"
#include "eventstore/postgres/reach.h"

namespace muniment::eventstore {

class Listener {
 public:
  // All outlive this; `connection` listens already.
  Listener(const PostgresOptions& options, const NodeEntry& node,
           std::unique_ptr<Connection> connection, KnownHead& head, Reach& reach, Waiters& waiters,
           Callbacks& callbacks);
  ~Listener();

  using HeadDone = absl::AnyInvocable<void(absl::StatusOr<uint64_t> position)>;
  // Where the log ends, no older than the call. Calls back once, on the callbacks' thread, within
  // options.head_timeout, whatever has to be tried again meanwhile. UNAVAILABLE "store.unavailable",
  // at once while the database is away.
  void AskHead(HeadDone done);
  bool connected() const;
  // Statements sent so far.
  uint64_t queries() const { return queries_.load(std::memory_order_relaxed); }

 private:
  struct Asked {
    HeadDone done;
    absl::Time until;
  };

  void Run();
  // One try.
  absl::Status Connect();
  // Takes in what arrived; of a connection that is given up or has ended, until when that is all.
  absl::Status Hearken(bool given_up = false);
  // Waits for a notification or the poll's time.
  absl::Status Hear();
  absl::Status Poll();
  // Answers those who asked.
  absl::Status AnswerAsked();
  absl::StatusOr<Rows> Query(const Statement& statement, const Params& params,
                             absl::Time deadline);
  // OK: connected.
  void SetConnected(const absl::Status& why);
  void FailAsked(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ring();
  void Tell(uint64_t position);
  // Tells of the newest.
  void Tell(const std::vector<std::string>& payloads);
  // False when the store closes.
  bool Await(int socket, absl::Duration time);

  const PostgresOptions& options_;
  const NodeEntry& node_;
  KnownHead& head_;
  Reach& reach_;
  Waiters& waiters_;
  Callbacks& callbacks_;
  std::unique_ptr<Connection> connection_;
  int bell_ = -1;  // an eventfd: to close, or somebody asked
  std::atomic<bool> closed_{false};
  std::atomic<uint64_t> queries_{0};
  mutable absl::Mutex mutex_;
  // Of the thread: the database gave no answer, in time or twice in a row.
  bool hung_ = false;
  int failures_ = 0;
  absl::Duration poll_interval_;
  bool connected_ ABSL_GUARDED_BY(mutex_) = true;
  std::vector<Asked> asked_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_LISTENER_H_
