// What tells one secret of a machine or an application from the next, so that what it proved ends
// with it; of the secret itself it says nothing. Pure, thread-safe.
#ifndef MUNIMENT_BASE_CLIENT_PROOF_H_
#define MUNIMENT_BASE_CLIENT_PROOF_H_

#include <string>

#include "absl/strings/string_view.h"
#include "base/crypto.h"

namespace muniment {

// Of a secret's hash as it stands in the log; empty for none.
inline std::string SecretMark(absl::string_view secret_hash) {
  if (secret_hash.empty()) return {};
  return Sha256("muniment.secret_mark", secret_hash).str().substr(0, 8);
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_CLIENT_PROOF_H_
