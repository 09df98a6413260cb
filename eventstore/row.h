// What a store holds beside its events, row by row, as it is copied into another store or a file
// (FORMAT.md, A log on the move). The bytes of a row are one spelling of it, the same from every
// store.
//
//   const std::string bytes = EncodeRow(StreamHead{EncodeStream(stream), 7});
//   std::optional<Row> row = DecodeRow(bytes);
//
// Thread-safe; no I/O. DecodeRow takes hostile input.
#ifndef MUNIMENT_EVENTSTORE_ROW_H_
#define MUNIMENT_EVENTSTORE_ROW_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// `stream` is EncodeStream of commit.h.
struct StreamHead {
  std::string stream = {};
  uint64_t version = 0;
};
struct InstanceSequence {
  uint64_t instance = 0;
  uint64_t sequence = 0;
};
struct StandingClaim {
  uint64_t instance = 0;
  std::string key = {};  // 32 bytes
  std::string stream = {};
  std::string slot = {};
};
struct ErasedSubject {
  uint64_t instance = 0;
  std::string subject = {};
};

using Row = std::variant<StreamHead, InstanceSequence, StandingClaim, DataKey, ErasedSubject>;
// The number of a row's kind is its index in Row.
enum RowKind : size_t { kHeadRows, kSequenceRows, kClaimRows, kKeyRows, kErasedRows, kRowKinds };
inline RowKind KindOf(const Row& row) { return static_cast<RowKind>(row.index()); }
const char* RowKindName(RowKind kind);

// An error stops the reading and is passed on.
using RowVisitor = absl::FunctionRef<absl::Status(const Row& row)>;

std::string EncodeRow(const Row& row);
// Nothing for bytes that EncodeRow cannot have written.
std::optional<Row> DecodeRow(absl::string_view bytes);

// An event in a file: 'E', position u64, keep u8, envelope, body.
std::string EncodeEventRow(const StoredEvent& event);
std::optional<StoredEvent> DecodeEventRow(absl::string_view bytes);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROW_H_
