// How an application ends: by choice, or with its project. Its secret and its keys end with it, in
// the same event.
//
//   RETURN_IF_ERROR(SettleApplications(unit, ids));
#ifndef MUNIMENT_COMMAND_APPLICATION_SETTLE_H_
#define MUNIMENT_COMMAND_APPLICATION_SETTLE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "command/application/application.h"
#include "command/unit.h"

namespace muniment::command {

void RemoveApplication(Unit& unit, const Ref<Application>& application);

// Applications of projects that were removed are removed, an event at most for each id, which is
// "project/application". Of sweeps (gateway/reactors); nobody is served by one before. As the
// system.
absl::Status SettleApplications(Unit& unit, const std::vector<std::string>& ids);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_APPLICATION_SETTLE_H_
