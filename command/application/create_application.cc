#include <string>
#include <utility>

#include "base/oidc_application.h"
#include "command/application/application.h"
#include "command/application/config.h"
#include "command/chosen_id.h"
#include "command/client_secret.h"
#include "command/project/project.h"

namespace muniment::command {

using zitadel::application::v2::CreateApplicationRequest;
using zitadel::application::v2::CreateApplicationResponse;

namespace {

event::v1::ApplicationAdded Added(const Ref<Project>& project, const std::string& id,
                                  const CreateApplicationRequest& request) {
  event::v1::ApplicationAdded added;
  added.set_application_id(id);
  added.set_project_id(project.id());
  added.set_organization_id(project->organization_id);
  added.set_name(request.name());
  return added;
}

absl::StatusOr<event::v1::OidcConfigAdded> AddOidc(
    Unit& unit, const CreateApplicationRequest& request, CreateApplicationResponse& response) {
  event::v1::OidcConfigAdded added;
  ASSIGN_OR_RETURN(*added.mutable_config(), OidcConfigOf(request.oidc_configuration()));
  auto* answer = response.mutable_oidc_configuration();
  added.set_client_id(unit.NewId());
  answer->set_client_id(added.client_id());
  if (NeedsSecret(added.config().auth_method())) {
    ASSIGN_OR_RETURN(ClientSecret made, NewClientSecret(unit));
    added.set_secret_hash(std::move(made.hash));
    answer->set_client_secret(std::move(made.secret));
  }
  for (const OidcProblem& problem : OidcProblems(added.config())) {
    answer->set_non_compliant(true);
    auto* told = answer->add_compliance_problems();
    told->set_key(std::string(problem.key));
    told->set_localized_message(std::string(problem.message));
  }
  return added;
}

absl::StatusOr<event::v1::ApiConfigAdded> AddApi(Unit& unit,
                                                 const CreateApplicationRequest& request,
                                                 CreateApplicationResponse& response) {
  event::v1::ApiConfigAdded added;
  added.set_auth_method(
      static_cast<event::v1::ApiAuthMethod>(request.api_configuration().auth_method_type()));
  auto* answer = response.mutable_api_configuration();
  added.set_client_id(unit.NewId());
  answer->set_client_id(added.client_id());
  if (NeedsSecret(added.auth_method())) {
    ASSIGN_OR_RETURN(ClientSecret made, NewClientSecret(unit));
    added.set_secret_hash(std::move(made.hash));
    answer->set_client_secret(std::move(made.secret));
  }
  return added;
}

// One of the project, whose id was nobody's.
absl::StatusOr<Ref<Application>> NewApplication(Unit& unit, const Ref<Project>& project,
                                                const std::string& chosen) {
  if (!chosen.empty()) RETURN_IF_ERROR(AdmitChosenId(unit, Application::kNoun, chosen));
  const std::string id = chosen.empty() ? unit.NewId() : chosen;
  ASSIGN_OR_RETURN(const auto application,
                   unit.LoadOrNew<Application>(ApplicationStreamId(project.id(), id)));
  if (application->state == ApplicationState::kNone) return application;
  return Error(absl::StatusCode::kAlreadyExists, "application.already_exists",
               "Something with this id exists or existed.");
}

}  // namespace

absl::StatusOr<CreateApplicationResponse> CreateApplication(
    Unit& unit, const CreateApplicationRequest& request) {
  ASSIGN_OR_RETURN(const auto project, unit.LoadTarget<Project>());
  ASSIGN_OR_RETURN(const auto application,
                   NewApplication(unit, project, request.application_id()));
  const std::string id = application.id().substr(application.id().find('/') + 1);
  CreateApplicationResponse response;
  response.set_application_id(id);
  if (request.has_oidc_configuration()) {
    ASSIGN_OR_RETURN(auto oidc, AddOidc(unit, request, response));
    unit.Raise(application, Added(project, id, request));
    unit.Raise(application, std::move(oidc));
  } else if (request.has_api_configuration()) {
    ASSIGN_OR_RETURN(auto api, AddApi(unit, request, response));
    unit.Raise(application, Added(project, id, request));
    unit.Raise(application, std::move(api));
  } else {
    return Error(absl::StatusCode::kInvalidArgument, "request.application_type.required",
                 "The request must say what sort of application it is.");
  }
  return response;
}

}  // namespace muniment::command
