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
absl::StatusOr<bool> Stands(Reader& reader, UserBook& users, const GroupUser& row) {
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  if (names == nullptr) return false;
  ASSIGN_OR_RETURN(const auto group,
                   reader.view().Get<row::v1::Group>(reader.instance(), {row.group_id()}));
  return group.has_value();
}

absl::Status PresentGroupUser(UserBook& users, const GroupUser& row,
                              zitadel::group::v2::GroupUser* out) {
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  out->set_group_id(row.group_id());
  out->set_organization_id(row.organization_id());
  PresentUser(row.user_id(), names == nullptr ? UserNames() : *names, out->mutable_user());
  *out->mutable_creation_date() = row.stamp().created();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListGroupUsersResponse> ListGroupUsers(Reader& reader,
                                                      const ListGroupUsersRequest& request) {
  RETURN_IF_ERROR(reader.view().Ready(projections::TablePlan::Of<row::v1::Group>()));
  ListSpec<GroupUser> spec;
  spec.owner_column = "organization_id";
  UserBook users(reader);
  spec.stands = [&](const GroupUser& row) { return Stands(reader, users, row); };
  spec.sweeps = {{"sweep.group", "group_id"}, {"sweep.organization"}, {"sweep.user", "user_id"}};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListGroupUsersResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(PresentGroupUser(users, static_cast<const GroupUser&>(*row),
                                     response.add_group_users()));
  }
  return response;
}

}  // namespace muniment::query
