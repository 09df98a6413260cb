#include "gateway/api/message_map.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "gateway/api/enum_names.h"
#include "gateway/api/tight.h"
#include "gateway/rpc/json_reader.h"
#include "gateway/rpc/json_writer.h"
#include "google/protobuf/struct.pb.h"
#include "muniment/binding_options.pb.h"
#include "muniment/options.pb.h"

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

bool Holds(const Message& message, const FieldDescriptor* field) {
  const Reflection& reflection = *message.GetReflection();
  return field->is_repeated() ? reflection.FieldSize(message, field) > 0
                              : reflection.HasField(message, field);
}

}  // namespace

std::vector<const FieldDescriptor*> FollowPath(absl::string_view names,
                                               const Descriptor& message) {
  std::vector<const FieldDescriptor*> path;
  const Descriptor* at = &message;
  for (absl::string_view name : absl::StrSplit(names, '.')) {
    const auto* field = at == nullptr ? nullptr : at->FindFieldByName(std::string(name));
    if (field == nullptr || (at != &message && path.back()->is_map())) return {};
    path.push_back(field);
    at = field->message_type();
  }
  return path;
}

const Message* HolderOf(const Message& root, const std::vector<const FieldDescriptor*>& path) {
  const Message* at = &root;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    if (!Holds(*at, path[i])) return nullptr;
    const Reflection& reflection = *at->GetReflection();
    at = path[i]->is_repeated() ? &reflection.GetRepeatedMessage(*at, path[i], 0)
                                : &reflection.GetMessage(*at, path[i]);
  }
  return at;
}

