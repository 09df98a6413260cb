// A read model's plan, compiled from its row's descriptor and (muniment.table) option: how primary
// keys, index entries and counters are encoded, and what makes the table the same table.
//
// Bytes. Every key in every column family begins with
//     table u16 || generation u32 || instance u64
// (big-endian), so a table, one of its generations and a tenant in it are each a prefix. Behind it:
//     rows      row key
//     history   row key || from u64
//     index     ordinal u8 || fields || row key      (unique: ordinal || fields -> row key)
//               ordinal u8 || trigram u64 || segment  (of texts: text_index.h)
//     counters  ordinal u8 || fields
// A row key is the key fields in order. Fields keep their order as bytes: text and bytes with 00
// written 00 FF and 00 01 at the end (so no key is the beginning of another), numbers and enums
// big-endian with the sign turned, times as seconds and nanoseconds, an absent one before all.
//
//   const TablePlan& users = TablePlan::Of<row::v1::User>();
//   std::string key = users.Key({"123"});
//   const IndexPlan& by_org = users.index("org");
//   std::string prefix = by_org.Prefix({"42"});
//
// Immutable and thread-safe. A declaration that cannot be compiled (an unknown field, a field of a
// type that has no order) is a broken invariant and ends the process at start.
#ifndef MUNIMENT_PROJECTIONS_TABLE_H_
#define MUNIMENT_PROJECTIONS_TABLE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "projections/key_bytes.h"

namespace muniment::projections {

// A field's value, for building keys and bounds. Views text; converts where the type is clear.
class Value {
 public:
  Value(absl::string_view text) : value_(text) {}                      // NOLINT: meant to convert
  Value(const char* text) : value_(absl::string_view(text)) {}         // NOLINT
  Value(const std::string& text) : value_(absl::string_view(text)) {}  // NOLINT
  Value(absl::Time time) : value_(time) {}                             // NOLINT
  Value(bool flag) : value_(flag) {}                                   // NOLINT
  template <typename T,
            std::enable_if_t<(std::is_integral_v<T> || std::is_enum_v<T>)&&!std::is_same_v<T, bool>,
                             int> = 0>
  Value(T number) : value_(static_cast<int64_t>(number)) {}  // NOLINT; unsigned keep their bits

  const std::variant<absl::string_view, int64_t, bool, absl::Time>& get() const { return value_; }

 private:
  std::variant<absl::string_view, int64_t, bool, absl::Time> value_;
};
using Values = std::initializer_list<Value>;

// A declared column: a path such as "stamp.created", and how it is encoded.
class Column {
 public:
  enum class Type { kText, kBytes, kSigned, kUnsigned, kBool, kTime };

  Column(const google::protobuf::Descriptor* row, absl::string_view path);

  const std::string& path() const { return path_; }
  Type type() const { return type_; }
  // The fields from the row down to the value; a time's last is the Timestamp itself.
  const std::vector<const google::protobuf::FieldDescriptor*>& fields() const { return fields_; }

  // Appends the column's value, text in its folded form where `fold` is set.
  void AppendFrom(const google::protobuf::Message& row, bool fold, std::string* out) const;
  // As AppendFrom; a value of another type than the column's is a broken invariant.
  void Append(const Value& value, bool fold, std::string* out) const;
  // Whether a time column has a time; the key of one without stands before all, but it is none.
  bool HasTime(const google::protobuf::Message& row) const;
  // The text of a text or bytes column; empty when it or what holds it is absent.
  std::string TextFrom(const google::protobuf::Message& row) const;
  // Whether both rows have the same value.
  bool Same(const google::protobuf::Message& a, const google::protobuf::Message& b) const;
  // Removes one encoded value from the front; false for bytes that are none.
  bool Skip(absl::string_view* encoded) const;

 private:
  const google::protobuf::Message* Holder(const google::protobuf::Message& row) const;

  std::string path_;
  Type type_;
  std::vector<const google::protobuf::FieldDescriptor*> fields_;
};

// An index: entries sort by its fields in order and then by row key. Where `fold` is set, the last
// field is indexed by its folded form (base/text.h); the ones before it, which are ids, are not.
class IndexPlan {
 public:
  const std::string& name() const { return name_; }
  uint8_t ordinal() const { return ordinal_; }
  const std::vector<Column>& columns() const { return columns_; }
  bool unique() const { return unique_; }
  bool fold() const { return fold_; }

  // How entries begin that equal `leading` in the first fields; the last one is folded here.
  std::string Prefix(absl::Span<const Value> leading) const;
  std::string Prefix(Values leading) const { return Prefix(absl::Span<const Value>(leading)); }
  // How entries begin that equal `leading` and whose next field, a text, starts with `text`.
  std::string StartsWith(absl::Span<const Value> leading, absl::string_view text) const;

