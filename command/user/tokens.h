// A user's personal access tokens, as decisions see them.
#ifndef MUNIMENT_COMMAND_USER_TOKENS_H_
#define MUNIMENT_COMMAND_USER_TOKENS_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/event/v1/user.visit.h"

namespace muniment::command {

struct UserTokens {
  using Event = event::v1::UserTokenEvent;
  static constexpr absl::string_view kNoun = "token";

  // Token id -> when it expires; those that were not removed.
  absl::flat_hash_map<std::string, absl::Time> expiration;
  std::string organization_id;

  bool exists() const { return !expiration.empty(); }
  // Shown now, it counts.
  bool Stands(absl::string_view token_id, absl::Time now) const {
    const auto token = expiration.find(token_id);
    return token != expiration.end() && now < token->second;
  }
  size_t bytes() const { return expiration.size() * 64; }
};

// How a token stands in the log: SHA-256 over the characters that are sent as `Authorization:
// Bearer`, base64url of 256 random bits.
std::string TokenHash(absl::string_view token);

// INVALID_ARGUMENT "token.expiration_invalid" for what is no time (years 1 to 9999).
absl::StatusOr<absl::Time> ExpirationOf(const google::protobuf::Timestamp& expiration);

inline absl::string_view OwnerOf(const UserTokens& tokens) { return tokens.organization_id; }

void Fold(UserTokens& tokens, const event::v1::PersonalAccessTokenAdded& event);
void Fold(UserTokens& tokens, const event::v1::PersonalAccessTokenRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_TOKENS_H_
