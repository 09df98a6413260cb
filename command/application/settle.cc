#include "command/application/settle.h"

#include <utility>

#include "command/for_each.h"
#include "command/project/project.h"

namespace muniment::command {

void RemoveApplication(Unit& unit, const Ref<Application>& application) {
  event::v1::ApplicationRemoved removed;
  removed.set_project_id(application->project_id);
  unit.Raise(application, std::move(removed));
}

namespace {

absl::Status SettleApplication(Unit& unit, const std::string& id) {
  ASSIGN_OR_RETURN(const auto application, unit.LoadAny<Application>(id));
  if (!application->exists()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto project, unit.LoadAny<Project>(application->project_id));
  if (!project->exists()) RemoveApplication(unit, application);
  return absl::OkStatus();
}

}  // namespace

absl::Status SettleApplications(Unit& unit, const std::vector<std::string>& ids) {
  return ForEach(unit, ids, &SettleApplication);
}

}  // namespace muniment::command
