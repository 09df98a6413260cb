#include <utility>

#include "command/application/application.h"
#include "command/application/config.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

using zitadel::application::v2::CreateOIDCApplicationRequest;
using zitadel::management::v1::UpdateOIDCAppConfigRequest;
using zitadel::management::v1::UpdateOIDCAppConfigResponse;

namespace {

namespace app = zitadel::app::v1;
namespace v2 = zitadel::application::v2;

v2::OIDCResponseType ResponseType(int type) {
  switch (type) {
    case app::OIDC_RESPONSE_TYPE_ID_TOKEN:
      return v2::OIDC_RESPONSE_TYPE_ID_TOKEN;
    case app::OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN:
      return v2::OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN;
    default:
      return v2::OIDC_RESPONSE_TYPE_CODE;
  }
}

void PutLogin(const app::LoginVersion& from, v2::LoginVersion* login) {
  if (from.has_login_v1()) login->mutable_login_v1();
  if (!from.has_login_v2()) return;
  auto* second = login->mutable_login_v2();
  if (from.login_v2().has_base_uri()) second->set_base_uri(from.login_v2().base_uri());
}

// As one that is made so. Enums share their numbers, but for the response types.
CreateOIDCApplicationRequest AsNew(const UpdateOIDCAppConfigRequest& request) {
  CreateOIDCApplicationRequest made;
  *made.mutable_redirect_uris() = request.redirect_uris();
  for (const int type : request.response_types()) made.add_response_types(ResponseType(type));
  *made.mutable_grant_types() = request.grant_types();
  made.set_application_type(static_cast<v2::OIDCApplicationType>(request.app_type()));
  made.set_auth_method_type(static_cast<v2::OIDCAuthMethodType>(request.auth_method_type()));
  *made.mutable_post_logout_redirect_uris() = request.post_logout_redirect_uris();
  made.set_development_mode(request.dev_mode());
  made.set_access_token_type(static_cast<v2::OIDCTokenType>(request.access_token_type()));
  made.set_access_token_role_assertion(request.access_token_role_assertion());
  made.set_id_token_role_assertion(request.id_token_role_assertion());
  made.set_id_token_userinfo_assertion(request.id_token_userinfo_assertion());
  if (request.has_clock_skew()) *made.mutable_clock_skew() = request.clock_skew();
  *made.mutable_additional_origins() = request.additional_origins();
  made.set_skip_native_app_success_page(request.skip_native_app_success_page());
  made.set_back_channel_logout_uri(request.back_channel_logout_uri());
  if (request.has_login_version()) {
    PutLogin(request.login_version(), made.mutable_login_version());
  }
  return made;
}

}  // namespace

absl::StatusOr<UpdateOIDCAppConfigResponse> UpdateOIDCAppConfig(
    Unit& unit, const UpdateOIDCAppConfigRequest& request) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  ASSIGN_OR_RETURN(auto config, OidcConfigOf(AsNew(request)));
  RETURN_IF_ERROR(SetOidcConfig(unit, application, std::move(config)));
  return UpdateOIDCAppConfigResponse();
}

}  // namespace muniment::command
