// A project's core, as decisions see it.
#ifndef MUNIMENT_COMMAND_PROJECT_PROJECT_H_
#define MUNIMENT_COMMAND_PROJECT_PROJECT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "command/unit.h"
#include "muniment/event/v1/project.visit.h"

namespace muniment::command {

enum class ProjectState { kNone, kActive, kInactive, kRemoved };

struct Project {
  using Event = event::v1::ProjectEvent;
  static constexpr absl::string_view kNoun = "project";
  static constexpr TargetKind kTarget = TARGET_PROJECT;

  ProjectState state = ProjectState::kNone;
  std::string organization_id;
  std::string name;
  bool project_role_assertion = false;
  bool authorization_required = false;
  bool project_access_required = false;
  event::v1::PrivateLabeling private_labeling = event::v1::PRIVATE_LABELING_UNSPECIFIED;
  bool swept = false;  // of what hung on it nothing is left

  bool exists() const { return state == ProjectState::kActive || state == ProjectState::kInactive; }
  bool active() const { return state == ProjectState::kActive; }
};

void Fold(Project& project, const event::v1::ProjectAdded& event);
void Fold(Project& project, const event::v1::ProjectChanged& event);
void Fold(Project& project, const event::v1::ProjectDeactivated& event);
void Fold(Project& project, const event::v1::ProjectReactivated& event);
void Fold(Project& project, const event::v1::ProjectRemoved& event);
void Fold(Project& project, const event::v1::ProjectSwept& event);

inline absl::string_view OwnerOf(const Project& project) { return project.organization_id; }

inline Place PlaceOf(const Ref<Project>& project) {
  return {.organization_id = project->organization_id, .project_id = project.id()};
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_PROJECT_PROJECT_H_
