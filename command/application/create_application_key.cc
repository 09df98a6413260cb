#include <string>
#include <utility>

#include "base/key_pair.h"
#include "base/timestamp.h"
#include "command/application/application.h"
#include "command/application/keys.h"
#include "command/key_file.h"
#include "command/session/standing.h"
#include "command/unit.h"
#include "command/user/tokens.h"
#include "google/protobuf/util/time_util.h"
#include "zitadel/application/v2/application_service.pb.h"

namespace muniment::command {

using google::protobuf::util::TimeUtil;
using zitadel::application::v2::CreateApplicationKeyRequest;
using zitadel::application::v2::CreateApplicationKeyResponse;

namespace {

// The last second that a time can tell, where none is asked for.
absl::StatusOr<absl::Time> Expiration(const Unit& unit,
                                      const CreateApplicationKeyRequest& request) {
  if (!request.has_expiration_date()) return absl::FromUnixSeconds(TimeUtil::kTimestampMaxSeconds);
  ASSIGN_OR_RETURN(const absl::Time expiration, ExpirationOf(request.expiration_date()));
  if (expiration > unit.Now()) return expiration;
  return Error(absl::StatusCode::kInvalidArgument, "application_key.expiration_past",
               "The expiration must be in the future.");
}

}  // namespace

absl::StatusOr<CreateApplicationKeyResponse> CreateApplicationKey(
    Unit& unit, const CreateApplicationKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadTarget<Application>());
  RETURN_IF_ERROR(ShowsNoOldSession(unit));
  if (!application->has_keys()) {
    return Error(absl::StatusCode::kFailedPrecondition, "application.no_keys",
                 "The application proves itself otherwise than by a signed assertion.");
  }
  ASSIGN_OR_RETURN(const absl::Time expiration, Expiration(unit, request));
  ASSIGN_OR_RETURN(const auto keys, unit.LoadAny<ApplicationKeys>(application.id()));
  ASSIGN_OR_RETURN(KeyPair pair, unit.NewKeyPair());

  CreateApplicationKeyResponse response;
  response.set_key_id(unit.NewId());
  response.set_key_details(KeyFile({{"type", "application"},
                                    {"keyId", response.key_id()},
                                    {"key", pair.private_pem.reveal()},
                                    {"appId", application->application_id},
                                    {"clientId", application->client_id}}));
  event::v1::ApplicationKeyAdded added;
  added.set_key_id(response.key_id());
  added.set_application_id(application->application_id);
  added.set_project_id(application->project_id);
  added.set_organization_id(application->organization_id);
  *added.mutable_expiration() = ToTimestamp(expiration);
  added.set_public_key(std::move(pair.public_pem));
  unit.Raise(keys, std::move(added));
  return response;
}

}  // namespace muniment::command
