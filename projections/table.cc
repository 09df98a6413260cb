#include "projections/table.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/crypto.h"
#include "base/text.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/timestamp.pb.h"
#include "muniment/options.pb.h"

namespace muniment::projections {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr uint64_t kSign = uint64_t{1} << 63;
constexpr absl::string_view kCreated = "stamp.created";

void AppendText(absl::string_view text, std::string* out) {
  for (size_t at = 0;;) {
    const size_t zero = text.find('\0', at);
    if (zero == absl::string_view::npos) {
      out->append(text.data() + at, text.size() - at);
      break;
    }
    out->append(text.data() + at, zero - at);
    out->append("\0\xff", 2);
    at = zero + 1;
  }
}

void EndText(std::string* out) { out->append("\0\x01", 2); }

void AppendTime(int64_t seconds, int32_t nanos, std::string* out) {
  AppendU64(static_cast<uint64_t>(seconds) ^ kSign, out);
  AppendU32(static_cast<uint32_t>(nanos), out);
}

Column::Type TypeOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_STRING ? Column::Type::kText
                                                           : Column::Type::kBytes;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
    case FieldDescriptor::CPPTYPE_ENUM:
      return Column::Type::kSigned;
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return Column::Type::kUnsigned;
    case FieldDescriptor::CPPTYPE_BOOL:
      return Column::Type::kBool;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      MUNIMENT_CHECK(field->message_type() == google::protobuf::Timestamp::descriptor());
      return Column::Type::kTime;
    default:
      MUNIMENT_CHECK(false && "a column of a type that has no order");
      return Column::Type::kText;
  }
}

uint64_t NumberOf(const Message& holder, const FieldDescriptor* field) {
  const auto* reflection = holder.GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return static_cast<uint64_t>(int64_t{reflection->GetInt32(holder, field)});
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<uint64_t>(reflection->GetInt64(holder, field));
    case FieldDescriptor::CPPTYPE_ENUM:
      return static_cast<uint64_t>(int64_t{reflection->GetEnumValue(holder, field)});
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection->GetUInt32(holder, field);
    case FieldDescriptor::CPPTYPE_UINT64:
      return reflection->GetUInt64(holder, field);
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection->GetBool(holder, field) ? 1 : 0;
    default:
      MUNIMENT_CHECK(false && "a column without a number");
      return 0;
  }
}

const google::protobuf::Timestamp& TimeOf(const Message& holder, const FieldDescriptor* field) {
  return static_cast<const google::protobuf::Timestamp&>(
      holder.GetReflection()->GetMessage(holder, field));
}

void Collect(const Descriptor* message, std::set<std::string>* seen, std::string* out);

template <typename D, typename P>
void CollectOne(const D* descriptor, P proto, std::string* out) {
  descriptor->CopyTo(&proto);
  google::protobuf::io::StringOutputStream stream(out);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  coded.WriteVarint64(proto.ByteSizeLong());
  proto.SerializeToCodedStream(&coded);
}

void Collect(const Descriptor* message, std::set<std::string>* seen, std::string* out) {
  if (!seen->insert(message->full_name()).second) return;
  google::protobuf::DescriptorProto proto;
  message->CopyTo(&proto);
  // The revision and the number say nothing of the shape; they stand beside it.
  if (proto.options().HasExtension(table)) {
    Table* option = proto.mutable_options()->MutableExtension(table);
    option->clear_revision();
  }
  const std::string bytes = proto.SerializeAsString();
  AppendU32(static_cast<uint32_t>(bytes.size()), out);
  out->append(message->full_name()).append(bytes);
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (field->message_type() != nullptr) Collect(field->message_type(), seen, out);
    if (field->enum_type() != nullptr && seen->insert(field->enum_type()->full_name()).second) {
      CollectOne(field->enum_type(), google::protobuf::EnumDescriptorProto(), out);
    }
  }
}

bool IsPersonal(const FieldDescriptor* field) {
  return field->options().GetExtension(personal) || field->options().GetExtension(secret);
}

bool AnyPersonal(const Descriptor* message) {
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (IsPersonal(field)) return true;
    if (field->message_type() != nullptr && AnyPersonal(field->message_type())) return true;
  }
  return false;
}

