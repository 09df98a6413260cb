// Public keys of others, opened once: to read one from its text takes longer than to verify by it.
//
//   const auto key = KnownVerifyingKey(public_pem);      // null for what is no public key
//
// Of some thousands the newest; whoever brings many different ones pays for each himself. Thread-safe.
#ifndef MUNIMENT_BASE_KNOWN_KEYS_H_
#define MUNIMENT_BASE_KNOWN_KEYS_H_

#include <memory>
#include <string>

#include "base/jws.h"

namespace muniment {

std::shared_ptr<const VerifyingKey> KnownVerifyingKey(const std::string& public_pem);

}  // namespace muniment

#endif  // MUNIMENT_BASE_KNOWN_KEYS_H_
