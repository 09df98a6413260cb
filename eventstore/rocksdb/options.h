// How the embedded store is opened.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_OPTIONS_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/clock.h"

namespace rocksdb {
class Cache;
class Env;
}  // namespace rocksdb

namespace muniment::eventstore {

// What was acknowledged: the newest checkpoint of the read models. A log of the same epoch that
// ends before it has lost something.
struct AcknowledgedMark {
  uint64_t epoch = 0;
  uint64_t position = 0;
};

struct RocksOptions {
  std::string path = {};  // a folder of its own; made when it is missing
  Clock* clock = &SystemClock();
  AcknowledgedMark mark = {};
  // The log was put back from a backup: it may end before the mark, and gets a new epoch.
  bool restored = false;
  // Opened to be filled, or followed to be proved (import.h); a folder where that is under way opens
  // in no other way.
  bool importing = false;
  // Shared with the read models, so that both keep to one budget; without one, 32 MB of its own.
  std::shared_ptr<rocksdb::Cache> cache = nullptr;
  rocksdb::Env* env = nullptr;  // the machine's when null; outlives the store
  size_t head_cache = 1 << 17;  // streams
  size_t tail_bytes = 16 << 20;
  // Commits that wait for the writer; more are refused as unavailable.
  size_t queue_bytes = 64 << 20;
  // Between tries to open again after a failed write: doubles from the first to the last.
  absl::Duration first_retry = absl::Milliseconds(10);
  absl::Duration last_retry = absl::Seconds(2);
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_OPTIONS_H_
