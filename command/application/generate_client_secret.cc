#include <utility>

#include "command/application/application.h"
#include "command/client_secret.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using zitadel::application::v2::GenerateClientSecretRequest;
using zitadel::application::v2::GenerateClientSecretResponse;

absl::StatusOr<GenerateClientSecretResponse> GenerateClientSecret(
    Unit& unit, const GenerateClientSecretRequest&) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  if (!application->has_secrets()) {
    return Error(absl::StatusCode::kFailedPrecondition, "application.no_secrets",
                 "The application proves itself otherwise than by a secret.");
  }
  ASSIGN_OR_RETURN(ClientSecret made, NewClientSecret(unit));
  if (application->oidc.has_value()) {
    event::v1::OidcSecretChanged changed;
    changed.set_secret_hash(std::move(made.hash));
    unit.Raise(application, std::move(changed));
  } else {
    event::v1::ApiSecretChanged changed;
    changed.set_secret_hash(std::move(made.hash));
    unit.Raise(application, std::move(changed));
  }
  GenerateClientSecretResponse response;
  response.set_client_secret(std::move(made.secret));
  return response;
}

}  // namespace muniment::command
