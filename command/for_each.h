// A step for each of many, of a sweep. What is not at hand for one holds up none of those after it, so
// all that is cold is asked for in one run and not in one run each.
//
//   return ForEach(unit, ids, &SettleGrant);
#ifndef MUNIMENT_COMMAND_FOR_EACH_H_
#define MUNIMENT_COMMAND_FOR_EACH_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "command/unit.h"

namespace muniment::command {

// The first error there was, after every step was run.
inline absl::Status ForEach(
    Unit& unit, const std::vector<std::string>& ids,
    absl::FunctionRef<absl::Status(Unit& unit, const std::string& id)> step) {
  absl::Status first;
  for (const std::string& id : ids) first.Update(step(unit, id));
  return first;
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_FOR_EACH_H_
