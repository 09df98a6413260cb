#include "base/limits.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/email_address.h"
#include "base/error.h"
#include "base/names.h"
#include "base/text.h"
#include "muniment/import_options.pb.h"
#include "muniment/options.pb.h"

namespace muniment {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

namespace {

struct Plan;

struct FieldPlan {
  const FieldDescriptor* field = nullptr;
  Limit limit;
  std::string unserved;
  const Plan* inner = nullptr;  // null: nothing to look at inside
};

struct Plan {
  std::vector<FieldPlan> fields;
};

// Whether a limit stands anywhere in the message or below it.
bool Interesting(const Descriptor* message, absl::flat_hash_set<const Descriptor*>& seen) {
  if (!seen.insert(message).second) return false;
  for (int i = 0; i < message->field_count(); ++i) {
    const FieldDescriptor* field = message->field(i);
    if (field->options().HasExtension(limit) || field->options().HasExtension(unserved)) {
      return true;
    }
    if (field->message_type() != nullptr && Interesting(field->message_type(), seen)) return true;
  }
  return false;
}

class Plans {
 public:
  const Plan* Of(const Descriptor* message) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      const auto found = plans_.find(message);
      if (found != plans_.end()) return found->second.get();
    }
    absl::MutexLock lock(&mutex_);
    return Compile(message);
  }

 private:
  // A plan is entered before it is filled: messages may hold themselves.
  const Plan* Compile(const Descriptor* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [entry, first] = plans_.try_emplace(message, nullptr);
    if (!first) return entry->second.get();
    entry->second = std::make_unique<Plan>();
    Plan* plan = entry->second.get();
    for (int i = 0; i < message->field_count(); ++i) {
      FieldPlan field;
      field.field = message->field(i);
      field.limit = field.field->options().GetExtension(limit);
      field.unserved = field.field->options().GetExtension(unserved);
      absl::flat_hash_set<const Descriptor*> seen;
      if (field.field->message_type() != nullptr &&
          !field.field->options().GetExtension(apart) &&
          Interesting(field.field->message_type(), seen)) {
        field.inner = Compile(field.field->message_type());
      }
      if (field.inner != nullptr || !field.unserved.empty() ||
          field.field->options().HasExtension(limit)) {
        plan->fields.push_back(std::move(field));
      }
    }
    return plan;
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<Plan>> plans_ ABSL_GUARDED_BY(mutex_);
};

// Where a check stands in the request, for the fault's name.
struct Place {
  const Place* outer = nullptr;
  const FieldDescriptor* field = nullptr;
  int index = -1;  // in a repeated field

  std::string Name(bool with_index) const {
    std::string name = outer == nullptr ? "" : absl::StrCat(outer->Name(with_index), ".");
    absl::StrAppend(&name, field->name());
    if (with_index && index >= 0) absl::StrAppend(&name, "[", index, "]");
    return name;
  }
};

absl::Status Fault(const Place& place, absl::string_view what, absl::string_view message) {
  const std::string name = place.Name(true);
  absl::Status status = Error(absl::StatusCode::kInvalidArgument,
                              absl::StrCat("request.", place.Name(false), ".", what),
                              absl::StrCat(name, ": ", message));
  SetErrorFact(status, "field", name);
  return status;
}

absl::Status CheckText(const Limit& limit, const Place& place, absl::string_view text) {
  const bool bytes = place.field->type() == FieldDescriptor::TYPE_BYTES;
  const size_t length = bytes ? text.size() : CodePoints(text);
  const absl::string_view unit = bytes ? " bytes" : " characters";
  if (length < limit.min_len()) {
    return Fault(place, "too_short", absl::StrCat("at least ", limit.min_len(), unit));
  }
  if (limit.max_len() > 0 && length > limit.max_len()) {
    return Fault(place, "too_long", absl::StrCat("at most ", limit.max_len(), unit));
  }
  if (limit.email() && !text.empty() && !ParseEmailAddress(text).ok()) {
    return Fault(place, "not_email", "must be a plain e-mail address, such as ada@example.com");
  }
  if (limit.name() && !text.empty() && !ValidName(text)) {
    return Fault(place, "not_name",
                 "a name shows something, has plain spaces, one at a time and none at its ends, at "
                 "most four marks on a letter, and no characters that are unassigned, private, "
                 "control, invisible or turn the order of others");
  }
  if (limit.id() && !text.empty() && !ValidId(text)) {
    return Fault(place, "not_id",
                 "an id is of letters and digits of ASCII and of - _ . ~ : @ | + =, and begins with "
                 "a letter, a digit, - or _; it has a letter or a digit and is no word for nothing");
  }
  if (limit.uri() && !text.empty() && !LooksLikeUriReference(text)) {
    return Fault(place, "not_uri", "not a URI");
  }
  return absl::OkStatus();
}

absl::Status CheckNumber(const Limit& limit, const Place& place, bool below, bool above) {
  if (limit.bounded() && (below || above)) {
    return Fault(place, "out_of_range", absl::StrCat(limit.min(), " to ", limit.max()));
  }
  return absl::OkStatus();
}

absl::Status CheckMessage(const Plan& plan, const Message& message, const Place* outer);

// One value: of a plain field, or an element of a repeated one.
absl::Status CheckValue(const FieldPlan& plan, const Message& message, const Place& place) {
  const FieldDescriptor* field = plan.field;
  const Reflection& reflection = *message.GetReflection();
  const Limit& limit = plan.limit;
  const int i = place.index;
  const auto get = [&](auto one, auto nth) {
    return i < 0 ? (reflection.*one)(message, field) : (reflection.*nth)(message, field, i);
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string scratch;
      return CheckText(limit, place,
                       i < 0 ? reflection.GetStringReference(message, field, &scratch)
                             : reflection.GetRepeatedStringReference(message, field, i, &scratch));
    }
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int value = get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
      if (limit.defined_only() && field->enum_type()->FindValueByNumber(value) == nullptr) {
        return Fault(place, "undefined", "a value that is not declared");
      }
      if (limit.not_zero() && value == 0) return Fault(place, "zero", "must be chosen");
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT32: {
      const int32_t value = get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32);
      return CheckNumber(limit, place, value<limit.min(), value> limit.max());
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      const int64_t value = get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64);
      return CheckNumber(limit, place, value<limit.min(), value> limit.max());
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      const int64_t value = get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32);
      return CheckNumber(limit, place, value<limit.min(), value> limit.max());
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      const uint64_t value = get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64);
      const auto at_least = limit.min() <= 0 ? 0 : static_cast<uint64_t>(limit.min());
      return CheckNumber(limit, place, value < at_least,
                         limit.max() < 0 || value > static_cast<uint64_t>(limit.max()));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (plan.inner == nullptr) return absl::OkStatus();
      return CheckMessage(*plan.inner,
                          i < 0 ? reflection.GetMessage(message, field)
                                : reflection.GetRepeatedMessage(message, field, i),
                          &place);
    default:
      return absl::OkStatus();
  }
}

