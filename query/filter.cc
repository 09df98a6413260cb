#include "query/filter.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/phone_number.h"
#include "base/text.h"
#include "google/protobuf/timestamp.pb.h"
#include "muniment/options.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

class Compiler {
 public:
  explicit Compiler(const Descriptor* row) : row_(row) {}

  absl::StatusOr<Predicate> All(const Message& parent, const FieldDescriptor* filters,
                                Predicate::Op op, int depth) {
    Predicate all;
    all.op = op;
    const int size = parent.GetReflection()->FieldSize(parent, filters);
    for (int i = 0; i < size; ++i) {
      const auto& one = parent.GetReflection()->GetRepeatedMessage(parent, filters, i);
      ASSIGN_OR_RETURN(Predicate part, One(one, depth + 1));
      all.parts.push_back(std::move(part));
    }
    return all;
  }

 private:
  // A message whose only content is a oneof of filters.
  absl::StatusOr<Predicate> One(const Message& filter, int depth) {
    if (depth > kMaxFilterDepth) {
      return Error(absl::StatusCode::kInvalidArgument, "query.too_deep",
                   absl::StrCat("Filters nest deeper than ", kMaxFilterDepth, " levels."));
    }
    if (++count_ > kMaxFilters) {
      return Error(absl::StatusCode::kInvalidArgument, "query.too_many",
                   absl::StrCat("The request has more than ", kMaxFilters, " filters."));
    }
    const auto* member = filter.GetReflection()->GetOneofFieldDescriptor(
        filter, filter.GetDescriptor()->oneof_decl(0));
    if (member == nullptr) {
      return Error(absl::StatusCode::kInvalidArgument, "query.empty_filter",
                   absl::StrCat("A ", filter.GetDescriptor()->name(), " says nothing."));
    }
    const auto& option = member->options().GetExtension(muniment::filter);
    if (member->type() == FieldDescriptor::TYPE_ENUM) return Plain(filter, member, option);
    const auto& value = filter.GetReflection()->GetMessage(filter, member);
    switch (option.combine()) {
      case COMBINE_AND:
        return Combined(value, Predicate::Op::kAnd, depth);
      case COMBINE_OR:
        return Combined(value, Predicate::Op::kOr, depth);
      case COMBINE_NOT:
        return Combined(value, Predicate::Op::kNot, depth);
      default:
        break;
    }
    if (!option.of().empty()) {
      Predicate named;
      named.op = Predicate::Op::kNamed;
      named.name = option.of();
      named.argument = &value;
      return named;
    }
    return Leaf(value, option);
  }

  absl::StatusOr<Predicate> Combined(const Message& value, Predicate::Op op, int depth) {
    const auto* field = value.GetDescriptor()->field(0);
    const auto* reflection = value.GetReflection();
    const bool given = field->is_repeated() ? reflection->FieldSize(value, field) > 0
                                            : reflection->HasField(value, field);
    if (!given) {
      return Error(absl::StatusCode::kInvalidArgument, "query.empty_filter",
                   absl::StrCat("A ", value.GetDescriptor()->name(), " says nothing."));
    }
    if (field->is_repeated()) return All(value, field, op, depth);
    Predicate combined;
    combined.op = op;
    ASSIGN_OR_RETURN(Predicate part, One(reflection->GetMessage(value, field), depth + 1));
    combined.parts.push_back(std::move(part));
    return combined;
  }

  // A member that is its own value.
  Predicate Plain(const Message& filter, const FieldDescriptor* member,
                  const muniment::Filter& option) {
    Predicate leaf;
    leaf.op = Predicate::Op::kIn;
    leaf.column.emplace(row_, option.column());
    AddValue(leaf, filter.GetReflection()->GetEnumValue(filter, member));
    return leaf;
  }

  absl::StatusOr<Predicate> Leaf(const Message& value, const muniment::Filter& option) {
    Predicate leaf;
    leaf.column.emplace(row_, option.column());
    leaf.fold = option.fold();
    const auto* reflection = value.GetReflection();
    const FieldDescriptor* operand = nullptr;
    int method = 0;
    for (int i = 0; i < value.GetDescriptor()->field_count(); ++i) {
      const auto* field = value.GetDescriptor()->field(i);
      if (field->name() == "method") {
        method = reflection->GetEnumValue(value, field);
      } else {
        operand = field;
      }
    }
    if (operand->is_repeated()) {
      listed_ += reflection->FieldSize(value, operand);
      if (listed_ > kMaxListed) {
        return Error(absl::StatusCode::kInvalidArgument, "query.too_many",
                     absl::StrCat("The request's filters list more than ", kMaxListed, " values."));
      }
      leaf.op = Predicate::Op::kIn;
      for (int i = 0; i < reflection->FieldSize(value, operand); ++i) {
        AddText(leaf, reflection->GetRepeatedString(value, operand, i));
      }
      return leaf;
    }
    switch (operand->type()) {
      case FieldDescriptor::TYPE_STRING:
        leaf.op = Predicate::Op::kText;
        leaf.text = static_cast<TextMethod>(method);
        leaf.fold = IgnoresCase(leaf.text);
        AddText(leaf, option.phone() ? Phone(leaf.text, reflection->GetString(value, operand))
                                     : reflection->GetString(value, operand));
        return leaf;
      case FieldDescriptor::TYPE_BYTES:
        leaf.op = method == 1 ? Predicate::Op::kNotEquals : Predicate::Op::kIn;
        AddText(leaf, reflection->GetString(value, operand));
        return leaf;
      case FieldDescriptor::TYPE_ENUM:
        leaf.op = Predicate::Op::kIn;
        AddValue(leaf, reflection->GetEnumValue(value, operand));
        return leaf;
      default:
        if (!reflection->HasField(value, operand)) {
          return Error(absl::StatusCode::kInvalidArgument, "query.empty_filter",
                       absl::StrCat("A ", value.GetDescriptor()->name(), " names no time."));
        }
        leaf.op = Predicate::Op::kOrder;
        leaf.order = static_cast<Order>(method);
        return Time(std::move(leaf), reflection->GetMessage(value, operand));
    }
  }

