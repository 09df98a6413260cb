// Fills an empty store with a log that exists: nothing is stamped, numbered or checked anew, every
// byte stays as it is. Every kind of store has one (rocksdb/, postgres/, memory/).
//
//   while there are events behind importer.Last(): importer.AddEvent(event)
//   for each kind: importer.Clear(kind), then importer.AddRow(row) for each of its rows
//   importer.Flush();  compare importer.Written() with what was read
//   importer.SetEnd(end);  prove what stands there, opened as unfinished
//   importer.Finish();
//
// From its opening until Finish the place is marked: no store opens there (FAILED_PRECONDITION
// "store.import_unfinished", which names the command), and another import goes on behind the last
// event that was written, wherever this one was killed. Before the mark stands, the place is as it
// was. move.h does all of this.
//
// Threads: one at a time. Blocks. Errors: those of the store; FAILED_PRECONDITION
// "import.not_empty" where a log stands already; UNAVAILABLE "store.in_use" where somebody has it
// open.
#ifndef MUNIMENT_EVENTSTORE_IMPORT_H_
#define MUNIMENT_EVENTSTORE_IMPORT_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "eventstore/export.h"

namespace muniment::eventstore {

class Importer {
 public:
  virtual ~Importer() = default;

  // Puts the command's name ("restore") into the mark, for those who are refused meanwhile; refuses
  // like them where it names another: what one command began, only the same goes on with.
  virtual absl::Status SetCommand(absl::string_view command) = 0;
  // The position of the last event that a former import wrote; 0: none.
  virtual uint64_t last() const = 0;
  // In order of position. What is added is written in batches, each whole.
  virtual absl::Status AddEvent(const StoredEvent& event) = 0;
  // Takes away all rows of a kind; before its first.
  virtual absl::Status Clear(RowKind kind) = 0;
  virtual absl::Status AddRow(const Row& row) = 0;
  // Writes what was added.
  virtual absl::Status Flush() = 0;
  // Reads what was written. Its ReadEnd tells nothing before SetEnd.
  virtual Exporter& Written() = 0;
  // The log ends there, and all of it is durable. The mark stands.
  virtual absl::Status SetEnd(const LogEnd& end) = 0;
  // After SetEnd: takes the mark away, so that a store can be opened.
  virtual absl::Status Finish() = 0;
  // Nothing will be written: of a place that this import marked and wrote nothing to, it takes the
  // mark and what it made away again; of any other nothing. Only destruction may follow.
  virtual absl::Status Abandon() = 0;
};

// What is told of a place that the command has not filled to the end; empty: it is not known.
inline absl::Status UnfinishedError(absl::string_view place, absl::string_view command) {
  if (command.empty()) command = "migrate or restore";
  return Error(absl::StatusCode::kFailedPrecondition, "store.import_unfinished",
               absl::StrCat(place, ": an unfinished ", command, "; run muniment ", command,
                            " again, or empty the place first."));
}

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_IMPORT_H_
