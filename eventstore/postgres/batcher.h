// The one thread of a node that appends: while a batch is under way the next gathers, so batches
// are as large as the load and a lone commit waits for nobody.
//
// A connection that is lost with a batch under way leaves its outcome open. The batcher connects
// again and asks the node's row, under the append lock, what became of it (settle_v1); a batch that
// did not run is declared void there and its commands are sent again. Only when that cannot be
// asked within options.settle_timeout is the answer "outcome unknown".
//
// It also sees to it that what was lost is found again while nobody asks: a node that takes no
// commands because its connections fail would otherwise never hear that they work.
//
// Threads: Append from any; destruction answers all. Errors: those of store.h; UNAVAILABLE
// "store.level_not_read" for a kind of event whose format level another living node does not read.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_BATCHER_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_BATCHER_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "eventstore/callbacks.h"
#include "eventstore/postgres/batch.h"
#include "eventstore/postgres/connection.h"
#include "eventstore/postgres/known_head.h"
#include "eventstore/postgres/node_entry.h"
#include "eventstore/postgres/pool.h"
#include "eventstore/postgres/reach.h"

namespace muniment::eventstore {

class Batcher {
 public:
  // All outlive this; `connection` is one for appending, on which the node was entered.
  Batcher(const PostgresOptions& options, NodeEntry& node, std::unique_ptr<Connection> connection,
          KnownHead& head, Reach& reach, Pool& readers, Waiters& waiters, Callbacks& callbacks);
  ~Batcher();

  void Append(std::unique_ptr<PendingCommit> pending);
  // The connection may have been ended: looks, and connects again.
  void Check();

 private:
  struct Answer {
    CommitDone done;
    absl::StatusOr<Committed> result;
  };

  void Run();
  // False when there is nothing left to do.
  bool AwaitWork();
  Batch Gather();
  // Takes out what a living node does not read yet; false when the database could not be asked.
  bool RefuseUnread(Batch& batch);
  void RefuseOtherEpochs();
  void Send(Batch batch);
  // True when the answer is known: the batch ran, or is put back.
  bool Settle(Batch& batch, absl::Time deadline);
  void PutBack(Batch batch);
  void Finish(const Verdicts& verdicts, Batch& batch, absl::Time asked);
  void Refuse(Batch batch, bool sent);
  // One try; refuses whoever waits when it fails, then pauses.
  bool Connect();
  absl::Status TryConnect();
  void RefuseQueue();
  void Pause();
  bool closed() const;

  const PostgresOptions& options_;
  NodeEntry& node_;
  KnownHead& head_;
  Reach& reach_;
  Pool& readers_;
  Waiters& waiters_;
  Callbacks& callbacks_;

  mutable absl::Mutex mutex_;
  std::deque<std::unique_ptr<PendingCommit>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool check_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the thread.
  std::unique_ptr<Connection> connection_;
  // Readers were, and none was opened in their place.
  bool ended_ = false;
  uint64_t number_ = 0;
  absl::Duration retry_;
  std::thread thread_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_BATCHER_H_
