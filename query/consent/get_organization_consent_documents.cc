#include "query/consent/documents.h"

namespace muniment::query {

using muniment::api::consent::v1::GetOrganizationConsentDocumentsRequest;
using muniment::api::consent::v1::GetOrganizationConsentDocumentsResponse;

absl::StatusOr<GetOrganizationConsentDocumentsResponse> GetOrganizationConsentDocuments(
    Reader& reader, const GetOrganizationConsentDocumentsRequest&) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  ASSIGN_OR_RETURN(const auto row, ConsentPolicyOf(reader, org.id()));
  GetOrganizationConsentDocumentsResponse response;
  response.set_is_default(row.aggregate() == AGGREGATE_INSTANCE);
  for (const auto& document : row.policy().document()) {
    PresentDocument(document, response.add_documents());
  }
  return response;
}

}  // namespace muniment::query
