#include "command/consent/documents.h"
#include "command/org/org.h"

namespace muniment::command {

using muniment::api::consent::v1::SetOrganizationConsentDocumentsRequest;
using muniment::api::consent::v1::SetOrganizationConsentDocumentsResponse;

absl::StatusOr<SetOrganizationConsentDocumentsResponse> SetOrganizationConsentDocuments(
    Unit& unit, const SetOrganizationConsentDocumentsRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<ConsentPolicy>(OrgScope(org.id())));
  RETURN_IF_ERROR(SetConsentDocuments(unit, setting, request.documents()));
  return SetOrganizationConsentDocumentsResponse();
}

}  // namespace muniment::command
