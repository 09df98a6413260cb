// The outcomes of work, raised by the reactors' host as the system (CommandCall.handler). Each is
// decided from the work's own stream: what stands already, because an answer was lost, raises
// nothing.
#ifndef MUNIMENT_COMMAND_WORK_OUTCOME_H_
#define MUNIMENT_COMMAND_WORK_OUTCOME_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/work_id.h"
#include "command/unit.h"
#include "command/work/works.h"

namespace muniment::command {

// The work's stream with its owner at hand, for raising on it.
absl::StatusOr<Ref<Works>> LoadWorks(Unit& unit, const Scope& scope);

// Asks for work that no event of its own asks for.
absl::Status RequestWork(Unit& unit, const Scope& scope, const std::string& name);
absl::Status RaiseWorkDone(Unit& unit, const WorkId& id);
// Counts an attempt before it is made; without an outcome it is due again `delay` after the event's
// time.
absl::Status RaiseWorkBegun(Unit& unit, const WorkId& id, uint32_t attempts, absl::Duration delay);
// `attempts` with the one that failed, and none for one that was broken off; it is due again `delay`
// after the event's time.
absl::Status RaiseWorkFailed(Unit& unit, const WorkId& id, uint32_t attempts,
                             const std::string& reason, absl::Duration delay);
absl::Status RaiseWorkGivenUp(Unit& unit, const WorkId& id, uint32_t attempts,
                              const std::string& reason, absl::Time requested);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_WORK_OUTCOME_H_
