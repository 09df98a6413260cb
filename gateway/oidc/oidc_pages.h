// OpenID Connect, as an instance serves it: discovery, keys, the endpoints of OAuth 2.0 and OpenID
// Connect (endpoints.h), and the pages of the hosted login (login/login.h), by path. What is done there
// is decided by commands (command/oidc) and by the read models; here a request is read, within its
// limits, and its instance found by host.
//
// Where nodes share the log a request sees all that stood in it when it came, but for discovery and
// keys, which are answered from what is here while the database is away. Any site's pages may call what
// takes no cookie, and those are all but the pages for people.
//
// Thread-safe. `ports`: null before there are any; what it answers outlives the pages.
#ifndef MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_
#define MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "gateway/net/http.h"
#include "gateway/oidc/ports.h"

namespace muniment::gateway {

class OidcPages final : public net::Handler {
 public:
  explicit OidcPages(std::function<const OidcPorts*()> ports) : ports_(std::move(ports)) {}

  void Handle(std::shared_ptr<net::Exchange> exchange) override;

  // Whether a path is one of them.
  static bool Owns(absl::string_view path);

 private:
  const std::function<const OidcPorts*()> ports_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_
