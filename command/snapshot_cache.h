// The streams that were read or written last, folded. Bounded in number and bytes; what was used
// longest ago goes first. A snapshot may be behind the log: the commit finds out.
//
// Thread-safe.
#ifndef MUNIMENT_COMMAND_SNAPSHOT_CACHE_H_
#define MUNIMENT_COMMAND_SNAPSHOT_CACHE_H_

#include <array>
#include <list>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "command/snapshot.h"

namespace muniment::command {

class SnapshotCache {
 public:
  SnapshotCache(size_t max_count, size_t max_bytes);

  // Null for a stream that is not here.
  SnapshotPtr Get(const eventstore::StreamKey& key);
  // Keeps the newer of this and what stands; returns it.
  SnapshotPtr Put(SnapshotPtr snapshot);
  void Forget(const eventstore::StreamKey& key);
  // Of an older version than this.
  void ForgetBefore(const eventstore::StreamKey& key, uint64_t version);

  size_t count() const;
  size_t bytes() const;

 private:
  static constexpr size_t kShards = 16;
  struct Entry {
    SnapshotPtr snapshot;
    size_t bytes = 0;
  };
  struct Shard {
    mutable absl::Mutex mutex;
    std::list<Entry> entries ABSL_GUARDED_BY(mutex);  // used last in front
    absl::flat_hash_map<eventstore::StreamKey, std::list<Entry>::iterator> by_key
        ABSL_GUARDED_BY(mutex);
    size_t bytes ABSL_GUARDED_BY(mutex) = 0;
  };
  Shard& ShardOf(const eventstore::StreamKey& key);

  const size_t shard_count_;
  const size_t shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_SNAPSHOT_CACHE_H_
