// Copies a log from one store into another, empty one: `muniment migrate`. Positions, sequences,
// ids, versions, times, bodies, claims, data keys and marks of erased people stay as they are; at
// the end both sides are compared (fingerprint.h). What expired stays a gap.
//
//   ASSIGN_OR_RETURN(const Moved moved, Move(exporter, importer, options));
//
// It may be killed at any moment: the next Move into that place goes on behind the last event that
// was written, if it still is the same log. A place that a Move has filled to its end takes no
// other; whether it holds the same log is for Compare. Needs no key of the log. Memory does not grow
// with it.
// Threads: blocks; one thread. Errors: those of both stores; FAILED_PRECONDITION
// "move.other_log" when what a former run left there is no beginning of this log; ABORTED
// "move.moving" when the log grew meanwhile; DATA_LOSS "move.differs" when the copy is not the
// same (nothing opens it then).
#ifndef MUNIMENT_EVENTSTORE_MOVE_H_
#define MUNIMENT_EVENTSTORE_MOVE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "eventstore/export.h"
#include "eventstore/fingerprint.h"
#include "eventstore/import.h"

namespace muniment::eventstore {

enum class MoveStep { kCopy, kCompare };

struct Moved {
  Fingerprint print;  // of both
  LogEnd end;
  uint64_t resumed_at = 0;  // where a former run had come to
};

struct MoveOptions {
  // Called every few thousand events with the position reached and that of the log's end.
  std::function<void(MoveStep step, uint64_t position, uint64_t end)> progress = {};
  // Called when all stands there and nobody can open it yet. After an error of its nobody can: the
  // place stays marked.
  std::function<absl::Status(const Moved& moved)> prove = {};
};

absl::StatusOr<Moved> Move(Exporter& from, Importer& to, const MoveOptions& options = {});

struct Compared {
  // What differs, in words for people; empty: they hold the same log, to the byte.
  std::string difference;
  // Of the first; nothing where already the ends differ, and nothing else was read.
  Moved first;
};

absl::StatusOr<Compared> Compare(Exporter& log, Exporter& other, const MoveOptions& options = {});

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_MOVE_H_
