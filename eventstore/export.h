// All of one log, as it is copied into another store or a file. Every kind of store has one
// (rocksdb/, postgres/, memory/), and so has a backup (backup/).
//
// What it reads is one log that stands still: a follower's moment, a log whose writers are shut
// out, or a file. Reads come in one order from every store: events by position, rows by the bytes
// of their keys.
//
// Threads: one at a time. Blocks. Errors: those of the store.
#ifndef MUNIMENT_EVENTSTORE_EXPORT_H_
#define MUNIMENT_EVENTSTORE_EXPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/row.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// Where a log ends.
struct LogEnd {
  uint64_t epoch = 0;
  uint64_t position = 0;
  absl::Time stamp = absl::UnixEpoch();  // the newest created_at ever given

  friend bool operator==(const LogEnd&, const LogEnd&) = default;
};

class Exporter {
 public:
  virtual ~Exporter() = default;

  virtual absl::StatusOr<LogEnd> ReadEnd() = 0;
  // Events with position > `after`, in order.
  virtual absl::Status ReadLog(uint64_t after, EventVisitor visit) = 0;
  virtual absl::Status ReadRows(RowKind kind, RowVisitor visit) = 0;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_EXPORT_H_