namespace {

Message& MadeHolder(Message& root, const std::vector<const FieldDescriptor*>& path, int element) {
  Message* at = &root;
  for (size_t i = 0; i + 1 < path.size(); ++i) {
    const Reflection& reflection = *at->GetReflection();
    if (!path[i]->is_repeated()) {
      at = reflection.MutableMessage(at, path[i]);
    } else {
      while (reflection.FieldSize(*at, path[i]) <= element) reflection.AddMessage(at, path[i]);
      at = reflection.MutableRepeatedMessage(at, path[i], element);
    }
  }
  return *at;
}

Message& MadeMessage(Message& to, const FieldDescriptor* target) {
  const Reflection& set = *to.GetReflection();
  return target->is_repeated() ? *set.AddMessage(&to, target) : *set.MutableMessage(&to, target);
}

// Index -1: of a field that is not repeated.
void CopyOne(const Message& from, const FieldDescriptor* source, int index, Message& to,
             const FieldDescriptor* target) {
  const Reflection& get = *from.GetReflection();
  const Reflection& set = *to.GetReflection();
#define MUNIMENT_COPY(TYPE, Name)                                                          \
  case FieldDescriptor::CPPTYPE_##TYPE: {                                                  \
    auto value = index < 0 ? get.Get##Name(from, source)                                   \
                           : get.GetRepeated##Name(from, source, index);                   \
    if (target->is_repeated()) return set.Add##Name(&to, target, std::move(value));        \
    return set.Set##Name(&to, target, std::move(value));                                   \
  }
  switch (source->cpp_type()) {
    MUNIMENT_COPY(INT32, Int32)
    MUNIMENT_COPY(INT64, Int64)
    MUNIMENT_COPY(UINT32, UInt32)
    MUNIMENT_COPY(UINT64, UInt64)
    MUNIMENT_COPY(DOUBLE, Double)
    MUNIMENT_COPY(FLOAT, Float)
    MUNIMENT_COPY(BOOL, Bool)
    MUNIMENT_COPY(STRING, String)
    MUNIMENT_COPY(ENUM, EnumValue)
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MadeMessage(to, target).CopyFrom(
          index < 0 ? get.GetMessage(from, source) : get.GetRepeatedMessage(from, source, index));
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

absl::Status Undefined(const FieldDescriptor& source) {
  return Error(absl::StatusCode::kInvalidArgument,
               absl::StrCat("request.", source.name(), ".undefined"),
               absl::StrCat(source.name(), " has a value that is not there."));
}

// Whether the own enum has two values, that stand for no and yes.
bool FlagOf(const FieldDescriptor& own, const FieldDescriptor& twin) {
  const EnumDescriptor* type = own.enum_type();
  return type != nullptr && twin.type() == FieldDescriptor::TYPE_BOOL && !own.is_repeated() &&
         !twin.is_repeated() && type->value_count() == 2 &&
         type->FindValueByNumber(0) != nullptr && type->FindValueByNumber(1) != nullptr;
}

bool WiderIn(const FieldDescriptor& own, const FieldDescriptor& twin) {
  return own.cpp_type() == FieldDescriptor::CPPTYPE_UINT32 &&
         twin.cpp_type() == FieldDescriptor::CPPTYPE_UINT64 && !own.is_repeated() &&
         !twin.is_repeated();
}

bool JsonOf(const FieldDescriptor& bytes, const FieldDescriptor& message) {
  return bytes.type() == FieldDescriptor::TYPE_BYTES && !bytes.is_repeated() &&
         message.message_type() == Struct::descriptor();
}

}  // namespace

// ---------------------------------------------------------------------- applying

absl::Status MessageMap::MoveOne(const Step& step, const Source& one, Message& to,
                                 const FieldDescriptor* target, GrantedOrganization granted) {
  const auto& [from, source, index] = one;
  const Reflection& get = *from.GetReflection();
  const Reflection& set = *to.GetReflection();
  if (step.how == How::kMessage) {
    const Message& inner = index < 0 ? get.GetMessage(from, source)
                                     : get.GetRepeatedMessage(from, source, index);
    return step.inner->Apply(inner, MadeMessage(to, target), granted);
  }
  if (step.how == How::kJson) return CopyJson(from, source, to, target);
  if (step.how == How::kCopy) {
    CopyOne(from, source, index, to, target);
    return absl::OkStatus();
  }
  if (step.how == How::kGranted) {
    set.SetString(&to, target,
                  granted(get.GetString(from, step.project), get.GetString(from, source)));
    return absl::OkStatus();
  }
  if (step.how == How::kContrary) {
    set.SetBool(&to, target, !get.GetBool(from, source));
    return absl::OkStatus();
  }
  if (step.how == How::kWider) {
    set.SetUInt64(&to, target, get.GetUInt32(from, source));
    return absl::OkStatus();
  }
  if (step.how == How::kFlag) {
    if (source->enum_type() == nullptr) {
      set.SetEnumValue(&to, target, get.GetBool(from, source) ? 1 : 0);
      return absl::OkStatus();
    }
    const int said = get.GetEnumValue(from, source);
    if (said != 0 && said != 1) return Undefined(*source);
    set.SetBool(&to, target, said == 1);
    return absl::OkStatus();
  }
  if (step.how == How::kBehind) {
    set.SetString(&to, target,
                  absl::StrCat(set.GetString(to, target), "/", get.GetString(from, source)));
    return absl::OkStatus();
  }
  const int value = index < 0 ? get.GetEnumValue(from, source)
                              : get.GetRepeatedEnumValue(from, source, index);
  const auto found = step.values.find(value);
  if (found == step.values.end()) {
    return step.some_values ? absl::OkStatus() : Undefined(*source);
  }
  if (target->is_repeated()) {
    set.AddEnumValue(&to, target, found->second);
  } else {
    set.SetEnumValue(&to, target, found->second);
  }
  return absl::OkStatus();
}

absl::Status MessageMap::Move(const Step& step, const Message& from, const FieldDescriptor* source,
                              Message& to, const FieldDescriptor* target,
                              GrantedOrganization granted) {
  if (!source->is_repeated()) return MoveOne(step, {from, source, -1}, to, target, granted);
  const int all = from.GetReflection()->FieldSize(from, source);
  const int size = target->is_repeated() ? all : std::min(all, 1);
  for (int i = 0; i < size; ++i) {
    RETURN_IF_ERROR(MoveOne(step, {from, source, i}, to, target, granted));
  }
  return absl::OkStatus();
}

absl::Status MessageMap::ToTwin(const Step& step, const Message& from, Message& to,
                                GrantedOrganization granted) {
  if (step.how == How::kAlways) return absl::OkStatus();
  if (step.twin.empty()) {
    if (!Holds(from, step.own)) return absl::OkStatus();
    return step.inner->Apply(from.GetReflection()->GetMessage(from, step.own), to, granted);
  }
  const FieldDescriptor* target = step.twin.back();
  const bool always = !step.own->has_presence() && !step.own->is_repeated() &&
                      (target->has_presence() || step.zero_speaks ||
                       step.how == How::kContrary) &&
                      !step.empty_is_none;
  if (!always && !Holds(from, step.own)) return absl::OkStatus();
  return Move(step, from, step.own, MadeHolder(to, step.twin, step.element), target, granted);
}

absl::Status MessageMap::FromTwin(const Step& step, const Message& from, Message& to,
                                  GrantedOrganization granted) {
  const Reflection& set = *to.GetReflection();
  if (step.how == How::kAlways) {
    set.SetEnumValue(&to, step.own, step.always);
    return absl::OkStatus();
  }
  if (step.twin.empty()) {
    return step.inner->Apply(from, *set.MutableMessage(&to, step.own), granted);
  }
  const Message* holder = HolderOf(from, step.twin);
  if (holder == nullptr || !Holds(*holder, step.twin.back())) return absl::OkStatus();
  return Move(step, *holder, step.twin.back(), to, step.own, granted);
}

absl::Status MessageMap::Apply(const Message& from, Message& to,
                               GrantedOrganization granted) const {
  for (const Step& step : steps_) {
    RETURN_IF_ERROR(to_twin_ ? ToTwin(step, from, to, granted)
                             : FromTwin(step, from, to, granted));
  }
  return absl::OkStatus();
}

// ---------------------------------------------------------------------- compiling

absl::Status MessageMaps::ChooseLookup(const FieldDescriptor& own, MessageMap::Step& step) {
  const auto text = [](const FieldDescriptor* field) {
    return field != nullptr && field->type() == FieldDescriptor::TYPE_STRING &&
           !field->is_repeated();
  };
  step.how = MessageMap::How::kGranted;
  step.project = own.containing_type()->FindFieldByName("project_id");
  const bool fits = text(&own) && text(step.project) && !step.twin.empty() &&
                    text(step.twin.back());
  return fits ? absl::OkStatus() : Misfit(own, "is no id of a grant beside its project's.");
}

absl::Status MessageMaps::ChooseEnum(const FieldDescriptor& own, bool to_twin,
                                     MessageMap::Step& step) {
  const FieldDescriptor& other = *step.twin.back();
  step.how = MessageMap::How::kEnum;
  const EnumDescriptor& from = to_twin ? *own.enum_type() : *other.enum_type();
  NamedAlike alike = ByName(from, to_twin ? *other.enum_type() : *own.enum_type());
  step.values = std::move(alike.values);
  if (!to_twin) {
    step.some_values = !alike.nameless.empty();
    return TellsAll(own, *other.enum_type());
  }
  const auto zero = step.values.find(0);
  step.zero_speaks = zero != step.values.end() && zero->second != 0;
  if (other.options().GetExtension(limit).not_zero()) {
    absl::erase_if(step.values, [](const auto& value) { return value.second == 0; });
  }
  return absl::OkStatus();
}

absl::Status MessageMaps::Choose(const FieldDescriptor& own, const Descriptor& twin, bool to_twin,
                                 MessageMap::Step& step) {
  using How = MessageMap::How;
  if (to_twin && own.options().GetExtension(muniment::lookup) != LOOKUP_NONE) {
    return ChooseLookup(own, step);
  }
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
  if (FlagOf(own, other)) {
    step.how = How::kFlag;
    return absl::OkStatus();
  }
  if (to_twin && WiderIn(own, other)) {
    step.how = How::kWider;
    return absl::OkStatus();
  }
  // Of several to one there would be some that go nowhere.
  if ((own.is_repeated() && !other.is_repeated()) || own.cpp_type() != other.cpp_type()) {
    return Misfit(own, absl::StrCat("is of another type than ", other.full_name(), "."));
  }
  if (own.enum_type() != other.enum_type()) {
    return ChooseEnum(own, to_twin, step);
  }
  if (own.message_type() != other.message_type()) {
    step.how = How::kMessage;
    ASSIGN_OR_RETURN(step.inner, Get(*own.message_type(), *other.message_type(), to_twin));
  }
  return absl::OkStatus();
}

namespace {

// "filters[1].id": a path on which an element is named. Empty where it leads nowhere.
absl::StatusOr<std::vector<const FieldDescriptor*>> Reach(const FieldDescriptor& own,
                                                          absl::string_view path,
                                                          const Descriptor& twin, int& element) {
  const size_t open = path.find('[');
  if (open == absl::string_view::npos) return FollowPath(path, twin);
  const size_t shut = path.find(']', open);
  if (shut == absl::string_view::npos ||
      !absl::SimpleAtoi(path.substr(open + 1, shut - open - 1), &element) || element > 9) {
    return Misfit(own, "names no element.");
  }
  return FollowPath(absl::StrCat(path.substr(0, open), path.substr(shut + 1)), twin);
}

// Whether another text was put at its place.
bool StandsBehind(const FieldDescriptor& own, const FieldDescriptor& target) {
  return own.type() == FieldDescriptor::TYPE_STRING && !own.is_repeated() &&
         !target.is_repeated();
}

}  // namespace

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
    step.empty_is_none = absl::ConsumeSuffix(&path, "?");
    const bool contrary = absl::ConsumePrefix(&path, "!");
    if (path == "-") return false;
    if (path != ".") {
      ASSIGN_OR_RETURN(step.twin, Reach(own, path, twin, step.element));
    }
    if (path != "." && step.twin.empty()) continue;
    RETURN_IF_ERROR(Choose(own, twin, to_twin, step));
    if (contrary) step.how = MessageMap::How::kContrary;
    if (contrary && (own.type() != FieldDescriptor::TYPE_BOOL || own.is_repeated() || !to_twin)) {
      return Misfit(own, "has no contrary.");
    }
    if (to_twin && !step.twin.empty()) {
      RETURN_IF_ERROR(CheckAsTight(own, *step.twin.back(), step.empty_is_none));
    }
    return true;
  }
  return Misfit(own, absl::StrCat("has no twin in ", twin.full_name(), "."));
}

std::vector<MappedEnum> MessageMaps::enums() const {
  std::vector<MappedEnum> all;
  for (const auto& [key, map] : maps_) {
    const auto& [own, twin, to_twin] = key;
    for (const MessageMap::Step& step : map->steps_) {
      if (step.how != MessageMap::How::kEnum) continue;
      all.push_back({step.own, twin, step.twin, to_twin, step.element, map.get()});
    }
  }
  return all;
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
    const bool again = std::any_of(
        map->steps_.begin(), map->steps_.end(), [&step](const MessageMap::Step& earlier) {
          return !step.twin.empty() && earlier.twin == step.twin && earlier.element == step.element;
        });
    if (to_twin && again && StandsBehind(*step.own, *step.twin.back())) {
      step.how = MessageMap::How::kBehind;
    }
    if (!step.twin.empty()) map->covered_.insert(step.twin.front());
    if (step.twin.empty() && step.inner != nullptr) {
      map->covered_.insert(step.inner->covered_.begin(), step.inner->covered_.end());
    }
    map->steps_.push_back(std::move(step));
  }
  return map;
}

}  // namespace muniment::gateway
