// The JSON texts of google.protobuf.Timestamp (RFC 3339, years 1 to 9999) and Duration ("1.5s").
#ifndef MUNIMENT_GATEWAY_RPC_JSON_TIME_H_
#define MUNIMENT_GATEWAY_RPC_JSON_TIME_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

// Appends a quoted text; INTERNAL "response.malformed" out of range.
absl::Status AppendTimestamp(int64_t seconds, int32_t nanos, std::string& out);
absl::Status AppendDuration(int64_t seconds, int32_t nanos, std::string& out);

// False for what is no such text or out of range.
bool ParseTimestamp(absl::string_view text, int64_t& seconds, int32_t& nanos);
bool ParseDuration(absl::string_view text, int64_t& seconds, int32_t& nanos);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_JSON_TIME_H_
