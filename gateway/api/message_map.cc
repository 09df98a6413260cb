#include "gateway/api/message_map.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "gateway/api/tight.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/json_writer.h"
#include "google/protobuf/struct.pb.h"
#include "muniment/binding_options.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;

absl::Status Misfit(const FieldDescriptor& own, absl::string_view what) {
  return Error(absl::StatusCode::kInternal, "api.binding",
               absl::StrCat(own.full_name(), " ", what));
}

// What the names of all values begin with, up to a word's end: "USER_STATE_".
std::string Prefix(const EnumDescriptor& type) {
  std::string prefix = type.value(0)->name();
  for (int i = 1; i < type.value_count(); ++i) {
    while (!absl::StartsWith(type.value(i)->name(), prefix)) prefix.pop_back();
  }
  return type.value_count() == 1 ? "" : prefix.substr(0, prefix.rfind('_') + 1);
}

absl::flat_hash_map<int, int> ByName(const EnumDescriptor& from, const EnumDescriptor& to) {
  const std::string strip = Prefix(from);
  const std::string put = Prefix(to);
  absl::flat_hash_map<int, int> values;
  for (int i = 0; i < from.value_count(); ++i) {
    const auto* value = from.value(i);
    const std::string name = absl::StrCat(put, absl::StripPrefix(value->name(), strip));
    const auto* twin = to.FindValueByName(name);
    if (twin != nullptr) values[value->number()] = twin->number();
  }
  return values;
}

// Empty where it leads nowhere.
std::vector<const FieldDescriptor*> Follow(absl::string_view names, const Descriptor& message) {
  std::vector<const FieldDescriptor*> path;
  const Descriptor* at = &message;
  for (absl::string_view name : absl::StrSplit(names, '.')) {
    const auto* field = at == nullptr ? nullptr : at->FindFieldByName(std::string(name));
    if (field == nullptr || (at != &message && path.back()->is_repeated())) return {};
    path.push_back(field);
    at = field->message_type();
  }
  return path;
}

// The message that holds the path's last field; null where one on the way is absent.
const Message* Holder(const Message& root, const std::vector<const FieldDescriptor*>& path) {
  const Message* at = &root;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    if (!at->GetReflection()->HasField(*at, path[i])) return nullptr;
    at = &at->GetReflection()->GetMessage(*at, path[i]);
  }
  return at;
}

Message& MadeHolder(Message& root, const std::vector<const FieldDescriptor*>& path) {
  Message* at = &root;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    at = at->GetReflection()->MutableMessage(at, path[i]);
  }
  return *at;
}

bool Holds(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  return field->is_repeated() ? reflection.FieldSize(message, field) > 0
                              : reflection.HasField(message, field);
}

// Index -1: of a field that is not repeated.
void CopyOne(const Message& from, const FieldDescriptor* source, int index, Message& to,
             const FieldDescriptor* target) {
  const Reflection& get = *from.GetReflection();
  const Reflection& set = *to.GetReflection();
#define MUNIMENT_COPY(TYPE, Name)                                                       \
  case FieldDescriptor::CPPTYPE_##TYPE:                                                 \
    if (index < 0) return set.Set##Name(&to, target, get.Get##Name(from, source));      \
    return set.Add##Name(&to, target, get.GetRepeated##Name(from, source, index))
  switch (source->cpp_type()) {
    MUNIMENT_COPY(INT32, Int32);
    MUNIMENT_COPY(INT64, Int64);
    MUNIMENT_COPY(UINT32, UInt32);
    MUNIMENT_COPY(UINT64, UInt64);
    MUNIMENT_COPY(DOUBLE, Double);
    MUNIMENT_COPY(FLOAT, Float);
    MUNIMENT_COPY(BOOL, Bool);
    MUNIMENT_COPY(STRING, String);
    MUNIMENT_COPY(ENUM, EnumValue);
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (index < 0) {
        return set.MutableMessage(&to, target)->CopyFrom(get.GetMessage(from, source));
      }
      return set.AddMessage(&to, target)->CopyFrom(get.GetRepeatedMessage(from, source, index));
  }
#undef MUNIMENT_COPY
}

