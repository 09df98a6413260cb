#include "base/totp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/code.h"
#include "base/crypto.h"

namespace muniment {
namespace {

constexpr absl::string_view kBase32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr CodeGenerator kTyped{kTotpDigits, absl::ZeroDuration(), false, false, true};

// RFC 3986: all but unreserved characters; in a path @ may stand as it is.
std::string Escape(absl::string_view text, absl::string_view also = "") {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (absl::ascii_isalnum(byte) || absl::StrContains(absl::StrCat("-._~", also), c)) {
      escaped += c;
    } else {
      absl::StrAppendFormat(&escaped, "%%%02X", byte);
    }
  }
  return escaped;
}

}  // namespace

std::string Hotp(absl::string_view secret, uint64_t counter, int digits) {
  MUNIMENT_CHECK(digits >= 6 && digits <= 8);
  unsigned char message[8];
  for (int i = 7; i >= 0; --i, counter >>= 8) message[i] = static_cast<unsigned char>(counter);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  MUNIMENT_CHECK(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), message,
                      sizeof(message), mac, &size) != nullptr &&
                 size == 20);
  const int offset = mac[19] & 15;
  uint32_t value = mac[offset] & 127u;
  for (int i = 1; i < 4; ++i) value = value << 8 | mac[offset + i];
  uint32_t modulus = 1;
  for (int i = 0; i < digits; ++i) modulus *= 10;
  return absl::StrFormat("%0*d", digits, value % modulus);
}

int64_t TotpStep(absl::Time time) {
  return absl::ToUnixSeconds(time) / absl::ToInt64Seconds(kTotpPeriod);
}

std::optional<int64_t> VerifyTotp(absl::string_view secret, absl::string_view typed, absl::Time now,
                                  int64_t last_step) {
  const std::string code = NormalizeCode(kTyped, typed);
  const int64_t current = TotpStep(now);
  std::optional<int64_t> matched;
  for (int64_t step = current - kTotpSkew; step <= current + kTotpSkew; ++step) {
    if (step < 0) continue;
    const bool same = ConstantTimeEqual(code, Hotp(secret, static_cast<uint64_t>(step)));
    if (same && step > last_step) matched = step;
  }
  return matched;
}

std::string TotpUri(absl::string_view issuer, absl::string_view account, absl::string_view secret) {
  const std::string name = absl::StrReplaceAll(issuer, {{":", ""}});
  return absl::StrCat("otpauth://totp/", Escape(name, "@"), ":", Escape(account, "@"),
                      "?algorithm=SHA1&digits=", kTotpDigits, "&issuer=", Escape(name),
                      "&period=", absl::ToInt64Seconds(kTotpPeriod),
                      "&secret=", Base32Encode(secret));
}

std::string Base32Encode(absl::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    for (held += 8; held >= 5; held -= 5) text += kBase32[bits >> (held - 5) & 31];
  }
  if (held > 0) text += kBase32[bits << (5 - held) & 31];
  return text;
}

std::optional<std::string> Base32Decode(absl::string_view text) {
  const size_t padding = text.find('=');
  if (padding != absl::string_view::npos) {
    if (text.size() % 8 != 0 || text.size() - padding > 6 ||
        text.find_first_not_of('=', padding) != absl::string_view::npos) {
      return std::nullopt;
    }
    text = text.substr(0, padding);
  }
  std::string bytes;
  uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    const size_t value = kBase32.find(absl::ascii_toupper(static_cast<unsigned char>(c)));
    if (value == absl::string_view::npos) return std::nullopt;
    bits = bits << 5 | static_cast<uint32_t>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      bytes += static_cast<char>(bits >> held);
    }
  }
  // What is left over of the last character: less than one, and zeros.
  if (held >= 5 || (bits & ((1u << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace muniment
