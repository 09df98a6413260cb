// The keys with which an instance signs tokens, all in one stream: of two that are activated at the
// same moment one signs.
#ifndef MUNIMENT_COMMAND_WEBKEY_WEB_KEYS_H_
#define MUNIMENT_COMMAND_WEBKEY_WEB_KEYS_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "muniment/event/v1/web_key.visit.h"

namespace muniment::command {

// So many may be published at once, each of which every verifier fetches.
inline constexpr size_t kMaxWebKeys = 50;

struct WebKeys {
  using Event = event::v1::WebKeyEvent;
  static constexpr absl::string_view kNoun = "web_key";

  // Those that were not removed, by id: how each signs, with both of its halves.
  absl::btree_map<std::string, event::v1::WebKeyAdded> keys;
  std::string active;  // empty: none signs

  bool exists() const { return !keys.empty(); }
  size_t bytes() const { return keys.size() * 8192; }
};

void Fold(WebKeys& keys, const event::v1::WebKeyAdded& event);
void Fold(WebKeys& keys, const event::v1::WebKeyActivated& event);
void Fold(WebKeys& keys, const event::v1::WebKeyDeactivated& event);
void Fold(WebKeys& keys, const event::v1::WebKeyRemoved& event);

// The instance's.
absl::StatusOr<Ref<WebKeys>> LoadWebKeys(Unit& unit);

// NOT_FOUND "web_key.not_found".
absl::Status MustHaveKey(const WebKeys& keys, const std::string& id);

// Makes a key, which signs nothing yet, and answers its id. `bits`: of RSA alone.
// FAILED_PRECONDITION "web_key.too_many", and the errors of Unit::NewKeyPair.
absl::StatusOr<std::string> AddWebKey(Unit& unit, event::v1::WebKeyAlgorithm algorithm,
                                      int bits = 2048);

// From now on this key signs, one of `keys`, and no other.
void ActivateKey(Unit& unit, const Ref<WebKeys>& keys, const std::string& id);

// An instance that has no key that signs gets one: unless something else is said RS256, which every
// client verifies (OpenID Connect Core 15.1). Raises nothing where it has one.
absl::Status AddMissingWebKey(
    Unit& unit, event::v1::WebKeyAlgorithm algorithm = event::v1::WEB_KEY_ALGORITHM_RS256);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_WEBKEY_WEB_KEYS_H_
