#include "base/webauthn/authenticator_data.h"

#include "base/webauthn/cbor.h"

namespace muniment::webauthn {
namespace {

enum Flag : unsigned char {
  kUserPresent = 0x01,
  kUserVerified = 0x04,
  kBackupEligible = 0x08,
  kBackedUp = 0x10,
  kAttested = 0x40,
  kExtensions = 0x80,
};
constexpr size_t kHash = 32, kFixed = kHash + 1 + 4, kAaguid = 16;

// The first `count` bytes, which the input loses; the caller has looked that they are there.
absl::string_view Take(absl::string_view& input, size_t count) {
  const absl::string_view taken = input.substr(0, count);
  input.remove_prefix(count);
  return taken;
}

uint32_t Number(absl::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

bool ReadAttested(absl::string_view& rest, AuthenticatorData& data) {
  if (rest.size() < kAaguid + 2) return false;
  data.aaguid = std::string(Take(rest, kAaguid));
  const size_t id_size = Number(Take(rest, 2));
  if (rest.size() < id_size) return false;
  data.credential_id = std::string(Take(rest, id_size));
  const absl::string_view key = rest;
  const std::optional<CborItem> item = ReadCbor(rest);
  if (!item || item->kind != CborItem::Kind::kMap) return false;
  data.public_key = std::string(key.substr(0, key.size() - rest.size()));
  return true;
}

bool ReadExtensions(absl::string_view& rest, AuthenticatorData& data) {
  const std::optional<CborItem> item = ReadCbor(rest);
  if (!item || item->kind != CborItem::Kind::kMap) return false;
  for (size_t i = 0; i < item->items.size(); i += 2) {
    if (item->items[i].kind != CborItem::Kind::kText) return false;
    data.extensions.push_back(item->items[i].bytes);
  }
  return true;
}

}  // namespace

std::optional<AuthenticatorData> ReadAuthenticatorData(absl::string_view bytes) {
  absl::string_view rest = bytes;
  if (rest.size() < kFixed) return std::nullopt;
  AuthenticatorData data;
  data.rp_id_hash = std::string(Take(rest, kHash));
  const auto flags = static_cast<unsigned char>(Take(rest, 1)[0]);
  data.user_present = (flags & kUserPresent) != 0;
  data.user_verified = (flags & kUserVerified) != 0;
  data.backup_eligible = (flags & kBackupEligible) != 0;
  data.backed_up = (flags & kBackedUp) != 0;
  data.attested = (flags & kAttested) != 0;
  data.sign_count = Number(Take(rest, 4));
  if (data.attested && !ReadAttested(rest, data)) return std::nullopt;
  if ((flags & kExtensions) != 0 && !ReadExtensions(rest, data)) return std::nullopt;
  if (!rest.empty()) return std::nullopt;
  return data;
}

}  // namespace muniment::webauthn