  // Splits an entry without the ordinal into its encoded fields and the row key; an empty row key
  // for bytes that are no entry. Not for unique indexes, whose row key is the value.
  std::pair<absl::string_view, absl::string_view> Split(absl::string_view entry) const;

  // Appends the entry (fields || row key; of a unique index only the fields) that a row has; false,
  // with nothing appended, when it has none.
  bool AppendEntry(const google::protobuf::Message& row, absl::string_view row_key,
                   std::string* out) const;
  // Whether both rows have the same entries; not later found different.
  bool Same(const google::protobuf::Message& a, const google::protobuf::Message& b) const;

 private:
  friend class TablePlan;
  IndexPlan() = default;

  std::string name_;
  uint8_t ordinal_ = 0;
  std::vector<Column> columns_;
  bool unique_ = false;
  bool fold_ = false;
};

// An index that answers `contains` over a text column (text_index.h).
class TextPlan {
 public:
  const std::string& name() const { return name_; }
  uint8_t ordinal() const { return ordinal_; }
  const Column& column() const { return column_; }

 private:
  friend class TablePlan;
  TextPlan(std::string name, uint8_t ordinal, Column column)
      : name_(std::move(name)), ordinal_(ordinal), column_(std::move(column)) {}

  std::string name_;
  uint8_t ordinal_;
  Column column_;
};

// How many rows of an instance have each combination of values.
class CounterPlan {
 public:
  const std::string& name() const { return name_; }
  uint8_t ordinal() const { return ordinal_; }
  const std::vector<Column>& columns() const { return columns_; }
  std::string Key(absl::Span<const Value> values) const;
  std::string KeyOf(const google::protobuf::Message& row) const;

 private:
  friend class TablePlan;
  CounterPlan() = default;

  std::string name_;
  uint8_t ordinal_ = 0;
  std::vector<Column> columns_;
};

class TablePlan {
 public:
  explicit TablePlan(const google::protobuf::Descriptor* row);

  // The one plan of a row's type.
  template <typename Row>
  static const TablePlan& Of() {
    static const TablePlan* const plan = new TablePlan(Row::descriptor());
    return *plan;
  }

  // Full name of the row: "muniment.row.v1.User".
  const std::string& name() const { return name_; }
  uint16_t number() const { return number_; }
  uint32_t revision() const { return revision_; }
  bool history() const { return history_; }
  const google::protobuf::Descriptor* row() const { return row_; }
  const std::vector<Column>& key() const { return key_; }
  const std::vector<IndexPlan>& indexes() const { return indexes_; }
  const std::vector<TextPlan>& texts() const { return texts_; }
  // The index on stamp.created, in whose order a table with texts has its rows.
  const IndexPlan& age() const;
  const std::vector<CounterPlan>& counters() const { return counters_; }
  // By declared name; an unknown one is a broken invariant.
  const IndexPlan& index(absl::string_view name) const;
  const CounterPlan& counter(absl::string_view name) const;
  const TextPlan& text(absl::string_view name) const;

  // A row key, or its beginning when fewer values than key fields are given.
  std::string Key(absl::Span<const Value> values) const;
  std::string Key(Values values) const { return Key(absl::Span<const Value>(values)); }
  std::string KeyOf(const google::protobuf::Message& row) const;
  // Removes one row key from the front; false for bytes that are none.
  bool SkipKey(absl::string_view* encoded) const;

  // SHA-256 over the row's declaration: its fields, theirs, and the table option without its
  // revision. Tables of one shape and revision that read the same kinds are the same table.
  const std::string& shape() const { return shape_; }

  // Clears every (personal) and (secret) field of a row, at any depth.
  void ClearPersonal(google::protobuf::Message* row) const;
  bool HasPersonal() const { return has_personal_; }

 private:
  std::string name_;
  uint16_t number_ = 0;
  uint32_t revision_ = 0;
  bool history_ = false;
  bool has_personal_ = false;
  const google::protobuf::Descriptor* row_;
  std::vector<Column> key_;
  std::vector<IndexPlan> indexes_;
  std::vector<TextPlan> texts_;
  std::optional<size_t> age_;  // in indexes_
  std::vector<CounterPlan> counters_;
  std::string shape_;
};

// SHA-256 over a message's declaration and those of all messages and enums it holds.
std::string ShapeOf(const google::protobuf::Descriptor* message);

// table || generation || instance, with which every key begins.
inline constexpr size_t kKeyHeadBytes = 2 + 4 + 8;
std::string KeyHead(const TablePlan& table, uint32_t generation, uint64_t instance);
// Stands where an index has its ordinal before what the texts of a table share.
inline constexpr uint8_t kSegmentsOrdinal = 0xff;
// table || generation.
std::string GenerationHead(uint16_t table, uint32_t generation);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_TABLE_H_
