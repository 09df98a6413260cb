#include <utility>

#include "base/error.h"
#include "base/located_secret.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/oidc/device_auth.h"
#include "command/oidc/login_client.h"
#include "command/oidc/sign_in.h"
#include "zitadel/oidc/v2/oidc_service.pb.h"

namespace muniment::command {

using zitadel::oidc::v2::AuthorizeOrDenyDeviceAuthorizationRequest;
using zitadel::oidc::v2::AuthorizeOrDenyDeviceAuthorizationResponse;

namespace {

absl::StatusOr<event::v1::DeviceAuthApproved> Approve(
    Unit& unit, const Ref<DeviceAuth>& device, const zitadel::oidc::v2::Session& session) {
  const auto& asked = device->asked;
  ASSIGN_OR_RETURN(const SignIn sign_in,
                   ShownSignIn(unit, session.session_id(), LocatedHash(session.session_token())));
  RETURN_IF_ERROR(LetIn(unit, ApplicationStreamId(asked.project_id(), asked.application_id()),
                        asked.scope(), sign_in.user));
  event::v1::DeviceAuthApproved approved;
  approved.set_session_id(session.session_id());
  approved.set_user_id(sign_in.user.id());
  *approved.mutable_auth_time() = ToTimestamp(sign_in.auth_time);
  for (const auto method : sign_in.amr) approved.add_amr(method);
  return approved;
}

}  // namespace

absl::StatusOr<AuthorizeOrDenyDeviceAuthorizationResponse> AuthorizeOrDenyDeviceAuthorization(
    Unit& unit, const AuthorizeOrDenyDeviceAuthorizationRequest& request) {
  ASSIGN_OR_RETURN(const auto device,
                   unit.LoadAny<DeviceAuth>(request.device_authorization_id()));
  RETURN_IF_ERROR(MayAnswerAs(unit, "", device.exists(), DeviceAuth::kNoun));
  const bool over = ToTime(device->asked.expiration()) <= unit.Now();
  if (device->state != DeviceState::kAsked || over) {
    return Error(absl::StatusCode::kFailedPrecondition,
                 over ? "device_authorization.expired" : "device_authorization.handled",
                 over ? "The device's code is over." : "The device was answered already.");
  }
  if (request.has_session()) {
    ASSIGN_OR_RETURN(auto approved, Approve(unit, device, request.session()));
    unit.Raise(device, std::move(approved));
  } else if (request.has_deny()) {
    unit.Raise(device, event::v1::DeviceAuthCanceled());
  } else {
    return Error(absl::StatusCode::kInvalidArgument, "request.decision.required",
                 "The request must hold a session or a denial.");
  }
  return AuthorizeOrDenyDeviceAuthorizationResponse();
}

}  // namespace muniment::command
