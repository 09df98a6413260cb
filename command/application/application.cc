#include "command/application/application.h"

#include "absl/strings/str_cat.h"
#include "base/oidc_application.h"

namespace muniment::command {

bool Application::has_secrets() const {
  return oidc.has_value() ? NeedsSecret(oidc->auth_method()) : api.has_value() && NeedsSecret(*api);
}

bool Application::has_keys() const {
  return oidc.has_value() ? oidc->auth_method() == event::v1::OIDC_AUTH_METHOD_PRIVATE_KEY_JWT
                          : api == event::v1::API_AUTH_METHOD_PRIVATE_KEY_JWT;
}

void Fold(Application& application, const event::v1::ApplicationAdded& event) {
  application = Application();
  application.state = ApplicationState::kActive;
  application.application_id = event.application_id();
  application.project_id = event.project_id();
  application.organization_id = event.organization_id();
  application.name = event.name();
}

void Fold(Application& application, const event::v1::ApplicationChanged& event) {
  application.name = event.name();
}

void Fold(Application& application, const event::v1::ApplicationDeactivated&) {
  application.state = ApplicationState::kInactive;
}

void Fold(Application& application, const event::v1::ApplicationReactivated&) {
  application.state = ApplicationState::kActive;
}

void Fold(Application& application, const event::v1::ApplicationRemoved&) {
  application.state = ApplicationState::kRemoved;
  application.secret_hash.clear();
}

void Fold(Application& application, const event::v1::OidcConfigAdded& event) {
  application.client_id = event.client_id();
  application.secret_hash = event.secret_hash();
  application.oidc = event.config();
}

void Fold(Application& application, const event::v1::OidcConfigChanged& event) {
  application.oidc = event.config();
  if (event.secret_ended()) application.secret_hash.clear();
}

void Fold(Application& application, const event::v1::OidcSecretChanged& event) {
  application.secret_hash = event.secret_hash();
}

void Fold(Application& application, const event::v1::ApiConfigAdded& event) {
  application.client_id = event.client_id();
  application.secret_hash = event.secret_hash();
  application.api = event.auth_method();
}

void Fold(Application& application, const event::v1::ApiConfigChanged& event) {
  application.api = event.auth_method();
  if (event.secret_ended()) application.secret_hash.clear();
}

void Fold(Application& application, const event::v1::ApiSecretChanged& event) {
  application.secret_hash = event.secret_hash();
}

std::string ApplicationStreamId(absl::string_view project_id, absl::string_view application_id) {
  return absl::StrCat(project_id, "/", application_id);
}

}  // namespace muniment::command
