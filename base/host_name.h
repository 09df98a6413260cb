// Host names as people write them, in the form in which requests name them. Pure, thread-safe.
#ifndef MUNIMENT_BASE_HOST_NAME_H_
#define MUNIMENT_BASE_HOST_NAME_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

// Lower case, other scripts as A-labels (UTS 46: "Bücher.example" is "xn--bcher-kva.example"), an IP
// address in its shortest form and without brackets. Nothing for what is no host: with a scheme, a
// port or a path, a label that is empty, longer than 63 bytes or begins or ends with a hyphen, more
// than 253 bytes, or a last label of digits that is no IPv4 address.
std::optional<std::string> HostName(absl::string_view text);

// A domain name that somebody may own: as HostName, with at least two labels of letters, digits and
// hyphens. Nothing for anything else, an IP address among it.
std::optional<std::string> DomainName(absl::string_view text);

// A host name as people write it: A-labels in their own script, where they are any.
std::string ReadableHostName(absl::string_view host);

// The host of an authority (RFC 3986 section 3.2), as it stands there and without brackets:
// "id.example.com:8080", "[::1]:80". Nothing where there is something else in it: user information, a
// port that is none, anything behind a bracket; or where it is empty.
std::optional<absl::string_view> HostOfAuthority(absl::string_view authority);

}  // namespace muniment

#endif  // MUNIMENT_BASE_HOST_NAME_H_
