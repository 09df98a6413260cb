#include "command/user/machine_credentials.h"

namespace muniment::command {

void Fold(MachineCredentials& credentials, const event::v1::MachineKeyAdded& event) {
  credentials.keys[event.key_id()] = event;
}

void Fold(MachineCredentials& credentials, const event::v1::MachineKeyRemoved& event) {
  credentials.keys.erase(event.key_id());
}

void Fold(MachineCredentials& credentials, const event::v1::MachineSecretSet& event) {
  credentials.secret_hash = event.secret_hash();
}

void Fold(MachineCredentials& credentials, const event::v1::MachineSecretRemoved&) {
  credentials.secret_hash.clear();
}

}  // namespace muniment::command
