#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/client_facts.h"
#include "command/user/machine_credentials.h"

namespace muniment::command {

namespace {

absl::Status MachineByKey(TokenFlow& flow) {
  const ShownClient& shown = flow.shown;
  ASSIGN_OR_RETURN(const auto user, flow.unit.LoadAny<User>(shown.id));
  if (!user.exists() || !user->machine) return UnknownClient();
  ASSIGN_OR_RETURN(const auto credentials, flow.unit.LoadAny<MachineCredentials>(user.id()));
  ASSIGN_OR_RETURN(const ClientProof proof,
                   ProveAssertion(*shown.assertion, FactsOf(user.id(), *credentials),
                                  {.issuer = flow.request.issuer(), .now = flow.unit.Now()},
                                  UnknownClient()));
  flow.user = user;
  flow.assertion_id = proof.assertion_id;
  return absl::OkStatus();
}

}  // namespace

// Whoever was given the token: an application's client, or a machine that asked for itself.
absl::Status ClientOrMachine(TokenFlow& flow) {
  RETURN_IF_ERROR(ReadShown(flow));
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(flow.shown.id));
  if (id.empty()) {
    return flow.shown.assertion.has_value() ? MachineByKey(flow) : MachineBySecret(flow);
  }
  RETURN_IF_ERROR(ClientKnown(flow));
  return ClientProved(flow);
}

}  // namespace muniment::command
