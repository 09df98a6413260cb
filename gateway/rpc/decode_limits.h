// What decoding one request may cost. Bytes alone say little: two of them may stand for a message of
// a hundred, and 4 KB of gzip for a million such.
#ifndef MUNIMENT_GATEWAY_RPC_DECODE_LIMITS_H_
#define MUNIMENT_GATEWAY_RPC_DECODE_LIMITS_H_

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"

namespace muniment::rpc {

// Nested messages, lists and maps of a request.
inline constexpr int kMaxDepth = 32;
// Fields, elements of lists and members of maps, at every depth together. More than the longest
// published list, a hundred thousand ids in one filter, takes.
inline constexpr size_t kMaxValues = 1 << 17;

struct DecodeLimits {
  int depth = kMaxDepth;
  size_t values = kMaxValues;
  // What the message does not know is refused, not ignored.
  bool known_only = false;
};

// RESOURCE_EXHAUSTED "request.too_many_values".
inline absl::Status TooManyValues(const DecodeLimits& limits) {
  return Error(absl::StatusCode::kResourceExhausted, "request.too_many_values",
               absl::StrCat("The request holds more than ", limits.values, " values."));
}

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_DECODE_LIMITS_H_
