#include <algorithm>

#include "query/user/factors.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::user::v2;

using wire::ListAuthenticationFactorsRequest;
using wire::ListAuthenticationFactorsResponse;

namespace {

// Empty lists ask for every kind, and for what is ready.
bool Asked(const ListAuthenticationFactorsRequest& request, wire::AuthFactors kind,
           wire::AuthFactorState state) {
  const auto& kinds = request.auth_factors();
  const auto& states = request.states();
  const bool fits = kinds.empty() || std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  return fits && (states.empty() ? state == wire::AUTH_FACTOR_STATE_READY
                                 : std::find(states.begin(), states.end(), state) != states.end());
}

}  // namespace

absl::StatusOr<ListAuthenticationFactorsResponse> ListAuthenticationFactors(
    Reader& reader, const ListAuthenticationFactorsRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto factors, FactorsOf(reader, user));
  ListAuthenticationFactorsResponse response;
  const auto add = [&](wire::AuthFactors kind, bool verified) -> wire::AuthFactor* {
    if (!Asked(request, kind, StateOf(verified))) return nullptr;
    auto* factor = response.add_result();
    factor->set_state(StateOf(verified));
    return factor;
  };
  if (factors.totp_added()) {
    if (auto* factor = add(wire::OTP, factors.totp_verified())) factor->mutable_otp();
  }
  for (const auto& key : factors.u2f()) {
    auto* factor = add(wire::U2F, key.verified());
    if (factor == nullptr) continue;
    factor->mutable_u2f()->set_id(key.token_id());
    factor->mutable_u2f()->set_name(key.name());
  }
  if (factors.otp_sms()) {
    if (auto* factor = add(wire::OTP_SMS, true)) factor->mutable_otp_sms();
  }
  if (factors.otp_email()) {
    if (auto* factor = add(wire::OTP_EMAIL, true)) factor->mutable_otp_email();
  }
  return response;
}

}  // namespace muniment::query
