#include "command/writer_queues.h"

#include <utility>

#include "absl/hash/hash.h"
#include "base/check.h"

namespace muniment::command {

WriterQueues::Shard& WriterQueues::ShardOf(const eventstore::StreamKey& key) {
  return shards_[absl::Hash<eventstore::StreamKey>()(key) % kShards];
}

bool WriterQueues::Acquire(const eventstore::StreamKey& key, absl::AnyInvocable<void()> granted) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto [entry, free] = shard.held.try_emplace(key);
  if (!free) entry->second.push_back(std::move(granted));
  return free;
}

void WriterQueues::Release(const eventstore::StreamKey& key) {
  absl::AnyInvocable<void()> next;
  {
    Shard& shard = ShardOf(key);
    absl::MutexLock lock(&shard.mutex);
    const auto entry = shard.held.find(key);
    MUNIMENT_CHECK(entry != shard.held.end());
    if (entry->second.empty()) {
      shard.held.erase(entry);
      return;
    }
    next = std::move(entry->second.front());
    entry->second.pop_front();
  }
  next();
}

}  // namespace muniment::command
