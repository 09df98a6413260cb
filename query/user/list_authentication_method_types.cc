#include <algorithm>
#include <optional>
#include <string>

#include "base/host_name.h"
#include "query/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::user::v2;

using wire::ListAuthenticationMethodTypesRequest;
using wire::ListAuthenticationMethodTypesResponse;

namespace {

// Every credential of ours has its domain.
bool AnyUsable(const google::protobuf::RepeatedPtrField<row::v1::Authenticator>& tokens,
               const std::optional<std::string>& domain) {
  return std::any_of(tokens.begin(), tokens.end(), [&domain](const auto& token) {
    return token.verified() && (!domain.has_value() || token.rp_id() == *domain);
  });
}

// As credentials have it (base/host_name.h); empty for what is no domain, which none has.
std::optional<std::string> DomainOf(const ListAuthenticationMethodTypesRequest& request) {
  if (!request.has_domain_query()) return std::nullopt;
  return HostName(request.domain_query().domain()).value_or("");
}

}  // namespace

absl::StatusOr<ListAuthenticationMethodTypesResponse> ListAuthenticationMethodTypes(
    Reader& reader, const ListAuthenticationMethodTypesRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto factors, FactorsOf(reader, user));
  const std::optional<std::string> domain = DomainOf(request);
  ListAuthenticationMethodTypesResponse response;
  const std::pair<bool, wire::AuthenticationMethodType> methods[] = {
      {user.has_password(), wire::AUTHENTICATION_METHOD_TYPE_PASSWORD},
      {AnyUsable(factors.passkey(), domain), wire::AUTHENTICATION_METHOD_TYPE_PASSKEY},
      {factors.totp_verified(), wire::AUTHENTICATION_METHOD_TYPE_TOTP},
      {AnyUsable(factors.u2f(), domain), wire::AUTHENTICATION_METHOD_TYPE_U2F},
      {factors.otp_sms(), wire::AUTHENTICATION_METHOD_TYPE_OTP_SMS},
      {factors.otp_email(), wire::AUTHENTICATION_METHOD_TYPE_OTP_EMAIL},
      {factors.recovery_codes() > 0, wire::AUTHENTICATION_METHOD_TYPE_RECOVERY_CODE}};
  for (const auto& [has, method] : methods) {
    if (has) response.add_auth_method_types(method);
  }
  reader.FillDetails(response.auth_method_types_size(), response.mutable_details());
  return response;
}

}  // namespace muniment::query
