#include <algorithm>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/oidc_audience.h"
#include "base/timestamp.h"
#include "command/oidc/acting.h"
#include "command/oidc/assertion.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/exchange.h"
#include "command/user/state.h"
#include "command/user/tokens.h"

namespace muniment::command {

namespace {

constexpr size_t kMaxUserId = 200;

absl::Status Unproved() {
  return NotExchanged("The subject_token is none of its type, or counts no more.");
}

// What was given with a token of the family is given on: no more, to nobody else, and no longer.
absl::Status GiveOn(TokenFlow& flow, const Ref<TokenFamily>& family, const std::string& token_id,
                    const std::vector<std::string>& scope, absl::Time end) {
  const event::v1::OidcSessionAdded& from = family->grant;
  ASSIGN_OR_RETURN(const bool stands, GrantStands(flow.unit, family));
  if (!stands || end <= flow.unit.Now()) return Unproved();
  if (from.actor_size() > 0) {
    return NotExchanged("What somebody got by acting for another is exchanged no more.");
  }
  if (from.exchanges() >= kMaxExchanges) {
    return NotExchanged("The subject_token was exchanged too often.");
  }
  const Application& client = **flow.client;
  if (!IsAddressedTo(from, scope, client.project_id, client.client_id)) {
    return NotExchanged("The subject_token is not addressed to the client.");
  }
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(from.user_id()));
  flow.grant.set_session_id(from.session_id());
  flow.grant.set_credential_epoch(from.credential_epoch());
  *flow.grant.mutable_auth_time() = from.auth_time();
  *flow.grant.mutable_amr() = from.amr();
  *flow.grant.mutable_audience() = from.audience();
  flow.grant.set_parent_id(family.id());
  flow.grant.set_parent_token_id(token_id);
  flow.grant.set_exchanges(from.exchanges() + 1);
  flow.scope = scope;
  flow.scope_given = true;
  flow.not_after = end;
  return absl::OkStatus();
}

std::vector<std::string> ScopeOf(const TokenFamily& family) {
  return {family.grant.scope().begin(), family.grant.scope().end()};
}

// Of ours, of either form.
absl::Status ByAccessToken(TokenFlow& flow, const oidc::v1::SealedToken& shown) {
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadAny<TokenFamily>(shown.family_id()));
  const TokenFamily::AccessToken* token = family->Find(shown.token_id());
  if (token == nullptr) return Unproved();
  return GiveOn(flow, family, token->id, token->scope.empty() ? ScopeOf(*family) : token->scope,
                token->expiration);
}

// For the client alone that it was given to: it says to others who somebody is, and no more.
absl::Status ByIdToken(TokenFlow& flow, const oidc::v1::IdToken& shown) {
  if (shown.client_id() != (*flow.client)->client_id) {
    return NotExchanged("The subject_token is not addressed to the client.");
  }
  ASSIGN_OR_RETURN(const auto family, flow.unit.LoadAny<TokenFamily>(shown.family_id()));
  return GiveOn(flow, family, "", ScopeOf(*family), ToTime(shown.expiration()));
}

absl::Status ByPersonalToken(TokenFlow& flow, const oidc::v1::PersonalToken& shown) {
  ASSIGN_OR_RETURN(const auto tokens, flow.unit.LoadAny<UserTokens>(shown.user_id()));
  if (!tokens->Stands(shown.token_id(), flow.unit.Now())) return Unproved();
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(shown.user_id()));
  flow.grant.mutable_user_credential()->set_personal_token_id(shown.token_id());
  flow.not_after = tokens->expiration.at(shown.token_id());
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
  if (id.size() > kMaxUserId) return MayNotAct();
  ASSIGN_OR_RETURN(flow.user, flow.unit.LoadAny<User>(id));
  return absl::OkStatus();
}

absl::Status ByType(TokenFlow& flow, TokenType type) {
  const oidc::v1::ShownToken& shown = flow.request.subject();
  switch (type) {
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
  const TokenType type = *TokenTypeOf(flow.Param("subject_token_type"));
  flow.grant.set_grant(event::v1::OIDC_GRANT_TOKEN_EXCHANGE);
  flow.grant.set_exchanges(1);
  RETURN_IF_ERROR(ByType(flow, type));
  bool active = flow.user->exists();
  if (active) {
    ASSIGN_OR_RETURN(active, IsActive(flow.unit, **flow.user));
  }
  if (active) return absl::OkStatus();
  return type == TokenType::kUserId ? MayNotAct() : Unproved();
}

}  // namespace muniment::command