absl::Status CopyJson(const Message& from, const FieldDescriptor* source, Message& to,
                      const FieldDescriptor* target) {
  if (source->message_type() != nullptr) {
    std::string json;
    RETURN_IF_ERROR(rpc::WriteJson(from.GetReflection()->GetMessage(from, source), json));
    to.GetReflection()->SetString(&to, target, std::move(json));
    return absl::OkStatus();
  }
  const std::string json = from.GetReflection()->GetString(from, source);
  if (rpc::ReadJson(json, *to.GetReflection()->MutableMessage(&to, target)).ok()) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument,
               absl::StrCat("request.", source->name(), ".malformed"),
               absl::StrCat(source->name(), " must be a JSON object."));
}

bool JsonOf(const FieldDescriptor& bytes, const FieldDescriptor& message) {
  return bytes.type() == FieldDescriptor::TYPE_BYTES && !bytes.is_repeated() &&
         message.message_type() == Struct::descriptor();
}

}  // namespace

// ---------------------------------------------------------------------- applying

absl::Status MessageMap::MoveOne(const Step& step, const Message& from,
                                 const FieldDescriptor* source, int index, Message& to,
                                 const FieldDescriptor* target) {
  const Reflection& get = *from.GetReflection();
  const Reflection& set = *to.GetReflection();
  if (step.how == How::kMessage) {
    const Message& inner = index < 0 ? get.GetMessage(from, source)
                                     : get.GetRepeatedMessage(from, source, index);
    return step.inner->Apply(inner, index < 0 ? *set.MutableMessage(&to, target)
                                              : *set.AddMessage(&to, target));
  }
  if (step.how == How::kJson) return CopyJson(from, source, to, target);
  if (step.how == How::kCopy) {
    CopyOne(from, source, index, to, target);
    return absl::OkStatus();
  }
  const int value = index < 0 ? get.GetEnumValue(from, source)
                              : get.GetRepeatedEnumValue(from, source, index);
  const auto found = step.values.find(value);
  if (found == step.values.end()) {
    return Error(absl::StatusCode::kInvalidArgument,
                 absl::StrCat("request.", source->name(), ".undefined"),
                 absl::StrCat(source->name(), " has a value that is not there."));
  }
  if (index < 0) {
    set.SetEnumValue(&to, target, found->second);
  } else {
    set.AddEnumValue(&to, target, found->second);
  }
  return absl::OkStatus();
}

absl::Status MessageMap::Move(const Step& step, const Message& from, const FieldDescriptor* source,
                              Message& to, const FieldDescriptor* target) {
  if (!source->is_repeated()) return MoveOne(step, from, source, -1, to, target);
  const int size = from.GetReflection()->FieldSize(from, source);
  for (int i = 0; i < size; ++i) RETURN_IF_ERROR(MoveOne(step, from, source, i, to, target));
  return absl::OkStatus();
}

absl::Status MessageMap::ToTwin(const Step& step, const Message& from, Message& to) const {
  if (step.how == How::kAlways) return absl::OkStatus();
  if (step.twin.empty()) {
    if (!Holds(from, step.own)) return absl::OkStatus();
    return step.inner->Apply(from.GetReflection()->GetMessage(from, step.own), to);
  }
  const FieldDescriptor* target = step.twin.back();
  const bool always = !step.own->has_presence() && !step.own->is_repeated() &&
                      target->has_presence();
  if (!always && !Holds(from, step.own)) return absl::OkStatus();
  return Move(step, from, step.own, MadeHolder(to, step.twin), target);
}

absl::Status MessageMap::FromTwin(const Step& step, const Message& from, Message& to) const {
  const Reflection& set = *to.GetReflection();
  if (step.how == How::kAlways) {
    set.SetEnumValue(&to, step.own, step.always);
    return absl::OkStatus();
  }
  if (step.twin.empty()) return step.inner->Apply(from, *set.MutableMessage(&to, step.own));
  const Message* holder = Holder(from, step.twin);
  if (holder == nullptr || !Holds(*holder, step.twin.back())) return absl::OkStatus();
  return Move(step, *holder, step.twin.back(), to, step.own);
}

