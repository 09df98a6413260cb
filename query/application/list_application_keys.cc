#include "query/application/present.h"

namespace muniment::query {

using zitadel::application::v2::ApplicationKey;
using zitadel::application::v2::ListApplicationKeysRequest;
using zitadel::application::v2::ListApplicationKeysResponse;

namespace {

void PresentKey(const Reader&, const row::v1::ApplicationKey& row, ApplicationKey* key) {
  key->set_key_id(row.id());
  key->set_application_id(row.application_id());
  key->set_project_id(row.project_id());
  *key->mutable_creation_date() = row.stamp().created();
  key->set_organization_id(row.organization_id());
  *key->mutable_expiration_date() = row.expiration();
}

}  // namespace

absl::StatusOr<ListApplicationKeysResponse> ListApplicationKeys(
    Reader& reader, const ListApplicationKeysRequest& request) {
  return reader.List<ListApplicationKeysResponse>(
      request, OfProjects<row::v1::ApplicationKey>(reader), &PresentKey);
}

}  // namespace muniment::query
