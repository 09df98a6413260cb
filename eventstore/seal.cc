#include "eventstore/seal.h"

#include <optional>

#include "base/check.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/secret.h"

namespace muniment::eventstore {

store::v1::Sealed Seal(absl::string_view key_id, absl::string_view data_key, absl::string_view salt,
                       absl::string_view purpose, absl::string_view aad, absl::string_view text) {
  MUNIMENT_CHECK(key_id.size() == kKeyIdBytes && data_key.size() == kDataKeyBytes &&
                 salt.size() == kSaltBytes);
  const Secret event_key(HkdfSha256(data_key, salt, purpose));
  store::v1::Sealed sealed;
  sealed.set_key_id(std::string(key_id));
  sealed.set_salt(std::string(salt));
  sealed.set_commitment(Sha256(event_key.reveal()).str());
  sealed.set_ciphertext(AesGcmSeal(event_key.reveal(), kZeroNonce, aad, text));
  return sealed;
}

absl::StatusOr<std::string> Unseal(absl::string_view data_key, const store::v1::Sealed& sealed,
                                   absl::string_view purpose, absl::string_view aad) {
  MUNIMENT_CHECK(data_key.size() == kDataKeyBytes);
  const Secret event_key(HkdfSha256(data_key, sealed.salt(), purpose));
  std::optional<std::string> text;
  if (Sha256(event_key.reveal()).view() == sealed.commitment()) {
    text = AesGcmOpen(event_key.reveal(), kZeroNonce, aad, sealed.ciphertext());
  }
  if (!text.has_value()) {
    return Error(absl::StatusCode::kDataLoss, "store.damaged",
                 "A sealed part of an event does not open with its own key.");
  }
  return *std::move(text);
}

}  // namespace muniment::eventstore
