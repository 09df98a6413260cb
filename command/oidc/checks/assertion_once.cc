#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

// One without a jti cannot be told from the next of the same second, so it counts as often as it is
// shown while it is young.
absl::Status AssertionOnce(TokenFlow& flow) {
  if (flow.assertion_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto assertion, flow.unit.LoadAny<Assertion>(flow.assertion_id));
  if (assertion->redeemed) {
    const bool client = flow.client.has_value();
    return OauthError(client ? Oauth::kInvalidClient : Oauth::kInvalidGrant,
                      "The assertion was redeemed already.");
  }
  event::v1::AssertionRedeemed redeemed;
  redeemed.set_issuer(flow.shown.id);
  redeemed.set_organization_id(flow.client.has_value() ? (*flow.client)->organization_id
                                                       : (*flow.user)->organization_id);
  flow.unit.Raise(assertion, std::move(redeemed));
  return absl::OkStatus();
}

}  // namespace muniment::command
