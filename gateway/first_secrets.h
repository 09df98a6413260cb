// What opens the first instance, from before it is made until everybody has his part of it: one
// private file in the data directory (first-start). A secret that opens nothing is harmless and one
// that nobody has is lost, so the file stands before the commit, and goes when all is handed over
// and told.
//
//   RETURN_IF_ERROR(KeepFirstSecrets(config, secrets));
//   ...the commit...
//   RETURN_IF_ERROR(HandOver(config, secrets));    // what is left is the password
//   ...the greeting...
//   RETURN_IF_ERROR(ForgetFirstSecrets(config));
//
// Of this node alone. One thread. Errors: those of private files.
#ifndef MUNIMENT_GATEWAY_FIRST_SECRETS_H_
#define MUNIMENT_GATEWAY_FIRST_SECRETS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/secret.h"
#include "gateway/config.h"

namespace muniment::gateway {

// What is empty is not made, or is nobody's secret.
struct FirstSecrets {
  std::string organization_id;  // tells whether the instance that stands is the one they open
  std::string login_name;       // the administrator's
  Secret password;
  Secret token;        // of the machine
  Secret key_file;     // of the machine, as AddKey answers it
  Secret login_token;  // of the login's machine
};

// In place of what an earlier start left.
absl::Status KeepFirstSecrets(const Config& config, const FirstSecrets& secrets);
// Nothing where none are kept.
absl::StatusOr<std::optional<FirstSecrets>> ReadFirstSecrets(const Config& config);
absl::Status ForgetFirstSecrets(const Config& config);

// Puts each into the file that was asked for (FirstInstance.PatPath, MachineKeyPath,
// LoginClientPatPath), in place of what stands there, and keeps the password alone.
absl::Status HandOver(const Config& config, const FirstSecrets& secrets);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_SECRETS_H_
