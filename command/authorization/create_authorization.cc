#include <string>
#include <utility>
#include <vector>

#include "command/authorization/user_grant.h"
#include "command/project/project.h"
#include "command/user/seen_user.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::command {

using zitadel::authorization::v2::CreateAuthorizationRequest;
using zitadel::authorization::v2::CreateAuthorizationResponse;

namespace {

absl::StatusOr<RoleSource> SourceOf(Unit& unit, const Ref<Project>& project,
                                    const std::string& organization_id) {
  if (organization_id == project->organization_id) {
    return RoleSource{organization_id, "", project.id()};
  }
  ASSIGN_OR_RETURN(const auto grant, LoadProjectGrant(unit, project.id(), organization_id));
  return RoleSource{organization_id, grant->grant_id, grant.id()};
}

}  // namespace

absl::StatusOr<CreateAuthorizationResponse> CreateAuthorization(
    Unit& unit, const CreateAuthorizationRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const RoleSource source,
                   SourceOf(unit, project, request.organization_id()));
  ASSIGN_OR_RETURN(const auto user, SeenUser(unit, request.user_id()));
  ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                   RolesToGive(unit, project.id(), source, request.role_keys(), /*held=*/{}));

  event::v1::UserGrantAdded added;
  added.set_user_id(user.id());
  added.set_user_organization_id(user->organization_id);
  added.set_project_id(project.id());
  added.set_organization_id(source.organization_id);
  added.set_project_grant_id(source.project_grant_id);
  added.set_within(source.within);
  added.mutable_role_key()->Assign(keys.begin(), keys.end());
  CreateAuthorizationResponse response;
  response.set_id(unit.NewId());
  ASSIGN_OR_RETURN(const auto grant, unit.LoadOrNew<UserGrant>(response.id()));
  unit.Raise(grant, std::move(added));
  return response;
}

}  // namespace muniment::command
