#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/oidc_scope.h"
#include "base/timestamp.h"
#include "command/oidc/acting.h"
#include "command/oidc/assertion.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"
#include "command/session/standing.h"
#include "command/user/state.h"
#include "command/user/tokens.h"

namespace muniment::command {

namespace {

absl::Status Unproved() {
  return NotExchanged("The subject_token is none of its type, or counts no more.");
}

// A token is for those that it is addressed to: whoever else has it must not make more of it.
bool AddressedTo(const event::v1::OidcSessionAdded& family, const Application& client) {
  return family.project_id() == client.project_id || family.client_id() == client.client_id ||
         std::any_of(family.scope().begin(), family.scope().end(), [&client](const auto& scope) {
           return ProjectAudience(scope) == client.project_id;
         });
}

// Of ours, of either form.
absl::Status ByAccessToken(TokenFlow& flow, const oidc::v1::SealedToken& shown) {
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadAny<TokenFamily>(shown.family_id()));
  const TokenFamily::AccessToken* token = family->Find(shown.token_id());
  if (!family.exists() || token == nullptr || token->expiration <= flow.unit.Now()) {
    return Unproved();
  }
  ASSIGN_OR_RETURN(const bool stands, GrantStands(flow.unit, family));
  if (!stands) return Unproved();
  const event::v1::OidcSessionAdded& from = family->grant;
  if (!AddressedTo(from, **flow.client)) {
    return NotExchanged("The subject_token is not addressed to the client.");
  }
  if (from.exchanges() >= kMaxExchanges) {
    return NotExchanged("The subject_token was exchanged too often.");
  }
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(from.user_id()));
  flow.grant.set_session_id(from.session_id());
  flow.grant.set_credential_epoch(from.credential_epoch());
  *flow.grant.mutable_auth_time() = from.auth_time();
  *flow.grant.mutable_amr() = from.amr();
  *flow.grant.mutable_actor() = from.actor();
  flow.grant.set_parent_id(family.id());
  flow.grant.set_exchanges(from.exchanges() + 1);
  if (token->scope.empty()) {
    flow.scope.assign(from.scope().begin(), from.scope().end());
  } else {
    flow.scope = token->scope;
  }
  flow.scope_given = true;
  return absl::OkStatus();
}

absl::Status ByPersonalToken(TokenFlow& flow, const oidc::v1::PersonalToken& shown) {
  ASSIGN_OR_RETURN(const auto tokens, flow.unit.LoadAny<UserTokens>(shown.user_id()));
  if (!tokens->Stands(shown.token_id(), flow.unit.Now())) return Unproved();
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(shown.user_id()));
  flow.grant.mutable_user_credential()->set_personal_token_id(shown.token_id());
  return absl::OkStatus();
}

absl::Status ByIdToken(TokenFlow& flow, const oidc::v1::IdToken& shown) {
  const std::string& client_id = (*flow.client)->client_id;
  if (std::count(shown.audience().begin(), shown.audience().end(), client_id) == 0) {
    return NotExchanged("The subject_token is not addressed to the client.");
  }
  ASSIGN_OR_RETURN(const auto session, flow.unit.LoadAny<Session>(shown.session_id()));
  if (!session.exists() || session->user_id != shown.user_id()) return Unproved();
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(shown.user_id()));
  ASSIGN_OR_RETURN(const bool stand, CredentialsStand(flow.unit, *session, **flow.user));
  if (!stand) return Unproved();
  flow.grant.set_session_id(shown.session_id());
  flow.grant.set_credential_epoch(session->credential_epoch);
  *flow.grant.mutable_auth_time() = shown.auth_time();
  *flow.grant.mutable_amr() = shown.amr();
  return absl::OkStatus();
}

absl::Status ByAssertion(TokenFlow& flow) {
  const auto assertion = ParseJwt(flow.Param("subject_token"));
  if (!assertion.ok()) return Unproved();
  ASSIGN_OR_RETURN(MachineProof proof, ProveMachine(flow, *assertion, Unproved()));
  RETURN_IF_ERROR(RedeemAssertion(flow.unit, proof.assertion_id, proof.user.id(),
                                  proof.user->organization_id, Unproved()));
  flow.user = std::move(proof.user);
  *flow.grant.mutable_user_credential() = std::move(proof.credential);
  return absl::OkStatus();
}

absl::Status ByUserId(TokenFlow& flow) {
  if (flow.Param("actor_token").empty()) {
    return NotExchanged("A user's id proves nobody: an actor_token is missing.");
  }
  const absl::string_view id = flow.Param("subject_token");
  if (id.size() > 200) return Unproved();
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(id));
  return absl::OkStatus();
}

absl::Status ByType(TokenFlow& flow) {
  const oidc::v1::ShownToken& shown = flow.request.subject();
  switch (*TokenTypeOf(flow.Param("subject_token_type"))) {
    case TokenType::kAccessToken:
      if (shown.has_personal()) return ByPersonalToken(flow, shown.personal());
      return shown.has_access_token() ? ByAccessToken(flow, shown.access_token()) : Unproved();
    case TokenType::kJwt:
      return shown.has_access_token() ? ByAccessToken(flow, shown.access_token())
                                      : ByAssertion(flow);
    case TokenType::kIdToken:
      return shown.has_id_token() ? ByIdToken(flow, shown.id_token()) : Unproved();
    case TokenType::kUserId:
      return ByUserId(flow);
  }
  return Unproved();
}

}  // namespace

absl::Status SubjectStands(TokenFlow& flow) {
  flow.grant.set_grant(event::v1::OIDC_GRANT_TOKEN_EXCHANGE);
  flow.grant.set_exchanges(1);
  RETURN_IF_ERROR(ByType(flow));
  if (!flow.user->exists()) return Unproved();
  ASSIGN_OR_RETURN(const bool active, IsActive(flow.unit, **flow.user));
  return active ? absl::OkStatus() : Unproved();
}

}  // namespace muniment::command
