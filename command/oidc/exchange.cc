#include "command/oidc/exchange.h"

#include <algorithm>
#include <iterator>

#include "base/oauth_error.h"

namespace muniment::command {

namespace {

struct Row {
  TokenType type;
  absl::string_view urn;
};
constexpr Row kTypes[] = {
    {TokenType::kAccessToken, "urn:ietf:params:oauth:token-type:access_token"},
    {TokenType::kJwt, "urn:ietf:params:oauth:token-type:jwt"},
    {TokenType::kIdToken, "urn:ietf:params:oauth:token-type:id_token"},
    {TokenType::kUserId, "urn:zitadel:params:oauth:token-type:user_id"},
};

}  // namespace

std::optional<TokenType> TokenTypeOf(absl::string_view urn) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes),
                                   [urn](const Row& row) { return row.urn == urn; });
  return found == std::end(kTypes) ? std::nullopt : std::optional(found->type);
}

absl::string_view UrnOf(TokenType type) {
  return std::find_if(std::begin(kTypes), std::end(kTypes),
                      [type](const Row& row) { return row.type == type; })
      ->urn;
}

absl::Status NotExchanged(absl::string_view why) {
  return OauthError(Oauth::kInvalidRequest, why);
}

absl::Status MayNotAct() { return NotExchanged("The actor may not act for the subject."); }

}  // namespace muniment::command
