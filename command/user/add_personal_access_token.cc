#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "base/crypto.h"
#include "command/unit.h"
#include "command/user/machine_rules.h"
#include "command/user/tokens.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::AddPersonalAccessTokenRequest;
using zitadel::user::v2::AddPersonalAccessTokenResponse;

namespace {

constexpr size_t kTokenBytes = 32;

event::v1::PersonalAccessTokenAdded Decide(const User& user,
                                           const AddPersonalAccessTokenRequest& request,
                                           absl::string_view token_id, absl::string_view token) {
  event::v1::PersonalAccessTokenAdded added;
  added.set_token_id(std::string(token_id));
  *added.mutable_expiration() = request.expiration_date();
  added.set_token_hash(TokenHash(token));
  added.set_organization_id(user.organization_id);
  return added;
}

}  // namespace

absl::StatusOr<AddPersonalAccessTokenResponse> AddPersonalAccessToken(
    Unit& unit, const AddPersonalAccessTokenRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const absl::Time expiration, ExpirationOf(request.expiration_date()));
  RETURN_IF_ERROR(MayHaveCredential(unit, user, "token", expiration));
  ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(user.id()));

  AddPersonalAccessTokenResponse response;
  response.set_token_id(unit.NewId());
  response.set_token(absl::WebSafeBase64Escape(unit.NewSecret(kTokenBytes)));
  unit.Raise(tokens, Decide(*user, request, response.token_id(), response.token()));
  return response;
}

}  // namespace muniment::command
