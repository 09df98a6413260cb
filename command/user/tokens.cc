#include "command/user/tokens.h"

#include "base/crypto.h"
#include "base/error.h"
#include "google/protobuf/util/time_util.h"

namespace muniment::command {

using google::protobuf::util::TimeUtil;

std::string TokenHash(absl::string_view token) { return Sha256(token).str(); }

absl::StatusOr<absl::Time> ExpirationOf(const google::protobuf::Timestamp& expiration) {
  const bool in_range = expiration.seconds() >= TimeUtil::kTimestampMinSeconds &&
                        expiration.seconds() <= TimeUtil::kTimestampMaxSeconds;
  if (!in_range || expiration.nanos() < 0 || expiration.nanos() > 999'999'999) {
    return Error(absl::StatusCode::kInvalidArgument, "token.expiration_invalid",
                 "The expiration is no time.");
  }
  return absl::FromUnixSeconds(expiration.seconds()) + absl::Nanoseconds(expiration.nanos());
}

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
