#include <optional>
#include <utility>

#include "base/client_proof.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"
#include "command/session/sign_in_name.h"
#include "command/user/machine_credentials.h"

namespace muniment::command {

namespace {

// The one machine that the client id means: it is a login name.
absl::StatusOr<std::optional<Ref<User>>> MachineNamed(Unit& unit, const std::string& name) {
  const auto user = UserBySignInName(unit, name);
  if (absl::IsNotFound(user.status())) return std::optional<Ref<User>>();
  if (!user.ok()) return user.status();
  return (*user)->machine ? std::optional<Ref<User>>(*user) : std::nullopt;
}

}  // namespace

absl::Status MachineBySecret(TokenFlow& flow) {
  RETURN_IF_ERROR(ReadShown(flow));
  // A machine whose name is an application's client id is not that client (RFC 9700 section 4.15).
  ASSIGN_OR_RETURN(const std::string application, flow.unit.FindApplication(flow.shown.id));
  if (!application.empty()) {
    RETURN_IF_ERROR(ClientKnown(flow));
    RETURN_IF_ERROR(ClientProved(flow));
    return OauthError(Oauth::kUnauthorizedClient, "An application is granted nothing for itself.");
  }
  ASSIGN_OR_RETURN(flow.user, MachineNamed(flow.unit, flow.shown.id));
  if (!flow.user.has_value()) return UnknownClient();
  ASSIGN_OR_RETURN(const auto credentials,
                   flow.unit.LoadAny<MachineCredentials>(flow.user->id()));
  ClientFacts facts;
  facts.client_id = flow.shown.id;
  facts.proves = ClientFacts::Proves::kSecret;
  facts.secret_hash = credentials->secret_hash;
  ASSIGN_OR_RETURN(ClientProof proof,
                   ProveClient(flow.shown, facts,
                               {.issuer = flow.request.issuer(), .now = flow.unit.Now()}));
  *flow.grant.mutable_user_credential() = std::move(proof.credential);
  flow.grant.set_client_id(flow.user->id());
  flow.grant.set_grant(event::v1::OIDC_GRANT_CLIENT_CREDENTIALS);
  return absl::OkStatus();
}

}  // namespace muniment::command
