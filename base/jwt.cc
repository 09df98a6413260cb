#include "base/jwt.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment {
namespace {

using google::protobuf::Struct;
using google::protobuf::Value;

// 9999-12-31T23:59:59Z: later is no time (RFC 3339).
constexpr double kLatest = 253402300799.0;

absl::Status Malformed() {
  return Error(absl::StatusCode::kInvalidArgument, "jwt.malformed",
               "That is no signed JSON Web Token.");
}

absl::StatusOr<Struct> ParseObject(const std::string& json) {
  Struct object;
  google::protobuf::util::JsonParseOptions options;
  const size_t start = json.find_first_not_of(" \t\r\n");
  if (start == std::string::npos || json[start] != '{' || !ValidUtf8(json)) return Malformed();
  if (!google::protobuf::util::JsonStringToMessage(json, &object, options).ok()) return Malformed();
  return object;
}

const Value* Find(const Struct& object, absl::string_view name) {
  const auto found = object.fields().find(std::string(name));
  return found == object.fields().end() ? nullptr : &found->second;
}

std::string TextOf(const Struct& object, absl::string_view name) {
  const Value* value = Find(object, name);
  return value == nullptr ? std::string() : value->string_value();
}

}  // namespace

std::optional<std::string> Jwt::Text(absl::string_view claim) const {
  const Value* value = Find(claims, claim);
  if (value == nullptr || !value->has_string_value()) return std::nullopt;
  return value->string_value();
}

std::optional<absl::Time> Jwt::Time(absl::string_view claim) const {
  const Value* value = Find(claims, claim);
  if (value == nullptr || !value->has_number_value()) return std::nullopt;
  const double seconds = value->number_value();
  if (!std::isfinite(seconds) || seconds < 0 || seconds > kLatest) return std::nullopt;
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

std::optional<bool> Jwt::Flag(absl::string_view claim) const {
  const Value* value = Find(claims, claim);
  if (value == nullptr || !value->has_bool_value()) return std::nullopt;
  return value->bool_value();
}

bool Jwt::Has(absl::string_view claim) const { return Find(claims, claim) != nullptr; }

std::vector<std::string> Jwt::Texts(absl::string_view claim) const {
  const Value* value = Find(claims, claim);
  if (value == nullptr) return {};
  if (value->has_string_value()) return {value->string_value()};
  std::vector<std::string> texts;
  for (const Value& each : value->list_value().values()) {
    if (each.has_string_value()) texts.push_back(each.string_value());
  }
  return texts;
}

bool LooksLikeJwt(absl::string_view text) {
  return std::count(text.begin(), text.end(), '.') == 2;
}

absl::StatusOr<Jwt> ParseJwt(absl::string_view text) {
  if (text.size() > kMaxJwt) return Malformed();
  Jwt token;
  auto parts = SplitJws(text);
  if (!parts.ok()) return Malformed();
  token.parts = *std::move(parts);
  ASSIGN_OR_RETURN(const Struct header, ParseObject(token.parts.header));
  if (Find(header, "crit") != nullptr) {
    return Error(absl::StatusCode::kInvalidArgument, "jwt.critical",
                 "The token asks for an extension that is not known here.");
  }
  const auto algorithm = JwsAlgorithmNamed(TextOf(header, "alg"));
  if (!algorithm.has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "jwt.algorithm",
                 "The token is signed by an algorithm that is not taken.");
  }
  token.algorithm = *algorithm;
  token.key_id = TextOf(header, "kid");
  token.type = absl::AsciiStrToLower(TextOf(header, "typ"));
  token.type = std::string(absl::StripPrefix(token.type, "application/"));
  ASSIGN_OR_RETURN(token.claims, ParseObject(token.parts.payload));
  return token;
}

}  // namespace muniment
