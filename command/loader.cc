#include "command/loader.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/error.h"

namespace muniment::command {

Loader::Loader(eventstore::EventStore& store, const eventstore::Codec& codec,
               eventstore::KeySource& keys, SnapshotCache& cache, int threads)
    : source_{store, codec, keys}, cache_(cache), pool_(threads) {}

void Loader::Load(const eventstore::StreamKey& key, const StateOps& ops, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    const auto [entry, first] = entries_.try_emplace(key);
    if (!first) {
      entry->second.next.push_back(std::move(done));
      return;
    }
    entry->second.running.push_back(std::move(done));
  }
  Start(key, ops);
}

void Loader::Start(const eventstore::StreamKey& key, const StateOps& ops) {
  pool_.Run([this, key, &ops] { Finish(key, ops, Read(key, ops)); });
}

void Loader::Finish(const eventstore::StreamKey& key, const StateOps& ops,
                    const absl::StatusOr<SnapshotPtr>& snapshot) {
  std::vector<Done> done;
  bool again = false;
  {
    absl::MutexLock lock(&mutex_);
    const auto entry = entries_.find(key);
    done = std::move(entry->second.running);
    again = !entry->second.next.empty();
    if (again) {
      entry->second.running = std::exchange(entry->second.next, {});
    } else {
      entries_.erase(entry);
    }
  }
  if (again) Start(key, ops);
  for (Done& each : done) each(snapshot);
}

absl::StatusOr<SnapshotPtr> ReadSnapshot(const StreamSource& source, SnapshotPtr base,
                                         const eventstore::StreamKey& key, const StateOps& ops) {
  // Before anything is read: what comes of a later epoch is then refused and read again.
  const uint64_t epoch = source.store.SeenEpoch();
  if (base != nullptr && base->epoch != epoch) base = nullptr;
  MUNIMENT_CHECK(base == nullptr || base->ops == &ops);
  // The head counts also where the newest events expired.
  ASSIGN_OR_RETURN(const uint64_t head, source.store.ReadHead(key));
  if (base != nullptr && base->version >= head) return base;

  auto snapshot = base != nullptr ? std::make_shared<Snapshot>(*base)
                                  : std::make_shared<Snapshot>(*EmptySnapshot(key, ops));
  snapshot->epoch = epoch;
  if (head == 0) return snapshot;
  const std::shared_ptr<void> state = ops.copy(snapshot->state.get());
  absl::Status failed;
  RETURN_IF_ERROR(
      source.store.ReadStream(key, snapshot->version, [&](const eventstore::StoredEvent& stored) {
        auto event = source.codec.DecodeForFold(stored, source.keys);
        if (!event.ok()) {
          failed = event.status();
          return false;
        }
        ops.fold(state.get(), *event->event);
        if (snapshot->version == 0) snapshot->created = event->meta.created_at;
        snapshot->version = event->meta.version;
        snapshot->sequence = event->meta.sequence;
        snapshot->changed = event->meta.created_at;
        snapshot->owner = std::move(event->meta.owner);
        return true;
      }));
  RETURN_IF_ERROR(failed);
  snapshot->version = std::max(snapshot->version, head);
  snapshot->state = state;
  return snapshot;
}

absl::StatusOr<SnapshotPtr> Loader::Read(const eventstore::StreamKey& key, const StateOps& ops) {
  SnapshotPtr base = cache_.Get(key);
  ASSIGN_OR_RETURN(SnapshotPtr snapshot, ReadSnapshot(source_, base, key, ops));
  return snapshot == base ? base : cache_.Put(std::move(snapshot));
}

}  // namespace muniment::command
