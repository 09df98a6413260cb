#include <utility>

#include "base/language.h"
#include "base/timestamp.h"
#include "command/consent/consents.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "command/user/state.h"
#include "muniment/api/consent/v1/consent_service.pb.h"

namespace muniment::command {

using muniment::api::consent::v1::RecordConsentRequest;
using muniment::api::consent::v1::RecordConsentResponse;

namespace {

// What he was shown is what he agrees to: not what came in its place meanwhile.
absl::Status MustBeAsked(const event::v1::ConsentPolicy& policy, event::v1::ConsentKind kind,
                         const std::string& version) {
  for (const auto& document : policy.document()) {
    if (document.kind() == kind && document.version() == version) return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "consent.version_not_current",
               "This version is not what the person is asked to agree to.");
}

}  // namespace

absl::StatusOr<RecordConsentResponse> RecordConsent(Unit& unit,
                                                    const RecordConsentRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  RETURN_IF_ERROR(MustBeActive(unit, *user));
  ASSIGN_OR_RETURN(std::string language, CanonicalLanguage(request.language()));
  const auto consents_loaded = unit.LoadAny<UserConsents>(user.id());
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<ConsentPolicy>(user->organization_id));
  ASSIGN_OR_RETURN(const auto consents, consents_loaded);
  const auto kind = static_cast<event::v1::ConsentKind>(request.kind());
  RETURN_IF_ERROR(MustBeAsked(policy->policy, kind, request.version()));

  RecordConsentResponse response;
  const auto found = consents->given.find({kind, request.version()});
  if (found != consents->given.end()) {
    *response.mutable_given_at() = found->second;
    return response;
  }
  event::v1::ConsentGiven given;
  given.set_kind(kind);
  given.set_version(request.version());
  given.set_language(std::move(language));
  *given.mutable_given_at() = ToTimestamp(unit.Now());
  if (unit.caller().user_id != user.id()) given.set_reported_by(unit.caller().user_id);
  *response.mutable_given_at() = given.given_at();
  unit.Raise(consents, std::move(given));
  return response;
}

}  // namespace muniment::command
