// What the master key does: it wraps the keys that stand in the store, and seals what leaves the
// process and comes back (cookies, codes in links, states, opaque tokens, pages of a list).
//
//   ASSIGN_OR_RETURN(const MasterKey master, MasterKey::Parse(file_content));
//   std::string stored = master.Wrap(data_key.reveal(), "data-key");
//   Sealer sealer(master);
//   std::string cookie = sealer.Seal("login.session", payload, now + absl::Hours(18));
//   ASSIGN_OR_RETURN(std::string payload, sealer.Open("login.session", cookie, now));
//
// A purpose is a short constant of ours, without NUL bytes; what was made for one opens for no
// other. Each wrapped key and each sealed text has an AES-256-GCM key of its own, HKDF-SHA-256
// (RFC 5869) of the master key with a purpose and 16 random bytes, so no number of them wears a key
// out. A sealed text proves only who made it and for what: whether it was used before, or by whom
// it may be used, is asked of its payload.
//
// Immutable after construction and thread-safe. Every input to Open and Unwrap may be hostile.
#ifndef MUNIMENT_BASE_KEYRING_H_
#define MUNIMENT_BASE_KEYRING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/crypto.h"
#include "base/secret.h"

namespace muniment {

class MasterKey {
 public:
  // 32 bytes as 64 hex digits, as base64 or base64url, or as they are; one line break at the end
  // is left out. INVALID_ARGUMENT "master_key.malformed".
  static absl::StatusOr<MasterKey> Parse(absl::string_view content);
  static MasterKey Generate();

  // 8 hex digits that tell which key this is and nothing else of it.
  std::string Id() const { return HexEncode(id_); }
  // The form that Parse reads, for the file a first start writes.
  Secret ToHex() const;

  // A key of 32 bytes for one purpose, the same each time.
  Secret Derive(absl::string_view purpose) const;

  // 37 bytes longer than `key`.
  std::string Wrap(absl::string_view key, absl::string_view purpose) const;
  // FAILED_PRECONDITION "master_key.other" if it was wrapped under another master key, DATA_LOSS
  // "master_key.damaged" if it was changed or made for another purpose.
  absl::StatusOr<Secret> Unwrap(absl::string_view wrapped, absl::string_view purpose) const;

 private:
  friend class Sealer;
  explicit MasterKey(Secret key);

  Secret key_;
  std::string id_;  // 4 bytes
  HmacKey wrap_;
  HmacKey seal_;
};

class Sealer {
 public:
  // Seals under `current`; opens what any of them sealed.
  explicit Sealer(const MasterKey& current, const std::vector<MasterKey>& previous = {});

  // Text of base64url: payload + 45 bytes, times 4/3. Never expires with absl::InfiniteFuture().
  std::string Seal(absl::string_view purpose, absl::string_view payload, absl::Time expiry) const;
  // UNAUTHENTICATED "sealed.invalid" for anything Seal did not make for this purpose,
  // "sealed.expired" from its expiry on.
  absl::StatusOr<std::string> Open(absl::string_view purpose, absl::string_view text,
                                   absl::Time now) const;

 private:
  struct Key {
    std::string id;
    HmacKey key;
  };
  std::vector<Key> keys_;  // the current one first
};

}  // namespace muniment

#endif  // MUNIMENT_BASE_KEYRING_H_
