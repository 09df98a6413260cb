// Who makes a call: the instance by the host that was named, the caller by the token that was
// shown. What he may do is asked later, on the target.
//
//   ASSIGN_OR_RETURN(uint64_t instance, FindInstance(view, owners, context.authority()));
//   ASSIGN_OR_RETURN(Caller caller, FindCaller(view, owners, instance, context, now));
//
// A token is a personal access token, that of a session (base/session_token.h), which must have proved
// what the login policy and its user's factors ask for (base/proof.h), or an access token that lives
// (oidc/live_token.h) and was given for the platform's own interface: its family asked for the audience
// of the project "zitadel".
//
// Thread-safe functions of a view; FindInstance takes no get, FindCaller none without a token and
// at most four with one, and where x-zitadel-orgid names another organization than his own, those of
// what he has roles on. Every reason why a token does not count answers alike, but for a session
// that stands and proved too little, UNAUTHENTICATED "auth.session_unproved", or proved its user by
// credentials that were changed since, "session.credentials_changed". One that acts once its user
// has changed his password is refused with PERMISSION_DENIED "auth.password_change_required".
// Errors: NOT_FOUND "instance.not_found"; UNAUTHENTICATED "auth.token_invalid", and
// "auth.header_malformed" for a header that holds no bearer token (RFC 6750 section 2.1);
// INVALID_ARGUMENT "request.organization" for an x-zitadel-orgid that is no id; NOT_FOUND
// "org.not_found", for known callers, where it is nobody's, or of one that he has nothing to do with.
#ifndef MUNIMENT_GATEWAY_API_AUTHENTICATOR_H_
#define MUNIMENT_GATEWAY_API_AUTHENTICATOR_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/caller.h"
#include "gateway/oidc/sealed_tokens.h"
#include "gateway/oidc/signer.h"
#include "projections/database.h"
#include "projections/owners.h"

namespace muniment::gateway {

absl::StatusOr<uint64_t> FindInstance(const projections::View& view,
                                      const projections::Owners& owners,
                                      absl::string_view authority);

// How access tokens of OpenID Connect are read; both outlive who is given them.
struct AccessTokens {
  const SealedTokens* sealed = nullptr;
  Signer* signer = nullptr;
};

struct Credentials {
  absl::string_view authorization;  // the header, or ""
  absl::string_view organization;   // x-zitadel-orgid, or ""
  // Who must change his password may call the method, and is told apart (Caller).
  bool before_password_change = false;
  // Without it such tokens do not count.
  AccessTokens access = {};
};

// A caller that is not known() where no token was shown.
absl::StatusOr<Caller> FindCaller(projections::View& view, const projections::Owners& owners,
                                  uint64_t instance, const Credentials& credentials,
                                  absl::Time now);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_AUTHENTICATOR_H_
