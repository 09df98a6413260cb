// The documents that people are asked to agree to, as they are published.
#ifndef MUNIMENT_QUERY_CONSENT_DOCUMENTS_H_
#define MUNIMENT_QUERY_CONSENT_DOCUMENTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "muniment/api/consent/v1/consent_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

// The organization's own, else (or for "") the instance's. FAILED_PRECONDITION
// "policy.consent.default_missing".
absl::StatusOr<row::v1::ConsentPolicy> ConsentPolicyOf(Reader& reader,
                                                       const std::string& organization_id);

void PresentDocument(const event::v1::ConsentDocument& from,
                     api::consent::v1::ConsentDocument* document);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_CONSENT_DOCUMENTS_H_
