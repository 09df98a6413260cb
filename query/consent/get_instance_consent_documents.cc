#include "query/consent/documents.h"

namespace muniment::query {

using muniment::api::consent::v1::GetInstanceConsentDocumentsRequest;
using muniment::api::consent::v1::GetInstanceConsentDocumentsResponse;

absl::StatusOr<GetInstanceConsentDocumentsResponse> GetInstanceConsentDocuments(
    Reader& reader, const GetInstanceConsentDocumentsRequest&) {
  ASSIGN_OR_RETURN(const auto row, ConsentPolicyOf(reader, ""));
  GetInstanceConsentDocumentsResponse response;
  for (const auto& document : row.policy().document()) {
    PresentDocument(document, response.add_documents());
  }
  return response;
}

}  // namespace muniment::query