absl::Status MessageMap::Apply(const Message& from, Message& to) const {
  for (const Step& step : steps_) {
    RETURN_IF_ERROR(to_twin_ ? ToTwin(step, from, to) : FromTwin(step, from, to));
  }
  return absl::OkStatus();
}

// ---------------------------------------------------------------------- compiling

absl::Status MessageMaps::Choose(const FieldDescriptor& own, const Descriptor& twin, bool to_twin,
                                 MessageMap::Step& step) {
  using How = MessageMap::How;
  if (step.twin.empty()) {
    if (own.message_type() == nullptr || own.is_repeated()) return Misfit(own, "is no message.");
    step.how = How::kMessage;
    ASSIGN_OR_RETURN(step.inner, Get(*own.message_type(), twin, to_twin));
    return absl::OkStatus();
  }
  const FieldDescriptor& other = *step.twin.back();
  if (JsonOf(own, other)) {
    step.how = How::kJson;
    return absl::OkStatus();
  }
  if (own.is_repeated() != other.is_repeated() || own.cpp_type() != other.cpp_type()) {
    return Misfit(own, absl::StrCat("is of another type than ", other.full_name(), "."));
  }
  if (own.enum_type() != other.enum_type()) {
    step.how = How::kEnum;
    const EnumDescriptor& from = to_twin ? *own.enum_type() : *other.enum_type();
    step.values = ByName(from, to_twin ? *other.enum_type() : *own.enum_type());
    const bool whole = step.values.size() == static_cast<size_t>(from.value_count());
    return to_twin || whole ? absl::OkStatus()
                            : Misfit(own, "has not all the values of its twin.");
  }
  if (own.message_type() != other.message_type()) {
    step.how = How::kMessage;
    ASSIGN_OR_RETURN(step.inner, Get(*own.message_type(), *other.message_type(), to_twin));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> MessageMaps::Compile(const FieldDescriptor& own, const Descriptor& twin,
                                          bool to_twin, MessageMap::Step& step) {
  step.own = &own;
  std::string said = own.options().GetExtension(muniment::twin);
  if (said.empty()) said = own.name();
  if (said[0] == '=') {
    const auto* value = own.enum_type() == nullptr
                            ? nullptr
                            : own.enum_type()->FindValueByName(said.substr(1));
    if (value == nullptr || to_twin) return Misfit(own, "cannot always be that.");
    step.how = MessageMap::How::kAlways;
    step.always = value->number();
    return true;
  }
  for (absl::string_view path : absl::StrSplit(said, '|')) {
    if (path == "-") return false;
    if (path != ".") step.twin = Follow(path, twin);
    if (path != "." && step.twin.empty()) continue;
    RETURN_IF_ERROR(Choose(own, twin, to_twin, step));
    if (to_twin && !step.twin.empty()) RETURN_IF_ERROR(CheckAsTight(own, *step.twin.back()));
    return true;
  }
  return Misfit(own, absl::StrCat("has no twin in ", twin.full_name(), "."));
}

absl::StatusOr<const MessageMap*> MessageMaps::Get(const Descriptor& own, const Descriptor& twin,
                                                   bool to_twin) {
  const auto [entry, made] = maps_.try_emplace(Key(&own, &twin, to_twin), nullptr);
  if (!made) return entry->second.get();
  // In the table before its fields are: a message may hold its own kind.
  entry->second = std::make_unique<MessageMap>();
  MessageMap* const map = entry->second.get();
  map->to_twin_ = to_twin;
  for (int i = 0; i < own.field_count(); ++i) {
    MessageMap::Step step;
    ASSIGN_OR_RETURN(const bool stands, Compile(*own.field(i), twin, to_twin, step));
    if (!stands) continue;
    if (!step.twin.empty()) map->covered_.insert(step.twin.front());
    if (step.twin.empty() && step.inner != nullptr) {
      map->covered_.insert(step.inner->covered_.begin(), step.inner->covered_.end());
    }
    map->steps_.push_back(std::move(step));
  }
  return map;
}

}  // namespace muniment::gateway
