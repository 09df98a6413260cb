#include "gateway/api/tight.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/error.h"
#include "muniment/options.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::FieldDescriptor;

uint32_t AtMost(uint32_t limit) {
  return limit == 0 ? std::numeric_limits<uint32_t>::max() : limit;
}

// A text or bytes that is measured wherever it is not there, and so always has something in it.
bool NeverEmpty(const FieldDescriptor& field, const Limit& limit) {
  return limit.required() || (!field.has_presence() && limit.min_len() > 0);
}

// The first that the own one lacks; null for none.
const char* Lacks(const FieldDescriptor& own_field, const FieldDescriptor& other_field,
                  bool empty_is_none) {
  const Limit& own = own_field.options().GetExtension(limit);
  const Limit& other = other_field.options().GetExtension(limit);
  const bool text = own_field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  if (other.required() && !NeverEmpty(own_field, own) && !empty_is_none) return "required";
  const uint32_t least = std::max<uint32_t>(own.min_len(), own.required() || empty_is_none);
  if (text && least < other.min_len()) return "min_len";
  if (text && AtMost(own.max_len()) > AtMost(other.max_len())) return "max_len";
  if (other.email() && !own.email()) return "email";
  if (other.name() && !own.name()) return "name";
  if (other.id() && !own.id()) return "id";
  if (other.uri() && !own.uri()) return "uri";
  if (other.only_true() && !own.only_true() && !empty_is_none) return "only_true";
  // Values of another enum are mapped by name, which leaves none that is not defined or that may not be.
  const bool mapped = own_field.enum_type() != other_field.enum_type();
  if (other.defined_only() && !own.defined_only() && !mapped) return "defined_only";
  if (other.not_zero() && !own.not_zero() && !empty_is_none && !mapped) return "not_zero";
  if (other.unique_items() && !own.unique_items() && own_field.is_repeated()) return "unique_items";
  // One that stands for a list is its only element.
  const bool one = other_field.is_repeated() && !own_field.is_repeated();
  const uint32_t items = one ? NeverEmpty(own_field, own) : own.min_items();
  if (items < other.min_items()) return "min_items";
  if (!one && AtMost(own.max_items()) > AtMost(other.max_items())) return "max_items";
  if (!other.bounded()) return nullptr;
  const bool within = own.bounded() && own.min() >= other.min() && own.max() <= other.max();
  return within ? nullptr : "min and max";
}

}  // namespace

absl::Status CheckAsTight(const FieldDescriptor& own, const FieldDescriptor& other,
                          bool empty_is_none) {
  const char* lacks = Lacks(own, other, empty_is_none);
  if (lacks == nullptr && !other.options().GetExtension(unserved).empty() &&
      own.options().GetExtension(unserved).empty()) {
    lacks = "unserved";
  }
  if (lacks == nullptr) return absl::OkStatus();
  return Error(absl::StatusCode::kInternal, "api.binding",
               absl::StrCat(own.full_name(), " must be held to the ", lacks, " of ",
                            other.full_name(), "."));
}

}  // namespace muniment::gateway
