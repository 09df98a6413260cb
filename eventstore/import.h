// Fills an empty store with a log that exists: nothing is stamped, numbered or checked anew, every
// byte stays as it is. Every kind of store has one (rocksdb/, postgres/, memory/).
//
//   while there are events behind importer.Last(): importer.AddEvent(event)
//   for each kind: importer.Clear(kind), then importer.AddRow(row) for each of its rows
//   importer.Flush();  compare importer.Written() with what was read
//   importer.Finish(end);
//
// Until Finish the place is marked: no store opens there (FAILED_PRECONDITION
// "store.import_unfinished"), and another import goes on behind the last event that was written,
// wherever this one was killed. move.h does all of this.
//
// Threads: one at a time. Blocks. Errors: those of the store; FAILED_PRECONDITION
// "import.not_empty" where a log stands already; UNAVAILABLE "store.in_use" where somebody has it
// open.
#ifndef MUNIMENT_EVENTSTORE_IMPORT_H_
#define MUNIMENT_EVENTSTORE_IMPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eventstore/export.h"

namespace muniment::eventstore {

class Importer {
 public:
  virtual ~Importer() = default;

  // The position of the last event that a former import wrote; 0: none.
  virtual uint64_t last() const = 0;
  // In order of position. What is added is written in batches, each whole.
  virtual absl::Status AddEvent(const StoredEvent& event) = 0;
  // Takes away all rows of a kind; before its first.
  virtual absl::Status Clear(RowKind kind) = 0;
  virtual absl::Status AddRow(const Row& row) = 0;
  // Writes what was added.
  virtual absl::Status Flush() = 0;
  // Reads what was written. Its ReadEnd tells nothing before Finish.
  virtual Exporter& Written() = 0;
  // The log ends there; all of it is durable, and a store can be opened.
  virtual absl::Status Finish(const LogEnd& end) = 0;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_IMPORT_H_
