#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"

namespace muniment::command {

// Which tokens are shown, by their types, and which is asked for.
absl::Status ExchangeAsked(TokenFlow& flow) {
  const absl::string_view subject = flow.Param("subject_token_type");
  if (flow.Param("subject_token").empty()) return NotExchanged("subject_token is missing.");
  if (subject.empty()) return NotExchanged("subject_token_type is missing.");
  if (!TokenTypeOf(subject).has_value()) {
    return NotExchanged("subject_token_type is none that is taken.");
  }
  const absl::string_view actor = flow.Param("actor_token_type");
  if (flow.Param("actor_token").empty() != actor.empty()) {
    return NotExchanged("actor_token and actor_token_type come together or not at all.");
  }
  const auto actor_type = TokenTypeOf(actor);
  if (!actor.empty() && actor_type != TokenType::kAccessToken && actor_type != TokenType::kJwt) {
    return NotExchanged("An actor proves himself by an access token.");
  }
  const absl::string_view asked = flow.Param("requested_token_type");
  flow.exchanged_for = asked.empty() ? TokenType::kAccessToken : TokenTypeOf(asked);
  if (!flow.exchanged_for.has_value() || flow.exchanged_for == TokenType::kUserId) {
    return NotExchanged("requested_token_type is none that is given.");
  }
  if (flow.Param("resource").empty()) return absl::OkStatus();
  return OauthError(Oauth::kInvalidTarget, "Resources are named by scopes, or by audience.");
}

}  // namespace muniment::command
