#include "base/crypto.h"
#include "base/error.h"
#include "base/located_secret.h"
#include "base/oauth_error.h"
#include "base/oidc_code.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status CodeFound(TokenFlow& flow) {
  const absl::Status unknown = OauthError(Oauth::kInvalidGrant, "There is no such code.");
  const absl::string_view code = flow.Param("code");
  if (code.empty()) return OauthError(Oauth::kInvalidRequest, "The code is missing.");
  const auto id = IdOfLocated(kAuthCode, code);
  if (!id.has_value()) return unknown;
  ASSIGN_OR_RETURN(flow.auth_request, flow.unit.LoadAny<AuthRequest>(*id));
  const AuthRequest& request = **flow.auth_request;
  if (!ConstantTimeEqual(LocatedHash(code), request.code_hash)) return unknown;
  flow.grant.set_grant(event::v1::OIDC_GRANT_AUTHORIZATION_CODE);
  *flow.grant.mutable_scope() = request.asked.scope();
  flow.grant.set_issuer(request.asked.issuer());
  flow.signed_in_user_id = request.linked.user_id();
  flow.grant.set_session_id(request.linked.session_id());
  *flow.grant.mutable_auth_time() = request.linked.auth_time();
  *flow.grant.mutable_amr() = request.linked.amr();
  flow.scope.assign(flow.grant.scope().begin(), flow.grant.scope().end());
  flow.nonce = request.asked.nonce();
  return absl::OkStatus();
}

}  // namespace muniment::command
