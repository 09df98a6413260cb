// Folds streams from the store into snapshots, on threads that may wait for a disk. One stream is
// read once for all who ask at the same time; what is asked while a read is under way is answered
// by the next one, so an answer is never older than its question.
//
// Thread-safe. Callbacks run once, on a thread of the loader. Errors are the store's and the
// codec's.
#ifndef MUNIMENT_COMMAND_LOADER_H_
#define MUNIMENT_COMMAND_LOADER_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "command/pool.h"
#include "command/snapshot.h"
#include "command/snapshot_cache.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"

namespace muniment::command {

// Where streams come from and how they are read. All outlive who is given one.
struct StreamSource {
  eventstore::EventStore& store;
  const eventstore::Codec& codec;
  eventstore::KeySource& keys;
};

// What `base`, which may be null, is with the events up to the store's newest; `base` itself where it
// is the newest. Blocks.
absl::StatusOr<SnapshotPtr> ReadSnapshot(const StreamSource& source, SnapshotPtr base,
                                         const eventstore::StreamKey& key, const StateOps& ops);

class Loader {
 public:
  using Done = absl::AnyInvocable<void(absl::StatusOr<SnapshotPtr>)>;

  Loader(eventstore::EventStore& store, const eventstore::Codec& codec, eventstore::KeySource& keys,
         SnapshotCache& cache, int threads);

  // From what the cache holds up to the store's newest event.
  void Load(const eventstore::StreamKey& key, const StateOps& ops, Done done);

 private:
  struct Entry {
    std::vector<Done> running;
    std::vector<Done> next;
  };
  void Start(const eventstore::StreamKey& key, const StateOps& ops);
  void Finish(const eventstore::StreamKey& key, const StateOps& ops,
              const absl::StatusOr<SnapshotPtr>& snapshot);
  absl::StatusOr<SnapshotPtr> Read(const eventstore::StreamKey& key, const StateOps& ops);

  const StreamSource source_;
  SnapshotCache& cache_;
  absl::Mutex mutex_;
  absl::flat_hash_map<eventstore::StreamKey, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  Pool pool_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_LOADER_H_
