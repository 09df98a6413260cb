#include "base/timestamp.h"
#include "query/consent/documents.h"

namespace muniment::query {

using muniment::api::consent::v1::GetDueConsentsRequest;
using muniment::api::consent::v1::GetDueConsentsResponse;

absl::StatusOr<GetDueConsentsResponse> GetDueConsents(Reader& reader,
                                                      const GetDueConsentsRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  GetDueConsentsResponse response;
  // A machine agrees to nothing.
  if (user.type() == row::v1::USER_TYPE_MACHINE) return response;
  ASSIGN_OR_RETURN(const auto row, ConsentPolicyOf(reader, user.organization_id()));
  for (const auto& document : row.policy().document()) {
    if (reader.call().now < ToTime(document.since())) continue;
    ASSIGN_OR_RETURN(const auto given,
                     reader.view().Get<row::v1::Consent>(
                         reader.instance(), {user.id(), document.kind(), document.version()}));
    if (!given.has_value()) PresentDocument(document, response.add_documents());
  }
  return response;
}

}  // namespace muniment::query