// Of texts and enums.
absl::Status CheckUnique(const FieldPlan& plan, const Message& message, const Place& place) {
  absl::flat_hash_set<std::string> seen;
  const Reflection& reflection = *message.GetReflection();
  const bool text = plan.field->cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (!text && plan.field->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return absl::OkStatus();
  for (int i = 0; i < reflection.FieldSize(message, plan.field); ++i) {
    std::string value = text ? reflection.GetRepeatedString(message, plan.field, i)
                             : absl::StrCat(reflection.GetRepeatedEnumValue(message, plan.field,
                                                                            i));
    if (!seen.insert(std::move(value)).second) {
      return Fault(Place{place.outer, plan.field, i}, "repeated", "stands twice");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckRepeated(const FieldPlan& plan, const Message& message, const Place& place) {
  const uint32_t size = message.GetReflection()->FieldSize(message, plan.field);
  const Limit& limit = plan.limit;
  if (limit.required() && size == 0) return Fault(place, "required", "must not be empty");
  if (size < limit.min_items()) {
    return Fault(place, "too_few", absl::StrCat("at least ", limit.min_items(), " elements"));
  }
  if (limit.max_items() > 0 && size > limit.max_items()) {
    return Fault(place, "too_many", absl::StrCat("at most ", limit.max_items(), " elements"));
  }
  if (plan.field->is_map()) return absl::OkStatus();
  for (uint32_t i = 0; i < size; ++i) {
    RETURN_IF_ERROR(CheckValue(plan, message, Place{place.outer, plan.field, static_cast<int>(i)}));
  }
  return limit.unique_items() ? CheckUnique(plan, message, place) : absl::OkStatus();
}

absl::Status CheckField(const FieldPlan& plan, const Message& message, const Place& place) {
  const FieldDescriptor* field = plan.field;
  const Reflection& reflection = *message.GetReflection();
  const bool set = field->is_repeated() ? reflection.FieldSize(message, field) > 0
                                        : reflection.HasField(message, field);
  if (set && !plan.unserved.empty()) {
    const std::string name = place.Name(true);
    absl::Status status =
        Error(absl::StatusCode::kUnimplemented, "request.unserved",
              absl::StrCat(name, " is not served yet: it waits for ", plan.unserved, "."));
    SetErrorFact(status, "field", name);
    SetErrorFact(status, "waits_for", plan.unserved);
    return status;
  }
  if (field->is_repeated()) return CheckRepeated(plan, message, place);
  if (!set && field->real_containing_oneof() != nullptr) return absl::OkStatus();
  if (!set && plan.limit.required()) return Fault(place, "required", "must be set");
  if (!set && field->has_presence()) return absl::OkStatus();
  if (plan.limit.only_true() && field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    return !set || reflection.GetBool(message, field)
               ? absl::OkStatus()
               : Fault(place, "not_true", "must be true where it is set");
  }
  return CheckValue(plan, message, place);
}

absl::Status CheckMessage(const Plan& plan, const Message& message, const Place* outer) {
  for (const FieldPlan& field : plan.fields) {
    RETURN_IF_ERROR(CheckField(field, message, Place{outer, field.field, -1}));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckRequest(const Message& request) {
  static Plans* const plans = new Plans;
  return CheckMessage(*plans->Of(request.GetDescriptor()), request, nullptr);
}

bool LooksLikeUriReference(absl::string_view text) {
  constexpr absl::string_view kMarks = "-._~:/?#[]@!$&'()*+,;=";
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !absl::ascii_isxdigit(text[i + 1]) ||
          !absl::ascii_isxdigit(text[i + 2])) {
        return false;
      }
      i += 2;
    } else if (!absl::ascii_isalnum(c) && kMarks.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  // A scheme is a letter and letters, digits, "+", "-", ".": a colon before any slash says there is
  // one.
  const size_t colon = text.find(':');
  const size_t path = text.find_first_of("/?#");
  if (colon == absl::string_view::npos || path < colon) return true;
  if (!absl::ascii_isalpha(text[0])) return false;
  for (const char c : text.substr(0, colon)) {
    if (!absl::ascii_isalnum(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace muniment
