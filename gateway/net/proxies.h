// Which proxies are believed, and what they say of the client: Forwarded (RFC 7239),
// X-Forwarded-For, -Proto and -Host. From any other address these headers mean nothing.
//
// Immutable after Parse; thread-safe.
#ifndef MUNIMENT_GATEWAY_NET_PROXIES_H_
#define MUNIMENT_GATEWAY_NET_PROXIES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "gateway/net/http.h"
#include "gateway/net/networks.h"

namespace muniment::net {

class Proxies {
 public:
  // Addresses and CIDR ranges: "10.0.0.0/8", "::1". INVALID_ARGUMENT names the bad one.
  static absl::StatusOr<Proxies> Parse(const std::vector<std::string>& ranges);

  bool Trusts(absl::string_view address) const { return trusted_.Contains(address); }

  // Sets peer, scheme and authority of a request that came from `address`: walks the chain of
  // addresses from the nearest back to the first that is no trusted proxy. What an address that is
  // not trusted says of others is not believed, but noted as strange_proxy; nor is a trusted one's
  // word that stands both ways, of which a proxy writes one and passes the other on from anybody.
  void Introduce(absl::string_view address, Request& request) const;

 private:
  Networks trusted_;
};

}  // namespace muniment::net

#endif  // MUNIMENT_GATEWAY_NET_PROXIES_H_
