#include "gateway/message/mail_header.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/text.h"

namespace muniment::gateway {
namespace {

// RFC 2047 section 2: 75 characters for an encoded word, of which "=?utf-8?B??=" takes 12; 45 bytes
// are 60 characters of base64.
constexpr size_t kWordBytes = 45;
// Longer texts are folded, which only encoded words can be at any place.
constexpr size_t kPlainBytes = 70;

std::string Harmless(absl::string_view text) {
  std::string harmless;
  for (const char c : text) {
    harmless += absl::ascii_iscntrl(static_cast<unsigned char>(c)) ? ' ' : c;
  }
  // U+0085, U+2028 and U+2029 end lines for some readers; as encoded words they are none.
  return std::string(absl::StripAsciiWhitespace(harmless));
}

bool IsPlain(absl::string_view text) {
  return text.size() <= kPlainBytes && !absl::StrContains(text, "=?") &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isascii(static_cast<unsigned char>(c)); });
}

bool ContinuesCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

// No word ends within a character.
std::string Encoded(absl::string_view text) {
  std::string words;
  while (!text.empty()) {
    size_t length = std::min(text.size(), kWordBytes);
    while (length < text.size() && length > kWordBytes - 4 && ContinuesCharacter(text[length])) {
      --length;
    }
    absl::StrAppend(&words, words.empty() ? "" : "\r\n ", "=?utf-8?B?",
                    Base64Encode(text.substr(0, length)), "?=");
    text.remove_prefix(length);
  }
  return words;
}

std::string Quoted(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

std::string HeaderText(absl::string_view text) {
  const std::string harmless = Harmless(text);
  return IsPlain(harmless) ? harmless : Encoded(harmless);
}

std::string Mailbox(absl::string_view name, absl::string_view address) {
  const std::string harmless = Harmless(name);
  const std::string bracketed = absl::StrCat("<", Harmless(address), ">");
  if (harmless.empty()) return bracketed;
  return absl::StrCat(IsPlain(harmless) ? Quoted(harmless) : Encoded(harmless), " ", bracketed);
}

std::string KeyForReceivers(absl::string_view key) {
  return HexEncode(Sha256("muniment.message", key).view().substr(0, 16));
}

std::string MessageId(absl::string_view key, absl::string_view domain) {
  return absl::StrCat("<", KeyForReceivers(key), "@", Harmless(domain), ">");
}

std::string MailDate(absl::Time time) {
  return absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", time, absl::UTCTimeZone());
}

}  // namespace muniment::gateway
