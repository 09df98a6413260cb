#include "command/user/tokens.h"

namespace muniment::command {

void Fold(UserTokens& tokens, const event::v1::PersonalAccessTokenAdded& event) {
  tokens.organization_id = event.organization_id();
  tokens.expiration[event.token_id()] = event.has_expiration()
                                            ? absl::FromUnixSeconds(event.expiration().seconds()) +
                                                  absl::Nanoseconds(event.expiration().nanos())
                                            : absl::InfiniteFuture();
}

void Fold(UserTokens& tokens, const event::v1::PersonalAccessTokenRemoved& event) {
  tokens.expiration.erase(event.token_id());
}

}  // namespace muniment::command