  static void AddValue(Predicate& leaf, const projections::Value& value) {
    std::string encoded;
    leaf.column->Append(value, leaf.fold, &encoded);
    leaf.values.push_back(std::move(encoded));
  }
  static void AddText(Predicate& leaf, const std::string& text) {
    AddValue(leaf, text);
    leaf.texts.push_back(leaf.fold ? FoldForSearch(text) : text);
  }
  static std::string Phone(TextMethod method, const std::string& typed) {
    if (method == TextMethod::kEquals || method == TextMethod::kEqualsIgnoreCase) {
      absl::StatusOr<std::string> number = NormalizePhoneNumber(typed);
      if (number.ok()) return *std::move(number);
    }
    return PartOfPhoneNumber(typed);
  }
  static absl::StatusOr<Predicate> Time(Predicate leaf, const Message& message) {
    const auto& time = static_cast<const google::protobuf::Timestamp&>(message);
    AddValue(leaf, absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos()));
    return leaf;
  }

  const Descriptor* const row_;
  int count_ = 0;
  int listed_ = 0;
};

bool OrderMatches(Order order, absl::string_view have, absl::string_view wanted) {
  switch (order) {
    case Order::kEquals:
      return have == wanted;
    case Order::kAfter:
      return have > wanted;
    case Order::kAfterOrEquals:
      return have >= wanted;
    case Order::kBefore:
      return have < wanted;
    case Order::kBeforeOrEquals:
      return have <= wanted;
  }
  return false;
}

std::string Encoded(const Predicate& predicate, const Message& row) {
  std::string encoded;
  predicate.column->AppendFrom(row, predicate.fold, &encoded);
  return encoded;
}

}  // namespace

Predicate EqualTo(const Descriptor* row, const std::string& column, const std::string& text) {
  Predicate equal;
  equal.op = Predicate::Op::kText;
  equal.column.emplace(row, column);
  std::string encoded;
  equal.column->Append(text, false, &encoded);
  equal.values.push_back(std::move(encoded));
  equal.texts.push_back(text);
  return equal;
}

bool IgnoresCase(TextMethod method) { return static_cast<int>(method) % 2 == 1; }

bool TextMatches(TextMethod method, absl::string_view text, absl::string_view wanted) {
  switch (method) {
    case TextMethod::kEquals:
    case TextMethod::kEqualsIgnoreCase:
      return text == wanted;
    case TextMethod::kStartsWith:
    case TextMethod::kStartsWithIgnoreCase:
      return absl::StartsWith(text, wanted);
    case TextMethod::kContains:
    case TextMethod::kContainsIgnoreCase:
      return absl::StrContains(text, wanted);
    case TextMethod::kEndsWith:
    case TextMethod::kEndsWithIgnoreCase:
      return absl::EndsWith(text, wanted);
  }
  return false;
}

absl::StatusOr<Predicate> CompileFilters(const Message& request, const FieldDescriptor* filters,
                                         const Descriptor* row) {
  return Compiler(row).All(request, filters, Predicate::Op::kAnd, 0);
}

absl::StatusOr<bool> Matches(const Predicate& predicate, const Message& row, NamedMatch named) {
  switch (predicate.op) {
    case Predicate::Op::kAnd:
    case Predicate::Op::kOr: {
      const bool decisive = predicate.op == Predicate::Op::kOr;
      for (const auto& part : predicate.parts) {
        ASSIGN_OR_RETURN(const bool match, Matches(part, row, named));
        if (match == decisive) return decisive;
      }
      return !decisive;
    }
    case Predicate::Op::kNot: {
      ASSIGN_OR_RETURN(const bool match, Matches(predicate.parts.front(), row, named));
      return !match;
    }
    case Predicate::Op::kNamed:
      return named(predicate, row);
    case Predicate::Op::kText: {
      const std::string text = predicate.column->TextFrom(row);
      return TextMatches(predicate.text, predicate.fold ? FoldForSearch(text) : text,
                         predicate.texts.front());
    }
    case Predicate::Op::kOrder:
      return predicate.column->HasTime(row) &&
             OrderMatches(predicate.order, Encoded(predicate, row), predicate.values.front());
    case Predicate::Op::kNotEquals:
      return Encoded(predicate, row) != predicate.values.front();
    case Predicate::Op::kIn: {
      const std::string have = Encoded(predicate, row);
      return std::find(predicate.values.begin(), predicate.values.end(), have) !=
             predicate.values.end();
    }
  }
  return false;
}

}  // namespace muniment::query
