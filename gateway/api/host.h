// The host that a request names, as instances' domains are written.
#ifndef MUNIMENT_GATEWAY_API_HOST_H_
#define MUNIMENT_GATEWAY_API_HOST_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment::gateway {

// "Id.Example.com:8080" is "id.example.com", "[::1]:80" is "::1". Nothing for what is no authority
// (RFC 3986 section 3.2): empty, with user information, with a port that is none, with characters
// of no host, or longer than 253 bytes.
std::optional<std::string> HostOf(absl::string_view authority);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_HOST_H_
