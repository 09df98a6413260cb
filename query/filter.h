// What a published list request asks for, compiled from its message by the `filter` options on it:
// no code per list. A filter message is read by its shape: a value with a `method`, a list of
// values, an enum, a time with a `method`, or filters to combine. A row that has no time compares
// with none: what never expires does not expire before a day.
//
// Threads: a Predicate is immutable after CompileFilters; the request outlives it.
// Errors: INVALID_ARGUMENT "query.too_deep" and "query.too_many" for trees beyond the limits,
// "query.empty_filter" for a filter that says nothing, or a method and no time.
#ifndef MUNIMENT_QUERY_FILTER_H_
#define MUNIMENT_QUERY_FILTER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "projections/table.h"

namespace muniment::query {

inline constexpr int kMaxFilterDepth = 16;
inline constexpr int kMaxFilters = 1000;
// Values that all "is one of" filters of a request list together.
inline constexpr int kMaxListed = 100'000;

// The published text methods share their numbers.
enum class TextMethod {
  kEquals = 0,
  kEqualsIgnoreCase = 1,
  kStartsWith = 2,
  kStartsWithIgnoreCase = 3,
  kContains = 4,
  kContainsIgnoreCase = 5,
  kEndsWith = 6,
  kEndsWithIgnoreCase = 7,
};
bool IgnoresCase(TextMethod method);
// Both texts are folded already where the case is ignored.
bool TextMatches(TextMethod method, absl::string_view text, absl::string_view wanted);

// So do the published time methods.
enum class Order { kEquals = 0, kAfter = 1, kAfterOrEquals = 2, kBefore = 3, kBeforeOrEquals = 4 };

struct Predicate {
  enum class Op { kAnd, kOr, kNot, kText, kOrder, kNotEquals, kIn, kNamed };
  Op op = Op::kAnd;
  std::vector<Predicate> parts;  // kAnd, kOr, kNot (one)

  std::optional<projections::Column> column;  // kText, kOrder, kNotEquals, kIn
  // What the column is compared with, encoded as the column encodes it; folded with `fold`.
  std::vector<std::string> values;
  bool fold = false;

  // kText; texts of a kIn, as they were asked for.
  std::vector<std::string> texts;
  TextMethod text = TextMethod::kEquals;

  Order order = Order::kEquals;  // kOrder

  std::string name;                                     // kNamed
  const google::protobuf::Message* argument = nullptr;  // kNamed
};

// The conjunction of the request's repeated `filters` over a row's columns.
absl::StatusOr<Predicate> CompileFilters(const google::protobuf::Message& request,
                                         const google::protobuf::FieldDescriptor* filters,
                                         const google::protobuf::Descriptor* row);

// A column that is a text, exactly.
Predicate EqualTo(const google::protobuf::Descriptor* row, const std::string& column,
                  const std::string& text);

// Answers a kNamed predicate.
using NamedMatch = absl::FunctionRef<absl::StatusOr<bool>(const Predicate& named,
                                                          const google::protobuf::Message& row)>;
absl::StatusOr<bool> Matches(const Predicate& predicate, const google::protobuf::Message& row,
                             NamedMatch named);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_FILTER_H_
