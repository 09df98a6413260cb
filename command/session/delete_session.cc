#include "base/error.h"
#include "command/oidc/session_logout.h"
#include "command/session/standing.h"
#include "command/unit.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::command {

using zitadel::session::v2::DeleteSessionRequest;
using zitadel::session::v2::DeleteSessionResponse;

absl::StatusOr<DeleteSessionResponse> DeleteSession(Unit& unit, const DeleteSessionRequest&) {
  ASSIGN_OR_RETURN(const auto session, unit.LoadTarget<Session>());
  ReportAgent(unit, session.id(), *session);
  RETURN_IF_ERROR(TerminateSession(unit, session));
  return DeleteSessionResponse();
}

}  // namespace muniment::command
