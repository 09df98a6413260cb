#include <utility>

#include "base/oidc_application.h"
#include "command/application/application.h"
#include "command/application/config.h"

namespace muniment::command {

using zitadel::application::v2::UpdateApplicationRequest;
using zitadel::application::v2::UpdateApplicationResponse;

namespace {

absl::Status OfAnotherSort() {
  return Error(absl::StatusCode::kFailedPrecondition, "application.other_type",
               "The application is of another sort, for its whole life.");
}

absl::Status ChangeOidc(Unit& unit, const Ref<Application>& application,
                        const UpdateApplicationRequest& request) {
  if (!application->oidc.has_value()) return OfAnotherSort();
  ASSIGN_OR_RETURN(auto config,
                   ChangedOidcConfig(*application->oidc, request.oidc_configuration()));
  return SetOidcConfig(unit, application, std::move(config));
}

absl::Status ChangeApi(Unit& unit, const Ref<Application>& application,
                       const UpdateApplicationRequest& request) {
  if (!application->api.has_value()) return OfAnotherSort();
  event::v1::ApiConfigChanged changed;
  changed.set_auth_method(
      static_cast<event::v1::ApiAuthMethod>(request.api_configuration().auth_method_type()));
  if (changed.auth_method() == *application->api) return absl::OkStatus();
  changed.set_secret_ended(!NeedsSecret(changed.auth_method()));
  unit.Raise(application, std::move(changed));
  return absl::OkStatus();
}

}  // namespace

absl::Status SetOidcConfig(Unit& unit, const Ref<Application>& application,
                           event::v1::OidcConfig config) {
  if (!application->oidc.has_value()) return OfAnotherSort();
  if (config.SerializeAsString() == application->oidc->SerializeAsString()) {
    return absl::OkStatus();
  }
  event::v1::OidcConfigChanged changed;
  changed.set_secret_ended(application->has_secrets() && !NeedsSecret(config.auth_method()));
  *changed.mutable_config() = std::move(config);
  unit.Raise(application, std::move(changed));
  return absl::OkStatus();
}

absl::StatusOr<UpdateApplicationResponse> UpdateApplication(
    Unit& unit, const UpdateApplicationRequest& request) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  if (!request.name().empty() && request.name() != application->name) {
    event::v1::ApplicationChanged changed;
    changed.set_project_id(application->project_id);
    changed.set_name(request.name());
    unit.Raise(application, std::move(changed));
  }
  if (request.has_oidc_configuration()) {
    RETURN_IF_ERROR(ChangeOidc(unit, application, request));
  }
  if (request.has_api_configuration()) {
    RETURN_IF_ERROR(ChangeApi(unit, application, request));
  }
  return UpdateApplicationResponse();
}

}  // namespace muniment::command
