// A family of tokens, as decisions see it: what follows from one grant, and lives and dies with it.
#ifndef MUNIMENT_COMMAND_OIDC_TOKEN_FAMILY_H_
#define MUNIMENT_COMMAND_OIDC_TOKEN_FAMILY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "command/unit.h"
#include "muniment/event/v1/oidc.visit.h"

namespace muniment::command {

struct TokenFamily {
  using Event = event::v1::OidcSessionEvent;
  static constexpr absl::string_view kNoun = "oidc_session";

  struct AccessToken {
    std::string id;
    absl::Time expiration;
    std::vector<std::string> scope;  // empty: the family's
    event::v1::OidcTokenType type = event::v1::OIDC_TOKEN_TYPE_BEARER;
  };

  bool added = false;
  bool revoked = false;
  event::v1::OidcSessionAdded grant;
  std::vector<AccessToken> access_tokens;  // the newest last, kMaxAccessTokens of them
  std::string refresh_id;                  // empty: none was given
  std::string previous_refresh_id;         // that the one now replaced
  absl::Time renewed_at = absl::InfinitePast();
  std::string renewed_access_id;  // that was given with the one now
  absl::Time idle_expiration = absl::InfinitePast();
  absl::Time expiration = absl::InfinitePast();  // of all refresh tokens together

  bool exists() const { return added && !revoked; }
  size_t bytes() const { return grant.SpaceUsedLong() + access_tokens.size() * 128; }
  // Null for one that was revoked, or is not among them any more.
  const AccessToken* Find(absl::string_view id) const;
  bool Refreshable(absl::Time now) const {
    return exists() && !refresh_id.empty() && now < idle_expiration && now < expiration;
  }
};

inline absl::string_view OwnerOf(const TokenFamily& family) {
  return family.grant.organization_id();
}

void Fold(TokenFamily& family, const event::v1::OidcSessionAdded& event);
void Fold(TokenFamily& family, const event::v1::AccessTokenAdded& event);
void Fold(TokenFamily& family, const event::v1::AccessTokenRevoked& event);
void Fold(TokenFamily& family, const event::v1::RefreshTokenAdded& event);
void Fold(TokenFamily& family, const event::v1::RefreshTokenRenewed& event);
void Fold(TokenFamily& family, const event::v1::RefreshTokenRevoked& event);

// Whether an assertion was redeemed (RFC 7523 section 3).
struct Assertion {
  using Event = event::v1::OidcAssertionEvent;
  static constexpr absl::string_view kNoun = "assertion";

  bool redeemed = false;
  std::string organization_id;

  bool exists() const { return redeemed; }
};

inline absl::string_view OwnerOf(const Assertion& assertion) { return assertion.organization_id; }

inline void Fold(Assertion& assertion, const event::v1::AssertionRedeemed& event) {
  assertion.redeemed = true;
  assertion.organization_id = event.organization_id();
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_TOKEN_FAMILY_H_
