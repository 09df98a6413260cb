// gzip (RFC 1952) of whole messages. Thread-safe; never throws.
#ifndef MUNIMENT_GATEWAY_RPC_COMPRESS_H_
#define MUNIMENT_GATEWAY_RPC_COMPRESS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::rpc {

std::string Gzip(absl::string_view bytes);

// INVALID_ARGUMENT "request.malformed" for what is no gzip, RESOURCE_EXHAUSTED "request.too_large"
// past `max` bytes, however small the input.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t max);

}  // namespace muniment::rpc

#endif  // MUNIMENT_GATEWAY_RPC_COMPRESS_H_
