// What an OpenID Connect application is configured as, made of requests.
#ifndef MUNIMENT_COMMAND_APPLICATION_CONFIG_H_
#define MUNIMENT_COMMAND_APPLICATION_CONFIG_H_

#include <string>

#include "absl/status/statusor.h"
#include "command/application/application.h"
#include "command/unit.h"
#include "muniment/event/v1/application.pb.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

// Each value of a list once. The errors of CheckOidcConfig (base/oidc_application.h).
absl::StatusOr<event::v1::OidcConfig> OidcConfigOf(
    const zitadel::application::v2::CreateOIDCApplicationRequest& request);
// As `config` with what the request sets.
absl::StatusOr<event::v1::OidcConfig> ChangedOidcConfig(
    event::v1::OidcConfig config,
    const zitadel::application::v2::UpdateOIDCApplicationConfigurationRequest& request);

// In place of the application's own; the same again raises no event. FAILED_PRECONDITION
// "application.other_type".
absl::Status SetOidcConfig(Unit& unit, const Ref<Application>& application,
                           event::v1::OidcConfig config);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_CONFIG_H_
