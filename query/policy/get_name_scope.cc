#include <string>

#include "muniment/api/policy/v1/name_service.pb.h"
#include "muniment/row/v1/names.pb.h"
#include "query/reader.h"

namespace muniment::query {

using muniment::api::policy::v1::GetNameScopeRequest;
using muniment::api::policy::v1::GetNameScopeResponse;
namespace pb = muniment::api::policy::v1;

namespace {

pb::NameScope ScopeOf(bool in_organization) {
  return in_organization ? pb::NAME_SCOPE_ORGANIZATION : pb::NAME_SCOPE_INSTANCE;
}

pb::NameMoveState StateOf(const row::v1::NameMove& row) {
  switch (row.state()) {
    case row::v1::NAME_MOVE_STATE_CLAIMING:
      return pb::NAME_MOVE_STATE_CLAIMING;
    case row::v1::NAME_MOVE_STATE_RELEASING:
      return pb::NAME_MOVE_STATE_RELEASING;
    default:
      return row.has_refused() ? pb::NAME_MOVE_STATE_REFUSED : pb::NAME_MOVE_STATE_DONE;
  }
}

absl::Status Present(Reader& reader, const row::v1::NameMove& row, pb::NameMove* out) {
  out->set_to(ScopeOf(row.started().to_organization()));
  out->set_state(StateOf(row));
  *out->mutable_begin_date() = row.started_at();
  *out->mutable_change_date() = row.stamp().changed();
  out->set_conflicts(row.refused().conflicts());
  for (const auto& conflict : row.refused().first()) {
    pb::NameConflict& told = *out->add_first();
    told.set_user_id(conflict.user_id());
    told.set_reason(static_cast<pb::NameConflictReason>(conflict.reason()));
    ASSIGN_OR_RETURN(const auto user, reader.view().Get<row::v1::User>(reader.instance(),
                                                                       {conflict.user_id()}));
    if (!user.has_value()) continue;
    ASSIGN_OR_RETURN(const bool reads, reader.Holds("user.read", user->organization_id()));
    if (reads) told.set_username(user->username());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<GetNameScopeResponse> GetNameScope(Reader& reader,
                                                  const GetNameScopeRequest& request) {
  const std::string& organization = request.organization_id();
  if (!organization.empty() && !reader.owners().Exists(reader.instance(), organization)) {
    return Error(absl::StatusCode::kNotFound, "org.not_found", "There is no such org.");
  }
  GetNameScopeResponse response;
  response.set_scope(
      ScopeOf(reader.owners().NamesInOrganization(reader.instance(), organization)));
  ASSIGN_OR_RETURN(
      const auto row,
      organization.empty()
          ? reader.view().Get<row::v1::NameMove>(reader.instance(),
                                                 {AGGREGATE_INSTANCE, reader.instance_id()})
          : reader.view().Get<row::v1::NameMove>(reader.instance(), {AGGREGATE_ORG, organization}));
  if (row.has_value()) RETURN_IF_ERROR(Present(reader, *row, response.mutable_move()));
  return response;
}

}  // namespace muniment::query
