#include "command/session/steps.h"

namespace muniment::command {

using zitadel::session::v2::CreateSessionRequest;
using zitadel::session::v2::CreateSessionResponse;

absl::StatusOr<CreateSessionResponse> CreateSession(Unit& unit,
                                                    const CreateSessionRequest& request) {
  CreateSessionResponse response;
  response.set_session_id(unit.NewId());
  ASSIGN_OR_RETURN(const auto session, unit.LoadOrNew<Session>(response.session_id()));
  SessionSteps steps(unit, session);
  RETURN_IF_ERROR(steps.Begin(request.user_agent()));
  if (request.has_lifetime()) RETURN_IF_ERROR(steps.SetLifetime(request.lifetime()));
  RETURN_IF_ERROR(steps.SetMetadata(request.metadata()));
  RETURN_IF_ERROR(steps.Check(request.checks()));
  if (request.has_challenges()) {
    RETURN_IF_ERROR(steps.Challenge(request.challenges(), response.mutable_challenges()));
  }
  response.set_session_token(steps.Finish());
  return response;
}

}  // namespace muniment::command
