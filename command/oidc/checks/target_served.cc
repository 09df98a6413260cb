#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/application/application.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

namespace {

// The project that a name of a target means, by its own id or by a client's; empty: none.
absl::StatusOr<std::string> ProjectMeant(TokenFlow& flow, const std::string& target) {
  ASSIGN_OR_RETURN(const std::string id, flow.unit.FindApplication(target));
  if (id.empty()) return target;
  ASSIGN_OR_RETURN(const auto application, flow.unit.LoadAny<Application>(id));
  return application.exists() ? application->project_id : std::string();
}

}  // namespace

// The token is addressed to those alone that `audience` names, which are some of those that the scope, or
// what is exchanged, would address it to.
absl::Status TargetServed(TokenFlow& flow) {
  constexpr int kMostTargets = 100;
  std::vector<std::string> projects = AudienceAsked(flow.scope, flow.unit.instance_id());
  projects.push_back((*flow.client)->project_id);
  const auto given = flow.grant.audience();
  google::protobuf::RepeatedPtrField<std::string> audience;
  for (const auto& parameter : flow.request.parameter()) {
    if (parameter.name() != "audience" || parameter.value().empty()) continue;
    const std::string& target = parameter.value();
    if (std::count(audience.begin(), audience.end(), target) > 0) continue;
    ASSIGN_OR_RETURN(const std::string project, ProjectMeant(flow, target));
    const bool narrower =
        given.empty() || std::count(given.begin(), given.end(), target) > 0;
    if (!narrower || audience.size() == kMostTargets ||
        std::count(projects.begin(), projects.end(), project) == 0) {
      return OauthError(Oauth::kInvalidTarget, "The scope addresses no token to that audience.");
    }
    *audience.Add() = target;
  }
  if (!audience.empty()) *flow.grant.mutable_audience() = std::move(audience);
  return absl::OkStatus();
}

}  // namespace muniment::command
