#include "command/webkey/web_keys.h"

#include <utility>

#include "base/jws.h"

namespace muniment::command {

void Fold(WebKeys& keys, const event::v1::WebKeyAdded& event) {
  keys.keys.insert_or_assign(event.key_id(), event);
}

void Fold(WebKeys& keys, const event::v1::WebKeyActivated& event) { keys.active = event.key_id(); }

void Fold(WebKeys& keys, const event::v1::WebKeyDeactivated& event) {
  if (keys.active == event.key_id()) keys.active.clear();
}

void Fold(WebKeys& keys, const event::v1::WebKeyRemoved& event) {
  keys.keys.erase(event.key_id());
  if (keys.active == event.key_id()) keys.active.clear();
}

absl::StatusOr<Ref<WebKeys>> LoadWebKeys(Unit& unit) {
  return unit.LoadAny<WebKeys>(unit.instance_id());
}

absl::Status MustHaveKey(const WebKeys& keys, const std::string& id) {
  if (keys.keys.contains(id)) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "web_key.not_found", "There is no such web key.");
}

absl::StatusOr<std::string> AddWebKey(Unit& unit, event::v1::WebKeyAlgorithm algorithm, int bits) {
  ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
  if (keys->keys.size() >= kMaxWebKeys) {
    return Error(absl::StatusCode::kFailedPrecondition, "web_key.too_many",
                 "The instance has too many keys; delete those that no token needs any more.");
  }
  const KeySpec spec = KeySpecFor(algorithm, bits);
  ASSIGN_OR_RETURN(KeyPair pair, unit.NewKeyPair(spec));
  event::v1::WebKeyAdded added;
  added.set_key_id(unit.NewId());
  added.set_algorithm(algorithm);
  if (spec.kind == KeySpec::Kind::kRsa) added.set_bits(static_cast<uint32_t>(bits));
  added.set_public_key(std::move(pair.public_pem));
  added.set_private_key(std::string(pair.private_pem.reveal()));
  std::string id = added.key_id();
  unit.Raise(keys, std::move(added));
  return id;
}

void ActivateKey(Unit& unit, const Ref<WebKeys>& keys, const std::string& id) {
  if (!keys->active.empty()) {
    event::v1::WebKeyDeactivated deactivated;
    deactivated.set_key_id(keys->active);
    unit.Raise(keys, std::move(deactivated));
  }
  event::v1::WebKeyActivated activated;
  activated.set_key_id(id);
  unit.Raise(keys, std::move(activated));
}

absl::Status AddMissingWebKey(Unit& unit, event::v1::WebKeyAlgorithm algorithm) {
  ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
  if (!keys->active.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string id, AddWebKey(unit, algorithm));
  ActivateKey(unit, keys, id);
  return absl::OkStatus();
}

}  // namespace muniment::command
