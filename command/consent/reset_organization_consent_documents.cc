#include "command/org/org.h"
#include "command/policy/settings.h"
#include "command/unit.h"
#include "muniment/api/consent/v1/consent_service.pb.h"

namespace muniment::command {

using muniment::api::consent::v1::ResetOrganizationConsentDocumentsRequest;
using muniment::api::consent::v1::ResetOrganizationConsentDocumentsResponse;

absl::StatusOr<ResetOrganizationConsentDocumentsResponse> ResetOrganizationConsentDocuments(
    Unit& unit, const ResetOrganizationConsentDocumentsRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<ConsentPolicy>(OrgScope(org.id())));
  if (!setting.exists()) {
    return Error(absl::StatusCode::kFailedPrecondition, "policy.consent.is_default",
                 "The organization has the instance's documents already.");
  }
  unit.Raise(setting, event::v1::ConsentPolicyRemoved());
  return ResetOrganizationConsentDocumentsResponse();
}

}  // namespace muniment::command
