#include "query/consent/documents.h"

namespace muniment::query {

absl::StatusOr<row::v1::ConsentPolicy> ConsentPolicyOf(Reader& reader,
                                                       const std::string& organization_id) {
  const uint64_t instance = reader.instance();
  if (!organization_id.empty()) {
    ASSIGN_OR_RETURN(auto own, reader.view().Get<row::v1::ConsentPolicy>(
                                   instance, {AGGREGATE_ORG, organization_id}));
    if (own.has_value()) return *std::move(own);
  }
  ASSIGN_OR_RETURN(auto common, reader.view().Get<row::v1::ConsentPolicy>(
                                    instance, {AGGREGATE_INSTANCE, reader.instance_id()}));
  if (common.has_value()) return *std::move(common);
  return Error(absl::StatusCode::kFailedPrecondition, "policy.consent.default_missing",
               "The instance has no default for this setting.");
}

void PresentDocument(const event::v1::ConsentDocument& from,
                     api::consent::v1::ConsentDocument* document) {
  document->set_kind(static_cast<api::consent::v1::ConsentKind>(from.kind()));
  document->set_version(from.version());
  document->set_url(from.url());
  *document->mutable_since() = from.since();
}

}  // namespace muniment::query
