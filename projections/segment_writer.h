// Keeps the text indexes of a table (segments.h) with the rows that a batch commits. A row that is
// added behind all others costs nothing, until one comes that is a boundary: then the segment that
// it closes is packed as a whole. A change within a closed segment edits what it touches; boundaries
// that come or go in the middle lay the segments around them anew.
//
// Threads: one, the batch's. One writer over a table's generation at a time.
// Errors: as database.h; nothing of a failed update may be written.
#ifndef MUNIMENT_PROJECTIONS_SEGMENT_WRITER_H_
#define MUNIMENT_PROJECTIONS_SEGMENT_WRITER_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "projections/database_rep.h"
#include "projections/segments.h"
#include "rocksdb/write_batch.h"

namespace muniment::projections {

// A row before and after a commit; null: there is none.
struct TextChange {
  absl::string_view row_key;
  const google::protobuf::Message* before = nullptr;
  const google::protobuf::Message* after = nullptr;
};
// Whether the text indexes take notice of it.
bool ChangesText(const TablePlan& table, const TextChange& change);

class SegmentWriter {
 public:
  explicit SegmentWriter(DatabaseRep& rep) : rep_(rep) {}

  // Adds to `writes` what these changes of one instance's rows mean. `head`: table, generation and
  // instance. `read` answers for rows that do not change, null for one that is not there.
  using ReadRow = absl::FunctionRef<const google::protobuf::Message*(absl::string_view row_key)>;
  absl::Status Update(const TablePlan& table, const std::string& head,
                      absl::Span<const TextChange> changes, ReadRow read,
                      rocksdb::WriteBatch& writes);

  // Forgets what it knows of the disk.
  void Reset() { open_.clear(); }

 private:
  DatabaseRep& rep_;
  // Where the open segment begins, by head; empty: no boundary yet.
  absl::flat_hash_map<std::string, std::string> open_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_SEGMENT_WRITER_H_
