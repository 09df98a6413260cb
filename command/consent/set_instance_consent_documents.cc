#include "command/consent/documents.h"

namespace muniment::command {

using muniment::api::consent::v1::SetInstanceConsentDocumentsRequest;
using muniment::api::consent::v1::SetInstanceConsentDocumentsResponse;

absl::StatusOr<SetInstanceConsentDocumentsResponse> SetInstanceConsentDocuments(
    Unit& unit, const SetInstanceConsentDocumentsRequest& request) {
  ASSIGN_OR_RETURN(const auto setting, unit.LoadAny<ConsentPolicy>(InstanceScope()));
  RETURN_IF_ERROR(SetConsentDocuments(unit, setting, request.documents()));
  return SetInstanceConsentDocumentsResponse();
}

}  // namespace muniment::command
