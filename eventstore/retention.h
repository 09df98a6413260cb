// Expiring events on their way out (FORMAT.md, Keep): a finished day of a class is sealed by its
// Merkle root in a DayClosed event; when the class's age is reached, a DayPruned event is appended
// and then the store deletes the day.
//
//   Retention retention(store, codec);
//   ASSIGN_OR_RETURN(const RetentionRun run, retention.Run());   // every hour, or as often as
//   liked
//
// What is to be done is read from the log each time, so a run may be repeated, and one that ended
// anywhere is finished by the next. Several nodes may run it: each step is an event with an
// expected version, and who comes second does nothing. Time is the store's own, so that no event
// can still fall on a day that is closed.
//
// Cost: the first run reads the log once from its start, later ones what has come since; a day tree
// under way takes O(log n) hashes.
// Threads: one at a time, and none of the store's: runs block.
// Errors: the store's. A run that fails leaves nothing half done; call again.
#ifndef MUNIMENT_EVENTSTORE_RETENTION_H_
#define MUNIMENT_EVENTSTORE_RETENTION_H_

#include <cstdint>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/codec.h"
#include "eventstore/merkle.h"
#include "eventstore/store.h"
#include "muniment/event/v1/log.pb.h"

namespace muniment::eventstore {

// A day is over when it ended this long ago.
inline constexpr absl::Duration kDayCloseDelay = absl::Minutes(10);

struct RetentionRun {
  uint64_t closed = 0;
  uint64_t pruned = 0;
};

// Where an instance's log keeps its own record.
StreamKey LogStream(uint64_t instance);

// The age of a class; 0 for what is kept forever.
uint32_t MaxAgeDays(Keep keep);
// From when on a day of a class is pruned; never, of what is kept forever.
absl::Time PrunedFrom(Keep keep, uint32_t day);

class Retention {
 public:
  // Both outlive it.
  Retention(EventStore& store, const Codec& codec) : store_(store), codec_(codec) {}

  absl::StatusOr<RetentionRun> Run();

 private:
  using Day = std::pair<Keep, uint32_t>;
  struct DayTree {
    MerkleFrontier tree;
    uint64_t last_sequence = 0;
  };
  // What an instance's log says of its days.
  struct Record {
    uint64_t version = 0;
    std::map<Day, bool> closed;  // to whether it is pruned
  };

  absl::Status Scan();
  absl::StatusOr<absl::Time> StoreTime();
  absl::StatusOr<Record> ReadRecord(uint64_t instance);
  absl::Status CloseDays(uint64_t instance, absl::Time now, Record& record, RetentionRun& run);
  absl::Status PruneDays(uint64_t instance, absl::Time now, Record& record, RetentionRun& run);
  absl::Status AppendFact(uint64_t instance, const event::v1::LogEvent& event, Record& record);

  EventStore& store_;
  const Codec& codec_;
  uint64_t scanned_ = 0;  // position
  // Days that hold events, as far as the log was read, by instance.
  absl::flat_hash_map<uint64_t, std::map<Day, DayTree>> days_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_RETENTION_H_
