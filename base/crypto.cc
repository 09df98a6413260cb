#include "base/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>

#include "absl/strings/escaping.h"
#include "base/check.h"

namespace muniment {
namespace {

struct Free {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

// EVP counts in int.
int Length(absl::string_view text) {
  MUNIMENT_CHECK(text.size() <= std::numeric_limits<int>::max() - kAesTagBytes);
  return static_cast<int>(text.size());
}

EVP_MD_CTX* HashContext() {
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context = [] {
    // Fetched once: looking an algorithm up costs more than hashing a leaf.
    static const EVP_MD* const sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    std::unique_ptr<EVP_MD_CTX, Free> made(EVP_MD_CTX_new());
    MUNIMENT_CHECK(made && sha256 && EVP_DigestInit_ex2(made.get(), sha256, nullptr) == 1);
    return made;
  }();
  return context.get();
}

EVP_CIPHER_CTX* GcmContext() {
  static const EVP_CIPHER* const gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  thread_local const std::unique_ptr<EVP_CIPHER_CTX, Free> context = [] {
    std::unique_ptr<EVP_CIPHER_CTX, Free> made(EVP_CIPHER_CTX_new());
    MUNIMENT_CHECK(made && gcm &&
                   EVP_CipherInit_ex2(made.get(), gcm, nullptr, nullptr, 1, nullptr) == 1);
    return made;
  }();
  return context.get();
}

EVP_CIPHER_CTX* StartGcm(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                         int encrypt) {
  MUNIMENT_CHECK(key.size() == kAesKeyBytes && nonce.size() == kAesNonceBytes);
  EVP_CIPHER_CTX* const context = GcmContext();
  MUNIMENT_CHECK(EVP_CipherInit_ex2(context, nullptr, Bytes(key), Bytes(nonce), encrypt, nullptr) ==
                 1);
  int written = 0;
  if (!aad.empty()) {
    MUNIMENT_CHECK(EVP_CipherUpdate(context, nullptr, &written, Bytes(aad), Length(aad)) == 1);
  }
  return context;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Digest> Digest::From(absl::string_view text) {
  if (text.size() != kSize) return std::nullopt;
  Digest digest;
  std::memcpy(digest.bytes.data(), text.data(), kSize);
  return digest;
}

Digest Sha256(std::initializer_list<absl::string_view> parts) {
  EVP_MD_CTX* const context = HashContext();
  bool fine = EVP_DigestInit_ex2(context, nullptr, nullptr) == 1;
  for (const absl::string_view part : parts) {
    fine = fine && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  Digest digest;
  fine = fine && EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(digest.bytes.data()),
                                    nullptr) == 1;
  MUNIMENT_CHECK(fine);
  return digest;
}

// HMAC is written out over the thread's one hash context: a prepared EVP_MAC has to be duplicated
// for each use, which costs more than the two extra blocks hashed here.
HmacKey::HmacKey(absl::string_view key) {
  inner_.fill(0x36);
  outer_.fill(0x5c);
  Digest shortened;
  if (key.size() > inner_.size()) {
    shortened = Sha256(key);
    key = shortened;
  }
  for (size_t i = 0; i < key.size(); ++i) {
    inner_[i] = static_cast<char>(inner_[i] ^ key[i]);
    outer_[i] = static_cast<char>(outer_[i] ^ key[i]);
  }
}

HmacKey::~HmacKey() {
  OPENSSL_cleanse(inner_.data(), inner_.size());
  OPENSSL_cleanse(outer_.data(), outer_.size());
}

Digest HmacKey::SignParts(std::initializer_list<absl::string_view> parts) const {
  EVP_MD_CTX* const context = HashContext();
  bool fine = EVP_DigestInit_ex2(context, nullptr, nullptr) == 1 &&
              EVP_DigestUpdate(context, inner_.data(), inner_.size()) == 1;
  for (const absl::string_view part : parts) {
    fine = fine && EVP_DigestUpdate(context, part.data(), part.size()) == 1;
  }
  Digest inside;
  fine = fine && EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(inside.bytes.data()),
                                    nullptr) == 1;
  MUNIMENT_CHECK(fine);
  return Sha256({absl::string_view(outer_.data(), outer_.size()), inside.view()});
}

Digest HmacSha256(absl::string_view key, absl::string_view data) { return HmacKey(key).Sign(data); }

std::string HkdfSha256(absl::string_view key, absl::string_view salt, absl::string_view info,
                       size_t length) {
  MUNIMENT_CHECK(length <= 255 * Digest::kSize);
  Digest extracted = HmacSha256(salt, key);
  const HmacKey expand(extracted);
  std::string out;
  out.reserve(length);
  Digest block;
  for (uint8_t counter = 1; out.size() < length; ++counter) {
    const char number = static_cast<char>(counter);
    block = expand.Sign(counter == 1 ? absl::string_view() : block.view(), info,
                        absl::string_view(&number, 1));
    out.append(block.bytes.data(), std::min(length - out.size(), Digest::kSize));
  }
  OPENSSL_cleanse(extracted.bytes.data(), Digest::kSize);
  OPENSSL_cleanse(block.bytes.data(), Digest::kSize);
  return out;
}

std::string AesGcmSeal(absl::string_view key, absl::string_view nonce, absl::string_view aad,
                       absl::string_view plaintext) {
  EVP_CIPHER_CTX* const context = StartGcm(key, nonce, aad, 1);
  std::string sealed(plaintext.size() + kAesTagBytes, '\0');
  int written = 0;
  bool fine = plaintext.empty() || EVP_CipherUpdate(context, Bytes(sealed), &written,
                                                    Bytes(plaintext), Length(plaintext)) == 1;
  int rest = 0;
  fine = fine && EVP_CipherFinal_ex(context, Bytes(sealed) + written, &rest) == 1 &&
         EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kAesTagBytes,
                             Bytes(sealed) + plaintext.size()) == 1;
  MUNIMENT_CHECK(fine && static_cast<size_t>(written + rest) == plaintext.size());
  return sealed;
}

std::optional<std::string> AesGcmOpen(absl::string_view key, absl::string_view nonce,
                                      absl::string_view aad, absl::string_view sealed) {
  if (sealed.size() < kAesTagBytes ||
      sealed.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return std::nullopt;
  }
  EVP_CIPHER_CTX* const context = StartGcm(key, nonce, aad, 0);
  const absl::string_view ciphertext = sealed.substr(0, sealed.size() - kAesTagBytes);
  std::string tag(sealed.substr(ciphertext.size()));
  std::string plaintext(ciphertext.size(), '\0');
  int written = 0;
  bool fine = ciphertext.empty() || EVP_CipherUpdate(context, Bytes(plaintext), &written,
                                                     Bytes(ciphertext), Length(ciphertext)) == 1;
  fine = fine && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kAesTagBytes, Bytes(tag)) == 1;
  MUNIMENT_CHECK(fine);
  int rest = 0;
  if (EVP_CipherFinal_ex(context, Bytes(plaintext) + written, &rest) != 1) {
    OPENSSL_cleanse(plaintext.data(), plaintext.size());
    return std::nullopt;
  }
  return plaintext;
}

bool ConstantTimeEqual(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string Base64UrlEncode(absl::string_view bytes) { return absl::WebSafeBase64Escape(bytes); }

std::optional<std::string> Base64UrlDecode(absl::string_view text) {
  std::string bytes;
  if (!absl::WebSafeBase64Unescape(text, &bytes)) return std::nullopt;
  // Abseil takes white space and stray bits; what an encoder would not write is refused.
  std::string canonical = Base64UrlEncode(bytes);
  if (canonical != text) {
    canonical.append((4 - canonical.size() % 4) % 4, '=');
    if (canonical != text) return std::nullopt;
  }
  return bytes;
}

std::string Base64Encode(absl::string_view bytes) { return absl::Base64Escape(bytes); }

std::optional<std::string> Base64Decode(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  const std::string canonical = Base64Encode(bytes);
  if (canonical == text) return bytes;
  absl::string_view unpadded = canonical;
  while (!unpadded.empty() && unpadded.back() == '=') unpadded.remove_suffix(1);
  if (unpadded != text) return std::nullopt;
  return bytes;
}

std::string HexEncode(absl::string_view bytes) { return absl::BytesToHexString(bytes); }

std::optional<std::string> HexDecode(absl::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

}  // namespace muniment
