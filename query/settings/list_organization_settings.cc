#include <string>
#include <utility>

#include "muniment/row/v1/names.pb.h"
#include "query/named.h"
#include "query/reader.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::query {

using Row = row::v1::OrganizationSettings;
using zitadel::settings::v2::ListOrganizationSettingsRequest;
using zitadel::settings::v2::ListOrganizationSettingsResponse;
using zitadel::settings::v2::OrganizationScopedUsernamesFilter;

namespace {

void Present(const Reader&, const Row& row, zitadel::settings::v2::OrganizationSettings* out) {
  out->set_organization_id(row.organization_id());
  *out->mutable_creation_date() = row.stamp().created();
  *out->mutable_change_date() = row.stamp().changed();
  out->set_organization_scoped_usernames(row.settings().organization_scoped_usernames());
}

}  // namespace

absl::StatusOr<ListOrganizationSettingsResponse> ListOrganizationSettings(
    Reader& reader, const ListOrganizationSettingsRequest& request) {
  ListSpec<Row> spec;
  spec.owner_column = "organization_id";
  spec.named = {Fits<Row, OrganizationScopedUsernamesFilter>(
      "scoped_usernames", [](const auto& query, const Row& row) -> absl::StatusOr<bool> {
        return row.settings().organization_scoped_usernames() ==
               query.organization_scoped_usernames();
      })};
  return reader.List<ListOrganizationSettingsResponse>(request, std::move(spec), &Present);
}

}  // namespace muniment::query
