#include "base/redirect.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace muniment {
namespace {

void AppendEncoded(absl::string_view text, std::string* out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::string_view("-._~").find(c) != absl::string_view::npos) {
      out->push_back(c);
    } else {
      out->push_back('%');
      out->push_back(kHex[byte >> 4]);
      out->push_back(kHex[byte & 15]);
    }
  }
}

}  // namespace

std::string FormEncode(const Parameters& parameters) {
  std::string text;
  for (const auto& [name, value] : parameters) {
    if (!text.empty()) text.push_back('&');
    AppendEncoded(name, &text);
    text.push_back('=');
    AppendEncoded(value, &text);
  }
  return text;
}

std::string RedirectTo(absl::string_view uri, event::v1::OidcResponseMode mode,
                       const Parameters& parameters) {
  const bool fragment = mode == event::v1::OIDC_RESPONSE_MODE_FRAGMENT;
  const bool query = uri.find('?') != absl::string_view::npos;
  const absl::string_view between = fragment ? "#" : query ? "&" : "?";
  return absl::StrCat(uri, between, FormEncode(parameters));
}

}  // namespace muniment
