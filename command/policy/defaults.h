// What an instance says of each setting until somebody says otherwise. Defaults are events: folds
// read the log alone, and a later release with other defaults changes no older instance.
#ifndef MUNIMENT_COMMAND_POLICY_DEFAULTS_H_
#define MUNIMENT_COMMAND_POLICY_DEFAULTS_H_

#include "absl/status/status.h"
#include "command/unit.h"

namespace muniment::command {

// Raises the default of every setting that the instance lacks: all of them for a new instance, for
// an older one those that came with a newer release. Raises nothing where none is missing.
absl::Status AddMissingDefaults(Unit& unit);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_POLICY_DEFAULTS_H_
