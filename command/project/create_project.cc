#include <optional>
#include <string>
#include <utility>

#include "base/access.h"
#include "command/chosen_id.h"
#include "command/member/members.h"
#include "command/org/org.h"
#include "command/org/state.h"
#include "command/project/project.h"
#include "zitadel/project/v2/project_service.pb.h"

namespace muniment::command {

using zitadel::project::v2::CreateProjectRequest;
using zitadel::project::v2::CreateProjectResponse;

namespace {

event::v1::ProjectAdded Decide(const std::string& organization_id,
                               const CreateProjectRequest& request) {
  event::v1::ProjectAdded added;
  added.set_organization_id(organization_id);
  added.set_name(request.name());
  added.set_project_role_assertion(request.project_role_assertion());
  added.set_authorization_required(request.authorization_required());
  added.set_project_access_required(request.project_access_required());
  added.set_private_labeling(
      static_cast<event::v1::PrivateLabeling>(request.private_labeling_setting()));
  added.set_chosen_id(request.project_id());
  return added;
}

// Who made it owns it.
absl::Status AddOwner(Unit& unit, const Ref<Project>& project) {
  if (unit.caller().user_id.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto members, unit.LoadAny<Members>(ProjectScope(project.id())));
  event::v1::MemberAdded added;
  added.set_user_id(unit.caller().user_id);
  added.add_role(kProjectOwnerRole);
  unit.Raise(members, std::move(added));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CreateProjectResponse> CreateProject(Unit& unit,
                                                    const CreateProjectRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(MustBeActive(*org));
  if (request.has_project_id()) {
    RETURN_IF_ERROR(AdmitChosenId(unit, "project", request.project_id()));
  }
  ASSIGN_OR_RETURN(const auto project,
                   unit.LoadOrNew<Project>(request.has_project_id() ? request.project_id()
                                                                    : unit.NewId()));
  unit.Raise(project, Decide(org.id(), request));
  RETURN_IF_ERROR(AddOwner(unit, project));
  CreateProjectResponse response;
  response.set_project_id(project.id());
  return response;
}

}  // namespace muniment::command
