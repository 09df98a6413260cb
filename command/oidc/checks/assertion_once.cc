#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/assertion.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status AssertionOnce(TokenFlow& flow) {
  const bool client = flow.client.has_value();
  const absl::Status used = OauthError(client ? Oauth::kInvalidClient : Oauth::kInvalidGrant,
                                       "The assertion was redeemed already.");
  return RedeemAssertion(flow.unit, flow.assertion_id, flow.shown.id,
                         client ? (*flow.client)->organization_id : (*flow.user)->organization_id,
                         used);
}

}  // namespace muniment::command
