#include "command/oidc/token_family.h"

#include <algorithm>
#include <utility>

#include "base/oidc_code.h"
#include "base/timestamp.h"

namespace muniment::command {

const TokenFamily::AccessToken* TokenFamily::Find(absl::string_view id) const {
  const auto found = std::find_if(access_tokens.begin(), access_tokens.end(),
                                  [id](const AccessToken& token) { return token.id == id; });
  return found == access_tokens.end() ? nullptr : &*found;
}

void Fold(TokenFamily& family, const event::v1::OidcSessionAdded& event) {
  family.added = true;
  family.grant = event;
}

void Fold(TokenFamily& family, const event::v1::AccessTokenAdded& event) {
  TokenFamily::AccessToken token;
  token.id = event.token_id();
  token.expiration = ToTime(event.expiration());
  token.scope.assign(event.scope().begin(), event.scope().end());
  token.type = event.type();
  if (family.access_tokens.size() >= kMaxAccessTokens) {
    family.access_tokens.erase(family.access_tokens.begin());
  }
  family.access_tokens.push_back(std::move(token));
}

void Fold(TokenFamily& family, const event::v1::AccessTokenRevoked& event) {
  if (event.token_id().empty()) return family.access_tokens.clear();
  std::erase_if(family.access_tokens,
                [&event](const auto& token) { return token.id == event.token_id(); });
}

void Fold(TokenFamily& family, const event::v1::RefreshTokenAdded& event) {
  family.refresh_id = event.token_id();
  family.idle_expiration = ToTime(event.idle_expiration());
  family.expiration = ToTime(event.expiration());
}

void Fold(TokenFamily& family, const event::v1::RefreshTokenRenewed& event) {
  family.previous_refresh_id = std::exchange(family.refresh_id, event.token_id());
  family.idle_expiration = ToTime(event.idle_expiration());
  family.renewed_at = ToTime(event.renewed_at());
  family.renewed_access_id = event.access_token_id();
}

void Fold(TokenFamily& family, const event::v1::RefreshTokenRevoked&) {
  family.revoked = true;
  family.access_tokens.clear();
}

}  // namespace muniment::command
