// The one thread that writes. It takes what has gathered while the last group was synced, checks
// and writes it as one group, and has the answers given on the callback thread, so that the next
// group is on its way while callers go on.
//
// When a write fails nobody knows what the disk holds: the writer answers "outcome unknown", gives
// the database up, opens it again (which writes anew whatever the write-ahead log still holds),
// reads the head and goes on. While it is away commits are refused as unavailable.
//
// Threads: thread-safe.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_WRITER_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_WRITER_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "eventstore/callbacks.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/group.h"
#include "eventstore/rocksdb/options.h"
#include "eventstore/rocksdb/tail.h"

namespace muniment::eventstore {

class Writer {
 public:
  // The references outlive the writer; `slot` holds an open database and `tail` its head.
  Writer(const RocksOptions& options, DatabaseSlot& slot, Tail& tail, const Leases& leases,
         Waiters& waiters, Callbacks& callbacks);
  // Writes what is waiting, and stops.
  ~Writer();

  void Append(std::unique_ptr<Pending> pending);
  // Has a batch made and written between two groups, so that no commit comes between what it is
  // made of and itself, and waits for it. Where it cannot be made nothing is written.
  absl::Status Write(StageRows stage);

 private:
  struct Answer {
    CommitDone done;
    absl::StatusOr<Committed> result;
    bool writes = false;  // its events are in the group's batch
  };
  struct Job {
    StageRows stage;
    absl::Status result = {};
    absl::Notification done = {};
  };

  void Run();
  // Waits for work; false when the writer is to stop and there is none.
  bool TakeWork();
  void WriteGroups();
  // Adds from pending_[first] on; answers how many.
  size_t Gather(Database& database, size_t first, std::vector<Answer>& answers);
  // What is pending from there on, and the jobs.
  void RefuseAll(size_t first, const absl::Status& why);
  bool Commit(Database& database, std::vector<Answer> answers);
  void RunJobs(Database& database, bool& failed);
  void Recover(const absl::Status& why);
  // Refuses what waits; true when the writer is to stop.
  bool RefuseWaiting(const absl::Status& why);
  // Refuses until then whatever comes; true when the writer is to stop.
  bool RefuseUntil(absl::Time until, const absl::Status& why);
  void Post(std::vector<Answer> answers, uint64_t grown_to);

  const RocksOptions options_;
  DatabaseSlot& slot_;
  Tail& tail_;
  Waiters& waiters_;
  Callbacks& callbacks_;

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<Pending>> queue_ ABSL_GUARDED_BY(mutex_);
  size_t queue_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Job*> job_queue_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;

  // Of the thread alone.
  GroupBuilder builder_;
  std::vector<std::unique_ptr<Pending>> pending_;
  std::vector<Job*> jobs_;
  std::thread thread_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_WRITER_H_
