#include "base/links.h"
#include "query/policy/policies.h"
#include "zitadel/settings/v2/effective_settings.pb.h"

namespace muniment::query {

using zitadel::settings::v2::GetEffectiveSettingsRequest;
using zitadel::settings::v2::GetEffectiveSettingsResponse;

namespace {

absl::Status NoSuch(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

// The project that the request names, or that of its application; empty where it names neither.
absl::StatusOr<std::string> ProjectOf(Reader& reader, const GetEffectiveSettingsRequest& request) {
  if (request.application_id().empty()) return request.project_id();
  ASSIGN_OR_RETURN(const auto application,
                   reader.view().Get<row::v1::Application>(reader.instance(),
                                                           {request.application_id()}));
  const bool within = application.has_value() && (request.project_id().empty() ||
                                                  application->project_id() == request.project_id());
  if (!within) return NoSuch("application");
  return application->project_id();
}

// Whose settings count there; empty for the instance.
absl::StatusOr<std::string> OrganizationOf(Reader& reader,
                                           const GetEffectiveSettingsRequest& request) {
  std::string organization = request.organization_id();
  ASSIGN_OR_RETURN(const std::string project_id, ProjectOf(reader, request));
  if (!project_id.empty()) {
    ASSIGN_OR_RETURN(const auto project,
                     reader.view().Get<row::v1::Project>(reader.instance(), {project_id}));
    const bool there = project.has_value() &&
                       project->state() != row::v1::PROJECT_STATE_REMOVED &&
                       (organization.empty() || organization == project->organization_id());
    if (!there) return NoSuch("project");
    organization = project->organization_id();
  }
  if (organization.empty() || reader.owners().Exists(reader.instance(), organization)) {
    return organization;
  }
  return NoSuch("org");
}

bool Asked(const GetEffectiveSettingsRequest& request, zitadel::settings::v2::SettingsType type) {
  for (const int asked : request.types()) {
    if (asked == type) return true;
  }
  return request.types().empty();
}

}  // namespace

absl::StatusOr<GetEffectiveSettingsResponse> GetEffectiveSettings(
    Reader& reader, const GetEffectiveSettingsRequest& request) {
  ASSIGN_OR_RETURN(const std::string organization, OrganizationOf(reader, request));
  GetEffectiveSettingsResponse response;
  if (!Asked(request, zitadel::settings::v2::SETTINGS_TYPE_LINK_SETTINGS)) return response;
  ASSIGN_OR_RETURN(const auto found, ReadPolicy(reader, organization,
                                                api::policy::v1::POLICY_TYPE_LINKS));
  *response.mutable_links() = LinksOf(found.policy().links());
  return response;
}

}  // namespace muniment::query
