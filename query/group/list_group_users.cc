#include <string>
#include <utility>

#include "query/reader.h"
#include "query/user/names.h"
#include "zitadel/group/v2/group_service.pb.h"

namespace muniment::query {

using row::v1::GroupUser;
using zitadel::group::v2::ListGroupUsersRequest;
using zitadel::group::v2::ListGroupUsersResponse;

namespace {

// Neither the group nor the user is gone.
bool Stands(Reader& reader, const GroupUser& row) {
  const auto group = reader.view().Get<row::v1::Group>(reader.instance(), {row.group_id()});
  return group.ok() && group->has_value() && UserStands(reader, row.user_id());
}

absl::Status PresentGroupUser(Reader& reader, const GroupUser& row,
                              zitadel::group::v2::GroupUser* out) {
  ASSIGN_OR_RETURN(const UserNames names, NamesOf(reader, row.user_id()));
  out->set_group_id(row.group_id());
  out->set_organization_id(row.organization_id());
  out->mutable_user()->set_id(row.user_id());
  out->mutable_user()->set_preferred_login_name(names.preferred_login_name);
  out->mutable_user()->set_display_name(names.display_name);
  out->mutable_user()->set_organization_id(names.organization_id);
  *out->mutable_creation_date() = row.stamp().created();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListGroupUsersResponse> ListGroupUsers(Reader& reader,
                                                      const ListGroupUsersRequest& request) {
  RETURN_IF_ERROR(reader.view().Ready(projections::TablePlan::Of<row::v1::Group>()));
  ListSpec<GroupUser> spec;
  spec.owner_column = "organization_id";
  spec.stands = [&reader](const GroupUser& row) { return Stands(reader, row); };
  spec.sweeps = {"sweep.group", "sweep.organization", "sweep.user"};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListGroupUsersResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(PresentGroupUser(reader, static_cast<const GroupUser&>(*row),
                                     response.add_group_users()));
  }
  return response;
}

}  // namespace muniment::query
