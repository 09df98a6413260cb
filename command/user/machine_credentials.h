// A machine's keys and client secret, as decisions see them.
#ifndef MUNIMENT_COMMAND_USER_MACHINE_CREDENTIALS_H_
#define MUNIMENT_COMMAND_USER_MACHINE_CREDENTIALS_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/credential.visit.h"

namespace muniment::command {

struct MachineCredentials {
  using Event = event::v1::MachineCredentialEvent;
  static constexpr absl::string_view kNoun = "user.machine_credential";

  absl::btree_map<std::string, event::v1::MachineKeyAdded> keys;  // by id
  std::string secret_hash;                                        // empty: none

  bool exists() const { return !keys.empty() || !secret_hash.empty(); }
  size_t bytes() const { return keys.size() * 1024; }
};

void Fold(MachineCredentials& credentials, const event::v1::MachineKeyAdded& event);
void Fold(MachineCredentials& credentials, const event::v1::MachineKeyRemoved& event);
void Fold(MachineCredentials& credentials, const event::v1::MachineSecretSet& event);
void Fold(MachineCredentials& credentials, const event::v1::MachineSecretRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_MACHINE_CREDENTIALS_H_
