#include "command/oidc/acting.h"

#include <string>

#include "base/client_proof.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/oidc/admission.h"
#include "command/oidc/client_active.h"
#include "command/session/standing.h"
#include "command/user/machine_credentials.h"
#include "command/user/state.h"
#include "command/user/tokens.h"
#include "command/user/user.h"

namespace muniment::command {

namespace {

absl::Status Invalid() {
  return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
               "The token is not valid, or is no longer.");
}

absl::StatusOr<bool> CredentialStands(Unit& unit, const event::v1::OidcSessionAdded& grant) {
  const auto& shown = grant.user_credential();
  if (!shown.personal_token_id().empty()) {
    ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>(grant.user_id()));
    return tokens->Stands(shown.personal_token_id(), unit.Now());
  }
  if (shown.key_id().empty() && shown.secret_mark().empty()) return true;
  ASSIGN_OR_RETURN(const auto held, unit.LoadAny<MachineCredentials>(grant.user_id()));
  if (!shown.secret_mark().empty()) return SecretMark(held->secret_hash) == shown.secret_mark();
  const auto key = held->keys.find(shown.key_id());
  return key != held->keys.end() && (!key->second.has_expiration() ||
                                     unit.Now() < ToTime(key->second.expiration()));
}

absl::StatusOr<bool> SessionStands(Unit& unit, const std::string& id, const std::string& user_id,
                                   const User& user) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(id));
  if (!session.exists() || session->user_id != user_id) return false;
  return CredentialsStand(unit, *session, user);
}

absl::StatusOr<bool> SignInStands(Unit& unit, const event::v1::OidcSessionAdded& grant,
                                  const User& user) {
  if (!grant.session_id().empty()) {
    return SessionStands(unit, grant.session_id(), grant.user_id(), user);
  }
  Session proved;
  proved.credential_epoch = grant.credential_epoch();
  return CredentialsStand(unit, proved, user);
}

absl::StatusOr<bool> ClientStands(Unit& unit, const event::v1::OidcSessionAdded& grant,
                                  const Ref<User>& user) {
  if (grant.application_id().empty()) return true;
  ASSIGN_OR_RETURN(const auto application,
                   unit.LoadAny<Application>(
                       ApplicationStreamId(grant.project_id(), grant.application_id())));
  ASSIGN_OR_RETURN(const bool active, IsActive(unit, *application));
  const absl::Status admitted = Admits(unit, grant.project_id(), user);
  if (IsPending(admitted)) return admitted;
  return active && admitted.ok();
}

}  // namespace

absl::StatusOr<bool> GrantStands(Unit& unit, const Ref<TokenFamily>& family) {
  if (!family.exists()) return false;
  const event::v1::OidcSessionAdded& grant = family->grant;
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(grant.user_id()));
  ASSIGN_OR_RETURN(bool stands, IsActive(unit, *user));
  if (!stands) return false;
  ASSIGN_OR_RETURN(stands, SignInStands(unit, grant, *user));
  if (!stands) return false;
  ASSIGN_OR_RETURN(stands, CredentialStands(unit, grant));
  if (!stands) return false;
  ASSIGN_OR_RETURN(stands, ClientStands(unit, grant, user));
  if (!stands) return false;
  if (grant.parent_id().empty()) return true;
  ASSIGN_OR_RETURN(const auto parent, unit.LoadAny<TokenFamily>(grant.parent_id()));
  const std::string& shown = grant.parent_token_id();
  if (!shown.empty() && parent->Find(shown) == nullptr) return false;
  return GrantStands(unit, parent);
}

absl::Status MayActByToken(Unit& unit, const Caller& caller, const Ref<TokenFamily>& family) {
  const TokenFamily::AccessToken* token = family->Find(caller.oidc_token_id);
  if (!family.exists() || token == nullptr || token->expiration <= unit.Now() ||
      family->grant.user_id() != caller.user_id ||
      family->grant.grant() == event::v1::OIDC_GRANT_TOKEN_EXCHANGE) {
    return Invalid();
  }
  ASSIGN_OR_RETURN(const bool stands, GrantStands(unit, family));
  return stands ? absl::OkStatus() : Invalid();
}

}  // namespace muniment::command
