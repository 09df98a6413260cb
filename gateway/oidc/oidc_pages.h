// What an instance shows to whoever speaks OpenID Connect with it, without a token:
//
//   /oauth/v2/keys    the keys by which its tokens are verified (RFC 7517 section 5)
//
// Public and the same for everybody, so any site's pages may read it, and it is answered from what is
// here while the database is away.
//
// Thread-safe. `database`: null before there is one; what it answers outlives the pages.
#ifndef MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_
#define MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "gateway/net/http.h"
#include "projections/database.h"

namespace muniment::gateway {

class OidcPages final : public net::Handler {
 public:
  explicit OidcPages(std::function<const projections::Database*()> database)
      : database_(std::move(database)) {}

  void Handle(std::shared_ptr<net::Exchange> exchange) override;

  // Whether a path is one of them.
  static bool Owns(absl::string_view path);

 private:
  const std::function<const projections::Database*()> database_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_OIDC_PAGES_H_
