#include "base/crypto.h"
#include "base/session_token.h"
#include "command/session/steps.h"

namespace muniment::command {

using zitadel::session::v2::SetSessionRequest;
using zitadel::session::v2::SetSessionResponse;

namespace {

absl::Status MaySet(const Session& session, const SetSessionRequest& request, absl::Time now) {
  if (!session.stands(now)) {
    return Error(absl::StatusCode::kFailedPrecondition, "session.expired",
                 "The session has ended; make another.");
  }
  if (request.session_token().empty() ||
      ConstantTimeEqual(SessionTokenHash(request.session_token()), session.token_hash)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kAborted, "session.token_old",
               "The token is not the session's newest: somebody else has set it since.");
}

// Whoever acts by one session has another's token to show before he takes that over, unless he may
// set it anyway: a session that somebody took would else be worth all that its user ever began.
absl::Status MaySetAnother(Unit& unit, const Ref<Session>& session,
                           const SetSessionRequest& request) {
  const Caller& caller = unit.caller();
  // Nor does an application that was handed a token of his.
  const bool lends = !caller.sign_in_session_id.empty();
  if (!lends && (caller.session_id.empty() || caller.session_id == session.id())) {
    return absl::OkStatus();
  }
  if (!request.session_token().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("session.write", session->organization_id));
  if (holds) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "session.token_required",
               "Setting another session than the one shown takes its token, or session.write.");
}

// A session makes nothing that outlives it, itself neither.
absl::Status MayLast(Unit& unit, const Ref<Session>& session, const SetSessionRequest& request) {
  const Caller& caller = unit.caller();
  const bool own = caller.session_id == session.id() || caller.user_id == session->user_id;
  if (!own || ToDuration(request.lifetime()) <= session->lifetime) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, unit.Holds("session.write", session->organization_id));
  if (holds) return absl::OkStatus();
  return Error(absl::StatusCode::kPermissionDenied, "session.outlives_proof",
               "By itself a session can end earlier, not later; that takes session.write.");
}

}  // namespace

absl::StatusOr<SetSessionResponse> SetSession(Unit& unit, const SetSessionRequest& request) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadTarget<Session>());
  RETURN_IF_ERROR(MaySet(*session, request, unit.Now()));
  RETURN_IF_ERROR(MaySetAnother(unit, session, request));
  SessionSteps steps(unit, session);
  RETURN_IF_ERROR(steps.LoadUser());
  if (request.has_lifetime()) {
    RETURN_IF_ERROR(MayLast(unit, session, request));
    RETURN_IF_ERROR(steps.SetLifetime(request.lifetime()));
  }
  RETURN_IF_ERROR(steps.SetMetadata(request.metadata()));
  RETURN_IF_ERROR(steps.Check(request.checks()));
  SetSessionResponse response;
  if (request.has_challenges()) {
    RETURN_IF_ERROR(steps.Challenge(request.challenges(), response.mutable_challenges()));
  }
  response.set_session_token(steps.Finish());
  return response;
}

}  // namespace muniment::command
