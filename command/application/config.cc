#include "command/application/config.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "base/code.h"
#include "base/crypto.h"
#include "base/oidc_application.h"

namespace muniment::command {

using event::v1::OidcConfig;
using zitadel::application::v2::CreateOIDCApplicationRequest;
using zitadel::application::v2::LoginVersion;
using zitadel::application::v2::UpdateOIDCApplicationConfigurationRequest;

namespace {

// The published enums share their numbers with those of events.
template <class Enum>
Enum As(int number) {
  return static_cast<Enum>(number);
}

// In place of what was there, each once, in the order of their first.
template <class List>
void Set(const List& asked, List* list) {
  list->Clear();
  for (const auto& one : asked) {
    if (!absl::c_linear_search(*list, one)) *list->Add() = one;
  }
}
template <class List>
void SetUnlessEmpty(const List& asked, List* list) {
  if (!asked.empty()) Set(asked, list);
}

void SetLogin(const LoginVersion& asked, OidcConfig& config) {
  config.clear_login_version();
  if (asked.has_login_v1()) config.mutable_login_version()->mutable_v1();
  if (!asked.has_login_v2()) return;
  auto* v2 = config.mutable_login_version()->mutable_v2();
  const std::string& uri = asked.login_v2().base_uri();
  if (!uri.empty()) v2->set_base_uri(uri);
}

}  // namespace

absl::StatusOr<OidcConfig> OidcConfigOf(const CreateOIDCApplicationRequest& request) {
  OidcConfig config;
  Set(request.redirect_uris(), config.mutable_redirect_uri());
  Set(request.grant_types(), config.mutable_grant_type());
  if (config.grant_type().empty()) {
    config.add_grant_type(event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE);
  }
  Set(request.response_types(), config.mutable_response_type());
  if (config.response_type().empty() &&
      absl::c_linear_search(config.grant_type(), event::v1::OIDC_GRANT_TYPE_AUTHORIZATION_CODE)) {
    config.add_response_type(event::v1::OIDC_RESPONSE_TYPE_CODE);
  }
  config.set_application_type(As<event::v1::OidcApplicationType>(request.application_type()));
  config.set_auth_method(As<event::v1::OidcAuthMethod>(request.auth_method_type()));
  Set(request.post_logout_redirect_uris(), config.mutable_post_logout_redirect_uri());
  config.set_development_mode(request.development_mode());
  config.set_access_token_type(As<event::v1::OidcTokenType>(request.access_token_type()));
  config.set_access_token_role_assertion(request.access_token_role_assertion());
  config.set_id_token_role_assertion(request.id_token_role_assertion());
  config.set_id_token_userinfo_assertion(request.id_token_userinfo_assertion());
  if (request.has_clock_skew()) *config.mutable_clock_skew() = request.clock_skew();
  Set(request.additional_origins(), config.mutable_additional_origin());
  config.set_skip_native_app_success_page(request.skip_native_app_success_page());
  config.set_back_channel_logout_uri(request.back_channel_logout_uri());
  SetLogin(request.login_version(), config);
  RETURN_IF_ERROR(CheckOidcConfig(config));
  return config;
}

absl::StatusOr<OidcConfig> ChangedOidcConfig(
    OidcConfig config, const UpdateOIDCApplicationConfigurationRequest& request) {
  SetUnlessEmpty(request.redirect_uris(), config.mutable_redirect_uri());
  SetUnlessEmpty(request.response_types(), config.mutable_response_type());
  SetUnlessEmpty(request.grant_types(), config.mutable_grant_type());
  SetUnlessEmpty(request.post_logout_redirect_uris(), config.mutable_post_logout_redirect_uri());
  SetUnlessEmpty(request.additional_origins(), config.mutable_additional_origin());
  if (request.has_application_type()) {
    config.set_application_type(As<event::v1::OidcApplicationType>(request.application_type()));
  }
  if (request.has_auth_method_type()) {
    config.set_auth_method(As<event::v1::OidcAuthMethod>(request.auth_method_type()));
  }
  if (request.has_development_mode()) config.set_development_mode(request.development_mode());
  if (request.has_access_token_type()) {
    config.set_access_token_type(As<event::v1::OidcTokenType>(request.access_token_type()));
  }
  if (request.has_access_token_role_assertion()) {
    config.set_access_token_role_assertion(request.access_token_role_assertion());
  }
  if (request.has_id_token_role_assertion()) {
    config.set_id_token_role_assertion(request.id_token_role_assertion());
  }
  if (request.has_id_token_userinfo_assertion()) {
    config.set_id_token_userinfo_assertion(request.id_token_userinfo_assertion());
  }
  if (request.has_clock_skew()) *config.mutable_clock_skew() = request.clock_skew();
  if (request.has_skip_native_app_success_page()) {
    config.set_skip_native_app_success_page(request.skip_native_app_success_page());
  }
  if (request.has_back_channel_logout_uri()) {
    config.set_back_channel_logout_uri(request.back_channel_logout_uri());
  }
  if (request.has_login_version()) SetLogin(request.login_version(), config);
  RETURN_IF_ERROR(CheckOidcConfig(config));
  return config;
}

}  // namespace muniment::command
