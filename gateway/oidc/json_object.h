// A JSON object as it is written, member by member.
//
//   JsonObject claims;
//   claims.Add("iss", issuer).Add("exp", seconds).Add("email_verified", true);
//   claims.AddTexts("aud", audience);
//   return claims.Finish();
//
// Names are each given once. Not thread-safe.
#ifndef MUNIMENT_GATEWAY_OIDC_JSON_OBJECT_H_
#define MUNIMENT_GATEWAY_OIDC_JSON_OBJECT_H_

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "gateway/rpc/json_writer.h"

namespace muniment::gateway {

class JsonObject {
 public:
  JsonObject& Add(absl::string_view name, absl::string_view text) {
    rpc::AppendJsonString(text, Next(name));
    return *this;
  }
  JsonObject& Add(absl::string_view name, const char* text) {
    return Add(name, absl::string_view(text));
  }
  JsonObject& Add(absl::string_view name, const std::string& text) {
    return Add(name, absl::string_view(text));
  }
  JsonObject& Add(absl::string_view name, bool value) {
    Next(name).append(value ? "true" : "false");
    return *this;
  }
  JsonObject& Add(absl::string_view name, int64_t number) {
    absl::StrAppend(&Next(name), number);
    return *this;
  }
  // NumericDate (RFC 7519 section 2).
  JsonObject& Add(absl::string_view name, absl::Time time) {
    return Add(name, absl::ToUnixSeconds(time));
  }
  // Nothing for an empty text.
  JsonObject& AddSet(absl::string_view name, absl::string_view text) {
    return text.empty() ? *this : Add(name, text);
  }
  template <class Texts>
  JsonObject& AddTexts(absl::string_view name, const Texts& texts) {
    std::string& out = Next(name);
    out.push_back('[');
    bool first = true;
    for (const auto& text : texts) {
      if (!first) out.push_back(',');
      first = false;
      rpc::AppendJsonString(text, out);
    }
    out.push_back(']');
    return *this;
  }
  JsonObject& Add(absl::string_view name, JsonObject object) {
    Next(name).append(object.Finish());
    return *this;
  }

  // For so many bytes more, where there will be many.
  JsonObject& Reserve(size_t bytes) {
    text_.reserve(text_.size() + bytes);
    return *this;
  }

  bool empty() const { return text_.size() == 1; }
  std::string Finish() {
    text_.push_back('}');
    return std::move(text_);
  }

 private:
  std::string& Next(absl::string_view name) {
    if (text_.size() > 1) text_.push_back(',');
    rpc::AppendJsonString(name, text_);
    text_.push_back(':');
    return text_;
  }

  std::string text_ = "{";
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_JSON_OBJECT_H_
