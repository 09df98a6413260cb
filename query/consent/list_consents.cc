#include "muniment/api/consent/v1/consent_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

using muniment::api::consent::v1::Consent;
using muniment::api::consent::v1::ListConsentsRequest;
using muniment::api::consent::v1::ListConsentsResponse;

namespace {

void PresentConsent(const Reader&, const row::v1::Consent& row, Consent* consent) {
  consent->set_kind(static_cast<api::consent::v1::ConsentKind>(row.kind()));
  consent->set_version(row.version());
  *consent->mutable_given_at() = row.given_at();
  consent->set_language(row.language());
  consent->set_reported_by(row.reported_by());
}

}  // namespace

absl::StatusOr<ListConsentsResponse> ListConsents(Reader& reader,
                                                  const ListConsentsRequest& request) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ListSpec<row::v1::Consent> spec;
  spec.within = projections::TablePlan::Of<row::v1::Consent>().Key({user.id()});
  return reader.List<ListConsentsResponse>(request, std::move(spec), &PresentConsent);
}

}  // namespace muniment::query
