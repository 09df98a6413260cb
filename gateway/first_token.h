// The file with the first machine's token. It is written before the instance is made, for a token
// that opens nothing is harmless and one that nobody has is lost, and handed over after.
#ifndef MUNIMENT_GATEWAY_FIRST_TOKEN_H_
#define MUNIMENT_GATEWAY_FIRST_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "gateway/config.h"

namespace muniment::gateway {

// Where the token stands until its instance does; of this node alone.
std::string NewTokenPath(const Config& config);

// Puts the token where it was asked for (FirstInstance.PatPath). Nothing where none was written.
absl::Status HandOverToken(const Config& config);

// The same for a first start that died before it could. Whether its instance was the one that stands
// nobody knows, so it takes no other token's place.
absl::Status HandOverLateToken(const Config& config);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_TOKEN_H_
