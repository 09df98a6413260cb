// What a value of the configuration may look like, and the nearest name to a mistyped one.
// Pure functions.
#ifndef MUNIMENT_GATEWAY_CONFIG_VALUE_H_
#define MUNIMENT_GATEWAY_CONFIG_VALUE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gateway/config_keys.h"

namespace muniment::gateway {

// "512", "64KiB", "128MiB", "2GiB".
std::optional<uint64_t> ParseBytes(absl::string_view text);

inline bool IsList(KeyType type) {
  return type == KeyType::kList || type == KeyType::kNetworks || type == KeyType::kOrigins;
}

// "a, b" is a and b: without white space around them, and without empty ones.
std::vector<std::string> SplitList(absl::string_view text);

// Nothing when `text` is of that type, else what it ought to be: "a whole number".
std::optional<std::string> Mismatch(KeyType type, absl::string_view text);

// The same of what a key takes, where that is less than its type: "a whole number from 0 to 65535".
std::optional<std::string> Refused(Key key, absl::string_view text);

// The candidate that takes the fewest changed or swapped letters, if they are few for a name of that
// length; else the shortest that holds the name.
std::optional<std::string> Nearest(absl::string_view name,
                                   const std::vector<std::string>& candidates);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CONFIG_VALUE_H_
