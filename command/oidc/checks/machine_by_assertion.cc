#include <utility>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/client_facts.h"
#include "command/user/machine_credentials.h"

namespace muniment::command {

// Its maker and subject are the machine's id.
absl::Status MachineByAssertion(TokenFlow& flow) {
  const absl::Status invalid =
      OauthError(Oauth::kInvalidGrant, "The assertion is not one of a machine and a key that are known.");
  const absl::string_view text = flow.Param("assertion");
  if (text.empty()) return OauthError(Oauth::kInvalidRequest, "The assertion is missing.");
  const auto assertion = ParseJwt(text);
  if (!assertion.ok()) {
    return OauthError(Oauth::kInvalidGrant, assertion.status().message());
  }
  flow.shown.id = assertion->Text("iss").value_or("");
  if (flow.shown.id.empty() || flow.shown.id.size() > 200) return invalid;
  const auto credentials = flow.unit.LoadAny<MachineCredentials>(flow.shown.id);
  ASSIGN_OR_RETURN(const auto user, flow.unit.LoadAny<User>(flow.shown.id));
  RETURN_IF_ERROR(credentials.status());
  if (!user.exists() || !user->machine) return invalid;
  ASSIGN_OR_RETURN(ClientProof proof,
                   ProveAssertion(*assertion, FactsOf(user.id(), **credentials),
                                  {.issuer = flow.request.issuer(), .now = flow.unit.Now()},
                                  invalid));
  flow.user = user;
  *flow.grant.mutable_user_credential() = std::move(proof.credential);
  flow.assertion_id = std::move(proof.assertion_id);
  flow.grant.set_client_id(user.id());
  flow.grant.set_grant(event::v1::OIDC_GRANT_JWT_BEARER);
  return absl::OkStatus();
}

}  // namespace muniment::command
