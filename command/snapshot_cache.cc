#include "command/snapshot_cache.h"

#include <algorithm>
#include <utility>

#include "absl/hash/hash.h"

namespace muniment::command {

namespace {

// Of the key, list and map nodes and the snapshot itself, beside the state.
constexpr size_t kOverhead = 320;

}  // namespace

SnapshotPtr EmptySnapshot(const eventstore::StreamKey& key, const StateOps& ops) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->key = key;
  snapshot->ops = &ops;
  snapshot->state = ops.make();
  return snapshot;
}

SnapshotCache::SnapshotCache(size_t max_count, size_t max_bytes)
    : shard_count_(std::max<size_t>(1, max_count / kShards)),
      shard_bytes_(std::max<size_t>(1, max_bytes / kShards)) {}

SnapshotCache::Shard& SnapshotCache::ShardOf(const eventstore::StreamKey& key) {
  return shards_[absl::Hash<eventstore::StreamKey>()(key) % kShards];
}

SnapshotPtr SnapshotCache::Get(const eventstore::StreamKey& key) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return nullptr;
  shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  return found->second->snapshot;
}

SnapshotPtr SnapshotCache::Put(SnapshotPtr snapshot) {
  // The key stands in the snapshot and in the table.
  const size_t bytes = kOverhead + 2 * snapshot->key.id.size() +
                       snapshot->ops->bytes(snapshot->state.get());
  Shard& shard = ShardOf(snapshot->key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.by_key.find(snapshot->key);
  if (found != shard.by_key.end()) {
    Entry& entry = *found->second;
    // Versions of an earlier epoch say nothing.
    const auto age = [](const Snapshot& s) { return std::make_pair(s.epoch, s.version); };
    if (age(*entry.snapshot) >= age(*snapshot)) return entry.snapshot;
    shard.bytes = shard.bytes - entry.bytes + bytes;
    entry = Entry{snapshot, bytes};
    shard.entries.splice(shard.entries.begin(), shard.entries, found->second);
  } else {
    shard.entries.push_front(Entry{snapshot, bytes});
    shard.by_key.emplace(snapshot->key, shard.entries.begin());
    shard.bytes += bytes;
  }
  while (shard.entries.size() > 1 &&
         (shard.entries.size() > shard_count_ || shard.bytes > shard_bytes_)) {
    shard.bytes -= shard.entries.back().bytes;
    shard.by_key.erase(shard.entries.back().snapshot->key);
    shard.entries.pop_back();
  }
  return snapshot;
}

void SnapshotCache::Forget(const eventstore::StreamKey& key) {
  Shard& shard = ShardOf(key);
  absl::MutexLock lock(&shard.mutex);
  const auto found = shard.by_key.find(key);
  if (found == shard.by_key.end()) return;
  shard.bytes -= found->second->bytes;
  shard.entries.erase(found->second);
  shard.by_key.erase(found);
}

void SnapshotCache::ForgetBefore(const eventstore::StreamKey& key, uint64_t version) {
  const SnapshotPtr cached = Get(key);
  if (cached != nullptr && cached->version < version) Forget(key);
}

size_t SnapshotCache::count() const {
  size_t count = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    count += shard.entries.size();
  }
  return count;
}

size_t SnapshotCache::bytes() const {
  size_t bytes = 0;
  for (const Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    bytes += shard.bytes;
  }
  return bytes;
}

}  // namespace muniment::command
