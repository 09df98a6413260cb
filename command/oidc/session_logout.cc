#include "command/oidc/session_logout.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "command/application/application.h"
#include "command/oidc/client_active.h"
#include "command/work/outcome.h"

namespace muniment::command {

bool SessionLogout::Owes() const {
  return std::any_of(clients.begin(), clients.end(),
                     [](const auto& client) { return !client.second.told; });
}

void Fold(SessionLogout& logout, const event::v1::BackChannelRegistered& event) {
  logout.organization_id = event.organization_id();
  logout.clients[event.client_id()] = {event, false};
}

void Fold(SessionLogout& logout, const event::v1::BackChannelSent& event) {
  logout.clients[event.client_id()].told = true;
}

absl::Status RegisterForLogout(TokenFlow& flow) {
  const event::v1::OidcSessionAdded& grant = flow.grant;
  if (grant.session_id().empty() || !flow.client.has_value()) return absl::OkStatus();
  if ((*flow.client)->oidc->back_channel_logout_uri().empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto logout, flow.unit.LoadOrNew<SessionLogout>(grant.session_id()));
  const auto known = logout->clients.find(grant.client_id());
  if (known != logout->clients.end() && known->second.registered.issuer() == grant.issuer()) {
    return absl::OkStatus();
  }
  event::v1::BackChannelRegistered registered;
  registered.set_client_id(grant.client_id());
  registered.set_application_id(grant.application_id());
  registered.set_project_id(grant.project_id());
  registered.set_user_id(grant.user_id());
  registered.set_organization_id(grant.organization_id());
  registered.set_issuer(grant.issuer());
  flow.unit.Raise(logout, std::move(registered));
  return absl::OkStatus();
}

absl::Status TerminateSession(Unit& unit, const Ref<Session>& session) {
  ASSIGN_OR_RETURN(const auto logout, unit.LoadAny<SessionLogout>(session.id()));
  unit.Raise(session, event::v1::SessionTerminated());
  if (!logout->Owes()) return absl::OkStatus();
  return RequestWork(unit, {AGGREGATE_SESSION, session.id()}, std::string(kLogoutWork));
}

absl::StatusOr<std::vector<DueLogout>> DueLogouts(Unit& unit, absl::string_view session_id) {
  ASSIGN_OR_RETURN(const auto logout, unit.LoadAny<SessionLogout>(session_id));
  std::vector<DueLogout> due;
  for (const auto& [client_id, client] : logout->clients) {
    if (client.told) continue;
    const event::v1::BackChannelRegistered& known = client.registered;
    ASSIGN_OR_RETURN(const auto application,
                     unit.LoadAny<Application>(
                         ApplicationStreamId(known.project_id(), known.application_id())));
    ASSIGN_OR_RETURN(const bool active, IsActive(unit, *application));
    if (!active || !application->oidc.has_value()) continue;
    const std::string& uri = application->oidc->back_channel_logout_uri();
    if (uri.empty() || application->client_id != client_id) continue;
    due.push_back({client_id, uri, known.user_id(), known.issuer()});
  }
  return due;
}

absl::Status RaiseLogoutSent(Unit& unit, absl::string_view session_id,
                             const std::string& client_id) {
  ASSIGN_OR_RETURN(const auto logout, unit.LoadAny<SessionLogout>(session_id));
  const auto client = logout->clients.find(client_id);
  if (client == logout->clients.end() || client->second.told) return absl::OkStatus();
  event::v1::BackChannelSent sent;
  sent.set_client_id(client_id);
  unit.Raise(logout, std::move(sent));
  return absl::OkStatus();
}

}  // namespace muniment::command
