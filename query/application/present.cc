#include "query/application/present.h"

#include <string>

#include "base/oidc_application.h"

namespace muniment::query {

namespace {

using zitadel::application::v2::LoginVersion;
using zitadel::application::v2::OIDCConfiguration;

// The published enums share their numbers with those of events.
template <class Enum>
Enum As(int number) {
  return static_cast<Enum>(number);
}

void PresentLogin(const event::v1::LoginVersion& row, LoginVersion* login) {
  if (row.has_v1()) login->mutable_login_v1();
  if (!row.has_v2()) return;
  auto* v2 = login->mutable_login_v2();
  if (row.v2().has_base_uri()) v2->set_base_uri(row.v2().base_uri());
}

void PresentOidc(const row::v1::Application& row, OIDCConfiguration* out) {
  namespace v2 = zitadel::application::v2;
  const event::v1::OidcConfig& config = row.oidc();
  *out->mutable_redirect_uris() = config.redirect_uri();
  *out->mutable_response_types() = config.response_type();
  *out->mutable_grant_types() = config.grant_type();
  out->set_application_type(As<v2::OIDCApplicationType>(config.application_type()));
  out->set_client_id(row.client_id());
  out->set_auth_method_type(As<v2::OIDCAuthMethodType>(config.auth_method()));
  *out->mutable_post_logout_redirect_uris() = config.post_logout_redirect_uri();
  for (const OidcProblem& problem : OidcProblems(config)) {
    out->set_non_compliant(true);
    auto* told = out->add_compliance_problems();
    told->set_key(std::string(problem.key));
    told->set_localized_message(std::string(problem.message));
  }
  out->set_development_mode(config.development_mode());
  out->set_access_token_type(As<v2::OIDCTokenType>(config.access_token_type()));
  out->set_access_token_role_assertion(config.access_token_role_assertion());
  out->set_id_token_role_assertion(config.id_token_role_assertion());
  out->set_id_token_userinfo_assertion(config.id_token_userinfo_assertion());
  if (config.has_clock_skew()) *out->mutable_clock_skew() = config.clock_skew();
  *out->mutable_additional_origins() = config.additional_origin();
  for (std::string& origin : AllowedOrigins(config)) out->add_allowed_origins(std::move(origin));
  out->set_skip_native_app_success_page(config.skip_native_app_success_page());
  out->set_back_channel_logout_uri(config.back_channel_logout_uri());
  if (config.has_login_version()) {
    PresentLogin(config.login_version(), out->mutable_login_version());
  }
}

}  // namespace

void PresentApplication(const Reader&, const row::v1::Application& row,
                        zitadel::application::v2::Application* application) {
  namespace v2 = zitadel::application::v2;
  application->set_application_id(row.id());
  *application->mutable_creation_date() = row.stamp().created();
  *application->mutable_change_date() = row.stamp().changed();
  application->set_state(As<v2::ApplicationState>(row.state()));
  application->set_name(row.name());
  application->set_project_id(row.project_id());
  if (row.type() == row::v1::APPLICATION_TYPE_OIDC) {
    PresentOidc(row, application->mutable_oidc_configuration());
  } else if (row.type() == row::v1::APPLICATION_TYPE_API) {
    auto* api = application->mutable_api_configuration();
    api->set_client_id(row.client_id());
    api->set_auth_method_type(As<v2::APIAuthMethodType>(row.api_auth_method()));
  }
}

}  // namespace muniment::query
