// Sets of IP addresses: single ones and CIDR ranges (RFC 4632).
//
//   ASSIGN_OR_RETURN(const Networks trusted, Networks::Parse({"10.0.0.0/8", "::1"}));
//   if (trusted.Contains(request.peer)) ...
//
// Immutable after Parse; thread-safe. An IPv4 address is the same as its form in IPv6
// (::ffff:192.0.2.1). Errors: INVALID_ARGUMENT "config.network" names what is no address or range.
#ifndef MUNIMENT_GATEWAY_NET_NETWORKS_H_
#define MUNIMENT_GATEWAY_NET_NETWORKS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment::net {

bool IsAddress(absl::string_view text);
// "localhost" and names below it (RFC 6761 section 6.3), and loopback's addresses.
bool IsLoopbackHost(absl::string_view host);

class Networks {
 public:
  static absl::StatusOr<Networks> Parse(const std::vector<std::string>& ranges);

  // False for what is no address.
  bool Contains(absl::string_view address) const;

 private:
  struct Range {
    std::array<uint8_t, 16> address;  // IPv4 as ::ffff:a.b.c.d
    int bits;
  };
  std::vector<Range> ranges_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_NETWORKS_H_
