#include "gateway/rpc/json_scalar.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "absl/strings/charconv.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gateway/rpc/metadata.h"

namespace muniment::rpc {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// absl's reader takes more than JSON does: hexadecimal, "inf".
bool Decimal(absl::string_view text) {
  return text.find_first_not_of("0123456789.eE+-") == absl::string_view::npos && text != "";
}

// An integer, also as "1.0" or "1e3" (which are JSON's integers too) while it is exact.
template <typename T>
bool ParseInteger(absl::string_view text, T& out) {
  const char* end = text.data() + text.size();
  const auto exact = std::from_chars(text.data(), end, out);
  if (exact.ec == std::errc() && exact.ptr == end) return true;
  double value;
  if (!Decimal(text)) return false;
  const auto real = absl::from_chars(text.data(), end, value);
  if (real.ec != std::errc() || real.ptr != end || value != std::floor(value)) return false;
  // 2^63 and 2^64 are doubles, the largest integers below them are not.
  if (value < static_cast<double>(std::numeric_limits<T>::min()) ||
      value >= std::ldexp(1.0, std::numeric_limits<T>::digits)) {
    return false;
  }
  out = static_cast<T>(value);
  return true;
}

bool ParseDouble(absl::string_view text, bool quoted, double& out) {
  if (quoted && text == "NaN") out = std::nan("");
  else if (quoted && text == "Infinity") out = std::numeric_limits<double>::infinity();
  else if (quoted && text == "-Infinity") out = -std::numeric_limits<double>::infinity();
  else {
    if (!Decimal(text) || text[0] == '+' || text[0] == '.') return false;
    const auto result = absl::from_chars(text.data(), text.data() + text.size(), out);
    if (result.ptr != text.data() + text.size() || !std::isfinite(out)) return false;
    // Too small for a double is zero; too large is refused.
    return result.ec == std::errc() || std::fabs(out) < 1;
  }
  return true;
}

template <typename T, typename Set, typename Add>
bool Store(absl::string_view text, const FieldDescriptor* field, Set set, Add add) {
  T value;
  if (!ParseInteger(text, value)) return false;
  if (field->is_repeated()) {
    add(value);
  } else {
    set(value);
  }
  return true;
}

bool SetReal(absl::string_view text, bool quoted, const FieldDescriptor* f, Message& m) {
  const auto* r = m.GetReflection();
  double value;
  if (!ParseDouble(text, quoted, value)) return false;
  if (f->cpp_type() == FieldDescriptor::CPPTYPE_FLOAT) {
    const auto single = static_cast<float>(value);
    if (std::isfinite(value) && !std::isfinite(single)) return false;
    f->is_repeated() ? r->AddFloat(&m, f, single) : r->SetFloat(&m, f, single);
  } else {
    f->is_repeated() ? r->AddDouble(&m, f, value) : r->SetDouble(&m, f, value);
  }
  return true;
}

bool SetEnumNumber(absl::string_view text, const FieldDescriptor* f, Message& m) {
  int32_t number;
  if (!ParseInteger(text, number)) return false;
  const auto* r = m.GetReflection();
  f->is_repeated() ? r->AddEnumValue(&m, f, number) : r->SetEnumValue(&m, f, number);
  return true;
}

}  // namespace

bool SetNumber(absl::string_view text, bool quoted, const FieldDescriptor* f, Message& m) {
  const auto* r = m.GetReflection();
  switch (f->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return Store<int32_t>(
          text, f, [&](int32_t v) { r->SetInt32(&m, f, v); },
          [&](int32_t v) { r->AddInt32(&m, f, v); });
    case FieldDescriptor::CPPTYPE_UINT32:
      return Store<uint32_t>(
          text, f, [&](uint32_t v) { r->SetUInt32(&m, f, v); },
          [&](uint32_t v) { r->AddUInt32(&m, f, v); });
    case FieldDescriptor::CPPTYPE_INT64:
      return Store<int64_t>(
          text, f, [&](int64_t v) { r->SetInt64(&m, f, v); },
          [&](int64_t v) { r->AddInt64(&m, f, v); });
    case FieldDescriptor::CPPTYPE_UINT64:
      return Store<uint64_t>(
          text, f, [&](uint64_t v) { r->SetUInt64(&m, f, v); },
          [&](uint64_t v) { r->AddUInt64(&m, f, v); });
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT: return SetReal(text, quoted, f, m);
    case FieldDescriptor::CPPTYPE_ENUM: return SetEnumNumber(text, f, m);
    default: return false;
  }
}

bool SetEnum(absl::string_view name, const FieldDescriptor* f, Message& m) {
  const EnumValueDescriptor* value = f->enum_type()->FindValueByName(std::string(name));
  if (value == nullptr) return false;
  const auto* r = m.GetReflection();
  f->is_repeated() ? r->AddEnum(&m, f, value) : r->SetEnum(&m, f, value);
  return true;
}

bool SetBool(bool value, const FieldDescriptor* f, Message& m) {
  if (f->cpp_type() != FieldDescriptor::CPPTYPE_BOOL) return false;
  const auto* r = m.GetReflection();
  f->is_repeated() ? r->AddBool(&m, f, value) : r->SetBool(&m, f, value);
  return true;
}

bool SetString(std::string text, const FieldDescriptor* f, Message& m) {
  if (f->type() == FieldDescriptor::TYPE_BYTES) {
    std::string bytes;
    if (!DecodeBase64(text, bytes)) return false;
    text = std::move(bytes);
  }
  const auto* r = m.GetReflection();
  f->is_repeated() ? r->AddString(&m, f, std::move(text)) : r->SetString(&m, f, std::move(text));
  return true;
}

std::string Expected(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return field->type() == FieldDescriptor::TYPE_BYTES ? "base64 in a string" : "a string";
    case FieldDescriptor::CPPTYPE_BOOL: return "true or false";
    case FieldDescriptor::CPPTYPE_INT32: return "a whole number of 32 bits";
    case FieldDescriptor::CPPTYPE_INT64: return "a whole number of 64 bits";
    case FieldDescriptor::CPPTYPE_UINT32: return "a whole number of 32 bits, not negative";
    case FieldDescriptor::CPPTYPE_UINT64: return "a whole number of 64 bits, not negative";
    case FieldDescriptor::CPPTYPE_FLOAT:
    case FieldDescriptor::CPPTYPE_DOUBLE: return "a number";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("a name of ", field->enum_type()->full_name());
    case FieldDescriptor::CPPTYPE_MESSAGE: return "an object";
  }
  return "another value";
}

}  // namespace muniment::rpc
