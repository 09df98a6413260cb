#include <string>
#include <utility>

#include "query/present.h"
#include "query/project/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::ListMyUserGrantsRequest;
using zitadel::auth::v1::ListMyUserGrantsResponse;
using zitadel::auth::v1::UserGrant;

namespace {

// Neither the organization, nor the project, nor the grant that they are within is gone.
bool Stands(const Reader& reader, const row::v1::UserGrant& row) {
  return reader.owners().Exists(reader.instance(), row.organization_id()) &&
         reader.projects().Exists(reader.owners(), reader.instance(), row.project_id()) &&
         (row.project_grant_id().empty() ||
          reader.projects().Grant(reader.instance(), row.within()) != nullptr);
}

void PresentUserGrant(const Reader& reader, const row::v1::UserGrant& row, UserGrant* out) {
  out->set_org_id(row.organization_id());
  out->set_project_id(row.project_id());
  out->set_user_id(row.user_id());
  for (const std::string& key : reader.projects().Given(reader.instance(), row)) {
    out->add_roles(key);
    out->add_role_keys(key);
  }
  if (const auto org = reader.owners().Org(reader.instance(), row.organization_id())) {
    out->set_org_name(org->name);
    out->set_org_domain(org->primary_domain);
  }
  out->set_grant_id(row.id());
  PresentDetails(row.stamp(), row.organization_id(), out->mutable_details());
  out->set_project_name(ProjectName(reader, row.project_id()));
  out->set_project_grant_id(row.project_grant_id());
  // Numbered alike.
  out->set_state(static_cast<zitadel::user::v1::UserGrantState>(row.state()));
}

}  // namespace

absl::StatusOr<ListMyUserGrantsResponse> ListMyUserGrants(Reader& reader,
                                                          const ListMyUserGrantsRequest& request) {
  const std::string& mine = reader.call().caller.user_id;
  ListSpec<row::v1::UserGrant> spec;
  spec.among.emplace().push_back({"user_id", mine});
  spec.sees = [&reader, &mine](const row::v1::UserGrant& row) -> absl::StatusOr<bool> {
    return row.user_id() == mine && Stands(reader, row);
  };
  ASSIGN_OR_RETURN(auto response, (reader.List<ListMyUserGrantsResponse>(
                                      request, std::move(spec), &PresentUserGrant)));
  ASSIGN_OR_RETURN(const auto user,
                   reader.view().Get<row::v1::User>(reader.instance(), {mine}));
  const bool machine = user.has_value() && user->type() == row::v1::USER_TYPE_MACHINE;
  for (UserGrant& grant : *response.mutable_result()) {
    grant.set_user_type(machine ? zitadel::user::v1::TYPE_MACHINE
                                : zitadel::user::v1::TYPE_HUMAN);
  }
  return response;
}

}  // namespace muniment::query
