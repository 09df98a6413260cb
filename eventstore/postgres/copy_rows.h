// Rows in the binary form that COPY FROM STDIN takes (PostgreSQL's documentation, COPY, Binary
// Format).
//
//   CopyRows rows;
//   rows.Begin(2);  rows.AddInt8(7);  rows.AddBytes(stream);
//   connection.CopyIn("COPY heads (version, stream) FROM STDIN (FORMAT binary)", rows.Take(), ...);
//
// One thread; no I/O.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_COPY_ROWS_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_COPY_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment::eventstore {

class CopyRows {
 public:
  void Begin(uint16_t fields);
  void AddInt8(uint64_t value);
  void AddInt4(uint32_t value);
  void AddInt2(uint16_t value);
  void AddBytes(absl::string_view value);

  size_t bytes() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  // All rows with the head and the end of the form; begins anew.
  std::string Take();

 private:
  std::string bytes_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_COPY_ROWS_H_