void ClearPersonalIn(Message* message) {
  const auto* reflection = message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsPersonal(field)) {
      reflection->ClearField(message, field);
    } else if (field->message_type() != nullptr && !field->is_repeated()) {
      ClearPersonalIn(reflection->MutableMessage(message, field));
    } else if (field->message_type() != nullptr) {
      for (int i = 0; i < reflection->FieldSize(*message, field); ++i) {
        ClearPersonalIn(reflection->MutableRepeatedMessage(message, field, i));
      }
    }
  }
}

template <typename Plan>
const Plan& Named(const std::vector<Plan>& plans, absl::string_view name) {
  const auto it = std::find_if(plans.begin(), plans.end(),
                               [&](const Plan& plan) { return plan.name() == name; });
  MUNIMENT_CHECK(it != plans.end());
  return *it;
}

}  // namespace

// ------------------------------------------------------------------------------------ column

Column::Column(const Descriptor* row, absl::string_view path) : path_(path) {
  const Descriptor* holder = row;
  for (;;) {
    const size_t dot = path.find('.');
    const FieldDescriptor* field =
        holder == nullptr ? nullptr : holder->FindFieldByName(std::string(path.substr(0, dot)));
    MUNIMENT_CHECK(field != nullptr && !field->is_repeated());
    fields_.push_back(field);
    if (dot == absl::string_view::npos) break;
    holder = field->message_type();
    path.remove_prefix(dot + 1);
  }
  type_ = TypeOf(fields_.back());
}

const Message* Column::Holder(const Message& row) const {
  const Message* holder = &row;
  for (size_t i = 0; i + 1 < fields_.size(); ++i) {
    holder = &holder->GetReflection()->GetMessage(*holder, fields_[i]);
  }
  return holder;
}

bool Column::HasTime(const Message& row) const {
  MUNIMENT_CHECK(type_ == Type::kTime);
  const Message* holder = Holder(row);
  return holder->GetReflection()->HasField(*holder, fields_.back());
}

std::string Column::TextFrom(const Message& row) const {
  const Message* holder = Holder(row);
  return holder->GetReflection()->GetString(*holder, fields_.back());
}

void Column::AppendFrom(const Message& row, bool fold, std::string* out) const {
  const Message* holder = Holder(row);
  const FieldDescriptor* field = fields_.back();
  switch (type_) {
    case Type::kText:
    case Type::kBytes: {
      std::string scratch;
      const std::string& text =
          holder->GetReflection()->GetStringReference(*holder, field, &scratch);
      AppendText(fold && type_ == Type::kText ? FoldForSearch(text) : text, out);
      EndText(out);
      return;
    }
    case Type::kTime: {
      if (!holder->GetReflection()->HasField(*holder, field)) {
        out->append(12, '\0');
        return;
      }
      const auto& time = TimeOf(*holder, field);
      AppendTime(time.seconds(), time.nanos(), out);
      return;
    }
    case Type::kBool:
      out->push_back(NumberOf(*holder, field) != 0 ? 1 : 0);
      return;
    case Type::kSigned:
      AppendU64(NumberOf(*holder, field) ^ kSign, out);
      return;
    case Type::kUnsigned:
      AppendU64(NumberOf(*holder, field), out);
      return;
  }
}

void Column::Append(const Value& value, bool fold, std::string* out) const {
  const auto& held = value.get();
  switch (type_) {
    case Type::kText:
    case Type::kBytes: {
      MUNIMENT_CHECK(std::holds_alternative<absl::string_view>(held));
      const absl::string_view text = std::get<absl::string_view>(held);
      if (fold && type_ == Type::kText) {
        AppendText(FoldForSearch(text), out);
      } else {
        AppendText(text, out);
      }
      EndText(out);
      return;
    }
    case Type::kTime: {
      MUNIMENT_CHECK(std::holds_alternative<absl::Time>(held));
      const absl::Time time = std::get<absl::Time>(held);
      const int64_t seconds = absl::ToUnixSeconds(time);
      AppendTime(
          seconds,
          static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))),
          out);
      return;
    }
    case Type::kBool:
      MUNIMENT_CHECK(std::holds_alternative<bool>(held));
      out->push_back(std::get<bool>(held) ? 1 : 0);
      return;
    case Type::kSigned:
    case Type::kUnsigned: {
      MUNIMENT_CHECK(std::holds_alternative<int64_t>(held));
      const auto number = static_cast<uint64_t>(std::get<int64_t>(held));
      AppendU64(type_ == Type::kSigned ? number ^ kSign : number, out);
      return;
    }
  }
}

