// Commands that write one stream go one after the other on a node, so that each reads what the one
// before it wrote instead of losing to it. Readers do not wait here.
//
// Thread-safe. Who needs several takes them in order of keys, or two would wait for each other.
#ifndef MUNIMENT_COMMAND_WRITER_QUEUES_H_
#define MUNIMENT_COMMAND_WRITER_QUEUES_H_

#include <array>
#include <deque>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "eventstore/store.h"

namespace muniment::command {

class WriterQueues {
 public:
  // True: the stream is the caller's until Release. False: `granted` is called when it is.
  bool Acquire(const eventstore::StreamKey& key, absl::AnyInvocable<void()> granted);
  void Release(const eventstore::StreamKey& key);

 private:
  static constexpr size_t kShards = 16;
  struct Shard {
    absl::Mutex mutex;
    // Held streams and who waits for them.
    absl::flat_hash_map<eventstore::StreamKey, std::deque<absl::AnyInvocable<void()>>> held
        ABSL_GUARDED_BY(mutex);
  };
  Shard& ShardOf(const eventstore::StreamKey& key);

  std::array<Shard, kShards> shards_;
};

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_WRITER_QUEUES_H_
