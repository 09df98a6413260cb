#include "command/application/settle.h"

#include <utility>

#include "command/project/project.h"

namespace muniment::command {

void RemoveApplication(Unit& unit, const Ref<Application>& application) {
  event::v1::ApplicationRemoved removed;
  removed.set_project_id(application->project_id);
  unit.Raise(application, std::move(removed));
}

// All that may be cold is asked for before the first of it is waited for.
absl::Status SettleApplications(Unit& unit, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) (void)unit.LoadAny<Application>(id);
  for (const std::string& id : ids) {
    ASSIGN_OR_RETURN(const auto application, unit.LoadAny<Application>(id));
    if (!application->exists()) continue;
    ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(application->project_id));
    if (!project->exists()) RemoveApplication(unit, application);
  }
  return absl::OkStatus();
}

}  // namespace muniment::command
