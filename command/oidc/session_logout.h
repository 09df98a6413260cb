// Who is told that a session ended: the applications that hold tokens of it and registered where
// (OpenID Connect Back-Channel Logout 1.0). For the reactor that tells them
// (gateway/reactors/back_channel.h), which runs DueLogouts and RaiseLogoutSent as the system.
#ifndef MUNIMENT_COMMAND_OIDC_SESSION_LOGOUT_H_
#define MUNIMENT_COMMAND_OIDC_SESSION_LOGOUT_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/oidc/flow.h"
#include "command/session/session.h"
#include "command/unit.h"
#include "muniment/event/v1/oidc.visit.h"

namespace muniment::command {

// By the session's id.
struct SessionLogout {
  using Event = event::v1::SessionLogoutEvent;
  static constexpr absl::string_view kNoun = "session_logout";

  struct Client {
    event::v1::BackChannelRegistered registered;
    bool told = false;
  };
  std::map<std::string, Client, std::less<>> clients;  // by client id
  std::string organization_id;

  bool exists() const { return !clients.empty(); }
  bool Owes() const;
};

inline absl::string_view OwnerOf(const SessionLogout& logout) { return logout.organization_id; }

void Fold(SessionLogout& logout, const event::v1::BackChannelRegistered& event);
void Fold(SessionLogout& logout, const event::v1::BackChannelSent& event);

// The work of telling them, which is about the session.
inline constexpr absl::string_view kLogoutWork = "logout.back_channel";

// A client that is handed tokens of a session is one of them, where it registered a place.
absl::Status RegisterForLogout(TokenFlow& flow);

// Ends it, and has them told.
absl::Status TerminateSession(Unit& unit, const Ref<Session>& session);

// What is due to one of them, where the application is registered as it was.
struct DueLogout {
  std::string client_id;
  std::string uri;
  std::string user_id;
  std::string issuer;
};
absl::StatusOr<std::vector<DueLogout>> DueLogouts(Unit& unit, absl::string_view session_id);
absl::Status RaiseLogoutSent(Unit& unit, absl::string_view session_id,
                             const std::string& client_id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_SESSION_LOGOUT_H_
