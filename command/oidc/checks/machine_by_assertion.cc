#include <utility>

#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/assertion.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status MachineByAssertion(TokenFlow& flow) {
  const absl::Status invalid =
      OauthError(Oauth::kInvalidGrant, "The assertion is not one of a machine and a key that are known.");
  const absl::string_view text = flow.Param("assertion");
  if (text.empty()) return OauthError(Oauth::kInvalidRequest, "The assertion is missing.");
  const auto assertion = ParseJwt(text);
  if (!assertion.ok()) {
    return OauthError(Oauth::kInvalidGrant, assertion.status().message());
  }
  ASSIGN_OR_RETURN(MachineProof proof, ProveMachine(flow, *assertion, invalid));
  flow.shown.id = proof.user.id();
  flow.grant.set_client_id(proof.user.id());
  flow.user = std::move(proof.user);
  *flow.grant.mutable_user_credential() = std::move(proof.credential);
  flow.assertion_id = std::move(proof.assertion_id);
  flow.grant.set_grant(event::v1::OIDC_GRANT_JWT_BEARER);
  return absl::OkStatus();
}

}  // namespace muniment::command