bool Column::Same(const Message& a, const Message& b) const {
  const Message* in_a = Holder(a);
  const Message* in_b = Holder(b);
  const FieldDescriptor* field = fields_.back();
  switch (type_) {
    case Type::kText:
    case Type::kBytes: {
      std::string scratch_a, scratch_b;
      return in_a->GetReflection()->GetStringReference(*in_a, field, &scratch_a) ==
             in_b->GetReflection()->GetStringReference(*in_b, field, &scratch_b);
    }
    case Type::kTime: {
      if (in_a->GetReflection()->HasField(*in_a, field) !=
          in_b->GetReflection()->HasField(*in_b, field)) {
        return false;
      }
      const auto& time_a = TimeOf(*in_a, field);
      const auto& time_b = TimeOf(*in_b, field);
      return time_a.seconds() == time_b.seconds() && time_a.nanos() == time_b.nanos();
    }
    default:
      return NumberOf(*in_a, field) == NumberOf(*in_b, field);
  }
}

bool Column::Skip(absl::string_view* encoded) const {
  size_t size = 8;
  switch (type_) {
    case Type::kText:
    case Type::kBytes: {
      for (size_t at = 0;; at += 2) {
        at = encoded->find('\0', at);
        if (at == absl::string_view::npos || at + 1 >= encoded->size()) return false;
        if ((*encoded)[at + 1] == '\x01') {
          size = at + 2;
          break;
        }
      }
      break;
    }
    case Type::kTime:
      size = 12;
      break;
    case Type::kBool:
      size = 1;
      break;
    case Type::kSigned:
    case Type::kUnsigned:
      break;
  }
  if (encoded->size() < size) return false;
  encoded->remove_prefix(size);
  return true;
}

// ------------------------------------------------------------------------------------ indexes

std::string IndexPlan::Prefix(absl::Span<const Value> leading) const {
  MUNIMENT_CHECK(leading.size() <= columns_.size());
  std::string out;
  for (size_t i = 0; i < leading.size(); ++i) {
    columns_[i].Append(leading[i], fold_ && i + 1 == columns_.size(), &out);
  }
  return out;
}

std::string IndexPlan::StartsWith(absl::Span<const Value> leading, absl::string_view text) const {
  MUNIMENT_CHECK(leading.size() < columns_.size());
  std::string out = Prefix(leading);
  const bool fold = fold_ && leading.size() + 1 == columns_.size();
  AppendText(fold ? FoldForSearch(text) : std::string(text), &out);
  return out;
}

std::pair<absl::string_view, absl::string_view> IndexPlan::Split(absl::string_view entry) const {
  absl::string_view rest = entry;
  for (const Column& column : columns_) {
    if (!column.Skip(&rest)) return {entry, absl::string_view()};
  }
  return {entry.substr(0, entry.size() - rest.size()), rest};
}

bool IndexPlan::AppendEntry(const Message& row, absl::string_view row_key,
                            std::string* out) const {
  const size_t begin = out->size();
  for (size_t i = 0; i + 1 < columns_.size(); ++i) columns_[i].AppendFrom(row, false, out);
  const Column& last = columns_.back();
  const size_t before = out->size();
  last.AppendFrom(row, fold_, out);
  if (!unique_) {
    out->append(row_key.data(), row_key.size());
    return true;
  }
  // An absent value is not found by it: erased secrets name nobody.
  const bool text = last.type() == Column::Type::kText || last.type() == Column::Type::kBytes;
  if (!text || out->size() != before + 2) return true;
  out->resize(begin);
  return false;
}

bool IndexPlan::Same(const Message& a, const Message& b) const {
  return std::all_of(columns_.begin(), columns_.end(),
                     [&](const Column& column) { return column.Same(a, b); });
}

std::string CounterPlan::Key(absl::Span<const Value> values) const {
  MUNIMENT_CHECK(values.size() == columns_.size());
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) columns_[i].Append(values[i], false, &out);
  return out;
}

