#include "command/oidc/sign_in.h"

#include <algorithm>

#include "base/amr.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/oidc_application.h"
#include "base/proof.h"
#include "command/application/application.h"
#include "command/oidc/admission.h"
#include "command/oidc/client_active.h"
#include "command/policy/settings.h"
#include "command/session/standing.h"
#include "command/user/state.h"

namespace muniment::command {

absl::StatusOr<SignIn> ShownSignIn(Unit& unit, const std::string& session_id,
                                   const std::string& session_token_hash) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadAny<Session>(session_id));
  if (!session->stands(unit.Now()) || session->user_id.empty() ||
      !ConstantTimeEqual(session->token_hash, session_token_hash)) {
    return Error(absl::StatusCode::kNotFound, "session.not_found", "There is no such session.");
  }
  ASSIGN_OR_RETURN(const auto user, unit.LoadAny<User>(session->user_id));
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  Caller caller;
  caller.user_id = user.id();
  caller.organization_id = user->organization_id;
  caller.session_id = session_id;
  caller.session_token_hash = session_token_hash;
  RETURN_IF_ERROR(MayActBySession(unit, caller, user));
  ASSIGN_OR_RETURN(const bool due, PasswordChangeDue(unit, caller, user));
  if (due) return PasswordChangeRequired();
  // What the policy counts no more says nothing of how its user proved himself.
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<LoginPolicy>(user->organization_id));
  const Proofs proofs = Standing(session->proofs, DemandsOf(policy->policy, false), unit.Now());
  return SignIn{user, AuthTimeOf(proofs), AmrOf(proofs)};
}

bool StillRegistered(const Application& application, const event::v1::AuthRequestAdded& asked) {
  if (!application.exists() || !application.oidc.has_value()) return false;
  const auto& types = application.oidc->response_type();
  return MayRedirectTo(*application.oidc, asked.redirect_uri()) &&
         std::find(types.begin(), types.end(), asked.response_type()) != types.end();
}

absl::Status LetIn(Unit& unit, const std::string& application_stream_id, const Texts& scope,
                   const Ref<User>& user) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadAny<Application>(application_stream_id));
  ASSIGN_OR_RETURN(const bool active, IsActive(unit, *application));
  if (!active) {
    return Error(absl::StatusCode::kFailedPrecondition, "auth_request.application_inactive",
                 "The application is not active.");
  }
  ASSIGN_OR_RETURN(const bool belongs, BelongsWhereAsked(unit, *user, scope));
  const absl::Status admitted = Admits(unit, application->project_id, user);
  if (IsPending(admitted)) return admitted;
  if (belongs && admitted.ok()) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "auth_request.not_admitted",
               belongs ? admitted.message()
                       : "The application asks for users of another organization.");
}

}  // namespace muniment::command
