// Whether an access token lives, asked of the read models each time somebody shows it, so that whatever
// ends it ends it with its commit: itself, its family, the session or the credential that it came of,
// its user, its client, the project, the organizations, and who may use the project at all.
//
//   const auto live = FindLiveToken(view, owners, instance, {family_id, token_id}, now);
//   if (!live.ok()) ...   // UNAUTHENTICATED "oauth.invalid_token", and why, for the operator's eyes
//
// Three gets: the family, its user, the session or the machine's key; two lists more where the project
// asks who may use it, and all of it again for each token that an exchange left behind this one (up to
// kMaxExchanges, command/oidc/exchange.h). Thread-safe functions of a view.
#ifndef MUNIMENT_GATEWAY_OIDC_LIVE_TOKEN_H_
#define MUNIMENT_GATEWAY_OIDC_LIVE_TOKEN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/oidc_scope.h"
#include "gateway/oidc/sealed_tokens.h"
#include "gateway/oidc/signer.h"
#include "muniment/row/v1/oidc.pb.h"
#include "muniment/row/v1/row.pb.h"
#include "projections/database.h"
#include "projections/owners.h"

namespace muniment::gateway {

struct TokenPlace {
  std::string family_id;
  std::string token_id;
};

struct LiveToken {
  row::v1::OidcSession family;
  row::v1::AccessToken token;
  row::v1::User user;
  // Null where a machine got it for itself.
  std::shared_ptr<const row::v1::Application> client;

  // As it is told.
  absl::string_view scope() const { return token.scope().empty() ? family.scope() : token.scope(); }
  // Each; they live as long as this.
  Scopes scopes() const { return absl::StrSplit(scope(), ' ', absl::SkipEmpty()); }
};

absl::StatusOr<LiveToken> FindLiveToken(projections::View& view,
                                        const projections::Owners& owners, uint64_t instance,
                                        const TokenPlace& place, absl::Time now);

// Whether what a family hangs on stands, whatever became of its tokens; likewise.
absl::Status GrantHolds(projections::View& view, const projections::Owners& owners,
                        uint64_t instance, const event::v1::OidcSessionAdded& added,
                        absl::Time now);

// A personal access token that counts, and its user; nothing for any other text. What it may be used for
// is not said by it: it was given the scopes of PersonalScope.
struct LivePersonalToken {
  row::v1::PersonalAccessToken token;
  row::v1::User user;
};
absl::StatusOr<std::optional<LivePersonalToken>> FindPersonalToken(
    projections::View& view, const projections::Owners& owners, uint64_t instance,
    absl::string_view token, absl::Time now);
const Scopes& PersonalScope();

// Where a token of either form says that it is; nothing for what none of ours made, or is over. A
// signed one names it in its jti.
std::optional<TokenPlace> PlaceOfToken(const SealedTokens& sealed, Signer& signer,
                                       uint64_t instance, absl::string_view token, absl::Time now);
// As commands are told of it.
oidc::v1::SealedToken ContentOf(uint64_t instance, const TokenPlace& place);
std::string JwtIdOf(const TokenPlace& place);
std::optional<TokenPlace> PlaceOfJwtId(absl::string_view id);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_LIVE_TOKEN_H_