std::string CounterPlan::KeyOf(const Message& row) const {
  std::string out;
  for (const Column& column : columns_) column.AppendFrom(row, false, &out);
  return out;
}

// ------------------------------------------------------------------------------------ table

TablePlan::TablePlan(const Descriptor* row) : name_(row->full_name()), row_(row) {
  MUNIMENT_CHECK(row->options().HasExtension(table));
  const Table& declared = row->options().GetExtension(table);
  MUNIMENT_CHECK(declared.number() > 0 && declared.number() < 0xffff && declared.revision() > 0);
  number_ = static_cast<uint16_t>(declared.number());
  revision_ = declared.revision();
  history_ = declared.history();
  MUNIMENT_CHECK(declared.key_size() > 0 && declared.index_size() < kSegmentsOrdinal &&
                 declared.counter_size() < 256);
  for (const std::string& path : declared.key()) key_.emplace_back(row, path);
  uint8_t ordinal = 0;
  for (const Index& index : declared.index()) {
    IndexPlan plan;
    plan.name_ = index.name();
    plan.ordinal_ = ordinal++;
    plan.unique_ = index.unique();
    plan.fold_ = index.fold();
    for (const std::string& path : index.field()) plan.columns_.emplace_back(row, path);
    MUNIMENT_CHECK(!plan.columns_.empty());
    if (index.trigram()) {
      MUNIMENT_CHECK(plan.fold_ && !plan.unique_ && plan.columns_.size() == 1 &&
                     plan.columns_[0].type() == Column::Type::kText);
      texts_.push_back(TextPlan(plan.name_, plan.ordinal_, plan.columns_[0]));
      continue;
    }
    if (!plan.unique_ && plan.columns_.size() == 1 && plan.columns_[0].path() == kCreated) {
      age_ = indexes_.size();
    }
    indexes_.push_back(std::move(plan));
  }
  MUNIMENT_CHECK(texts_.empty() || age_.has_value());
  for (const Counter& counter : declared.counter()) {
    CounterPlan plan;
    plan.name_ = counter.name();
    plan.ordinal_ = static_cast<uint8_t>(counters_.size());
    for (const std::string& path : counter.field()) plan.columns_.emplace_back(row, path);
    counters_.push_back(std::move(plan));
  }
  has_personal_ = AnyPersonal(row);
  shape_ = ShapeOf(row);
}

const IndexPlan& TablePlan::index(absl::string_view name) const { return Named(indexes_, name); }

const CounterPlan& TablePlan::counter(absl::string_view name) const {
  return Named(counters_, name);
}

const TextPlan& TablePlan::text(absl::string_view name) const { return Named(texts_, name); }

const IndexPlan& TablePlan::age() const {
  MUNIMENT_CHECK(age_.has_value());
  return indexes_[*age_];
}

std::string TablePlan::Key(absl::Span<const Value> values) const {
  MUNIMENT_CHECK(values.size() <= key_.size());
  std::string out;
  for (size_t i = 0; i < values.size(); ++i) key_[i].Append(values[i], false, &out);
  return out;
}

std::string TablePlan::KeyOf(const Message& row) const {
  std::string out;
  for (const Column& column : key_) column.AppendFrom(row, false, &out);
  return out;
}

bool TablePlan::SkipKey(absl::string_view* encoded) const {
  return std::all_of(key_.begin(), key_.end(),
                     [encoded](const Column& column) { return column.Skip(encoded); });
}

void TablePlan::ClearPersonal(Message* row) const {
  if (has_personal_) ClearPersonalIn(row);
}

std::string ShapeOf(const Descriptor* message) {
  std::set<std::string> seen;
  std::string all;
  Collect(message, &seen, &all);
  return Sha256(all).str();
}

std::string GenerationHead(uint16_t table, uint32_t generation) {
  std::string out;
  out.reserve(kKeyHeadBytes);
  AppendU16(table, &out);
  AppendU32(generation, &out);
  return out;
}

std::string KeyHead(const TablePlan& table, uint32_t generation, uint64_t instance) {
  std::string out = GenerationHead(table.number(), generation);
  AppendU64(instance, &out);
  return out;
}

}  // namespace muniment::projections
