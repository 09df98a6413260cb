#include "base/keyring.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "base/error.h"

namespace muniment {
namespace {

constexpr size_t kKeyBytes = 32;
constexpr size_t kIdBytes = 4;
constexpr size_t kSaltBytes = 16;
constexpr size_t kHeaderBytes = 1 + kIdBytes + kSaltBytes;
constexpr size_t kExpiryBytes = 8;
constexpr char kVersion = 1;

// HKDF-Expand to one block, with info = purpose || 0 || salt.
Digest OneTimeKey(const HmacKey& key, absl::string_view purpose, absl::string_view salt) {
  MUNIMENT_CHECK(!purpose.empty() && purpose.find('\0') == absl::string_view::npos);
  return key.Sign(purpose, absl::string_view("\0", 1), salt, absl::string_view("\1", 1));
}

// version || key id || salt || ciphertext and tag, the first three authenticated with the rest.
std::string SealOnce(const HmacKey& key, absl::string_view id, absl::string_view purpose,
                     absl::string_view plaintext) {
  std::string out = absl::StrCat(absl::string_view(&kVersion, 1), id, RandomBytes(kSaltBytes));
  const Digest once = OneTimeKey(key, purpose, absl::string_view(out).substr(1 + kIdBytes));
  out.append(AesGcmSeal(once, kZeroNonce, out, plaintext));
  return out;
}

std::optional<std::string> OpenOnce(const HmacKey& key, absl::string_view purpose,
                                    absl::string_view sealed) {
  const absl::string_view header = sealed.substr(0, kHeaderBytes);
  const Digest once = OneTimeKey(key, purpose, header.substr(1 + kIdBytes));
  return AesGcmOpen(once, kZeroNonce, header, sealed.substr(kHeaderBytes));
}

// The key id, if it can be a sealed text at all.
std::optional<absl::string_view> IdOf(absl::string_view sealed) {
  if (sealed.size() < kHeaderBytes + kAesTagBytes || sealed[0] != kVersion) return std::nullopt;
  return sealed.substr(1, kIdBytes);
}

std::string PutInt64(int64_t value) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
  return out;
}

int64_t GetInt64(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return static_cast<int64_t>(value);
}

std::optional<std::string> ReadKey(absl::string_view content) {
  if (content.size() == kKeyBytes) return std::string(content);
  if (absl::ConsumeSuffix(&content, "\n")) absl::ConsumeSuffix(&content, "\r");
  if (content.size() == kKeyBytes) return std::string(content);
  std::optional<std::string> key = HexDecode(content);
  if (!key || key->size() != kKeyBytes) key = Base64UrlDecode(content);
  if (!key || key->size() != kKeyBytes) key = Base64Decode(content);
  if (!key || key->size() != kKeyBytes) return std::nullopt;
  return key;
}

}  // namespace

MasterKey::MasterKey(Secret key)
    : key_(std::move(key)),
      id_(Derive("muniment.id").reveal().substr(0, kIdBytes)),
      wrap_(Derive("muniment.wrap").reveal()),
      seal_(Derive("muniment.seal").reveal()) {}

absl::StatusOr<MasterKey> MasterKey::Parse(absl::string_view content) {
  std::optional<std::string> key = ReadKey(content);
  if (!key) {
    return Error(
        absl::StatusCode::kInvalidArgument, "master_key.malformed",
        "The master key must be 32 bytes: 64 hex digits, base64, or the bytes themselves.");
  }
  return MasterKey(Secret(*std::move(key)));
}

MasterKey MasterKey::Generate() { return MasterKey(Secret(RandomBytes(kKeyBytes))); }

Secret MasterKey::ToHex() const { return Secret(HexEncode(key_.reveal())); }

Secret MasterKey::Derive(absl::string_view purpose) const {
  return Secret(HkdfSha256(key_.reveal(), "muniment", purpose));
}

std::string MasterKey::Wrap(absl::string_view key, absl::string_view purpose) const {
  return SealOnce(wrap_, id_, purpose, key);
}

absl::StatusOr<Secret> MasterKey::Unwrap(absl::string_view wrapped,
                                         absl::string_view purpose) const {
  const std::optional<absl::string_view> id = IdOf(wrapped);
  if (id && *id != id_) {
    return Error(
        absl::StatusCode::kFailedPrecondition, "master_key.other",
        absl::StrCat("A key was wrapped under master key ", HexEncode(*id), ", not ", Id(), "."));
  }
  std::optional<std::string> key = id ? OpenOnce(wrap_, purpose, wrapped) : std::nullopt;
  if (!key) {
    return Error(absl::StatusCode::kDataLoss, "master_key.damaged",
                 "A wrapped key is damaged or was made for another purpose.");
  }
  return Secret(*std::move(key));
}

Sealer::Sealer(const MasterKey& current, const std::vector<MasterKey>& previous) {
  keys_.push_back({current.id_, current.seal_});
  for (const MasterKey& master : previous) keys_.push_back({master.id_, master.seal_});
}

std::string Sealer::Seal(absl::string_view purpose, absl::string_view payload,
                         absl::Time expiry) const {
  const Key& key = keys_.front();
  const std::string plaintext = absl::StrCat(PutInt64(absl::ToUnixMicros(expiry)), payload);
  return Base64UrlEncode(SealOnce(key.key, key.id, purpose, plaintext));
}

absl::StatusOr<std::string> Sealer::Open(absl::string_view purpose, absl::string_view text,
                                         absl::Time now) const {
  const std::optional<std::string> sealed = Base64UrlDecode(text);
  const std::optional<absl::string_view> id = sealed ? IdOf(*sealed) : std::nullopt;
  std::optional<std::string> opened;
  for (const Key& key : keys_) {
    if (id && *id == key.id) opened = OpenOnce(key.key, purpose, *sealed);
    if (opened) break;
  }
  if (!opened || opened->size() < kExpiryBytes) {
    return Error(absl::StatusCode::kUnauthenticated, "sealed.invalid",
                 "The token is not one of ours, or not for this use.");
  }
  if (absl::ToUnixMicros(now) >= GetInt64(absl::string_view(*opened).substr(0, kExpiryBytes))) {
    return Error(absl::StatusCode::kUnauthenticated, "sealed.expired", "The token has expired.");
  }
  return opened->substr(kExpiryBytes);
}

}  // namespace muniment
