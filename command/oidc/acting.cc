#include "command/oidc/acting.h"

#include <optional>

#include "base/client_proof.h"
#include "base/error.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/oidc/admission.h"
#include "command/oidc/client_active.h"
#include "command/session/standing.h"
#include "command/user/machine_credentials.h"
#include "command/user/user.h"

namespace muniment::command {

namespace {

absl::Status Invalid() {
  return Error(absl::StatusCode::kUnauthenticated, "auth.token_invalid",
               "The token is not valid, or is no longer.");
}

absl::StatusOr<bool> CredentialStands(Unit& unit, const event::v1::OidcSessionAdded& grant) {
  const auto& shown = grant.user_credential();
  if (shown.key_id().empty() && shown.secret_mark().empty()) return true;
  ASSIGN_OR_RETURN(const auto held, unit.LoadAny<MachineCredentials>(grant.user_id()));
  if (!shown.secret_mark().empty()) return SecretMark(held->secret_hash) == shown.secret_mark();
  const auto key = held->keys.find(shown.key_id());
  return key != held->keys.end() && (!key->second.has_expiration() ||
                                     unit.Now() < ToTime(key->second.expiration()));
}

absl::StatusOr<bool> SignInStands(Unit& unit, const event::v1::OidcSessionAdded& grant,
                                  const User& user) {
  Session proved;
  proved.credential_epoch = grant.credential_epoch();
  if (!grant.session_id().empty()) {
    ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(grant.session_id()));
    if (!session.exists() || session->user_id != grant.user_id()) return false;
    proved.credential_epoch = session->credential_epoch;
  }
  return CredentialsStand(unit, proved, user);
}

}  // namespace

absl::Status MayActByToken(Unit& unit, const Caller& caller, const Ref<TokenFamily>& family) {
  const TokenFamily::AccessToken* token = family->Find(caller.oidc_token_id);
  if (!family.exists() || token == nullptr || token->expiration <= unit.Now() ||
      family->grant.user_id() != caller.user_id) {
    return Invalid();
  }
  const event::v1::OidcSessionAdded& grant = family->grant;
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(grant.user_id()));
  ASSIGN_OR_RETURN(bool stands, SignInStands(unit, grant, *user));
  if (!stands) return Invalid();
  ASSIGN_OR_RETURN(stands, CredentialStands(unit, grant));
  if (!stands) return Invalid();
  if (!grant.application_id().empty()) {
    ASSIGN_OR_RETURN(const auto application,
                     unit.LoadAny<Application>(
                         ApplicationStreamId(grant.project_id(), grant.application_id())));
    ASSIGN_OR_RETURN(stands, IsActive(unit, *application));
    const absl::Status admitted = Admits(unit, grant.project_id(), user);
    if (IsPending(admitted)) return admitted;
    stands = stands && admitted.ok();
  }
  if (stands && !grant.parent_id().empty()) {
    ASSIGN_OR_RETURN(const auto parent, unit.LoadAny<TokenFamily>(grant.parent_id()));
    stands = parent.exists();
  }
  return stands ? absl::OkStatus() : Invalid();
}

}  // namespace muniment::command
