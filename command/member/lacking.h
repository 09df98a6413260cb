// Nobody hands out what he lacks, whichever way it would leave his hands.
#ifndef MUNIMENT_COMMAND_MEMBER_LACKING_H_
#define MUNIMENT_COMMAND_MEMBER_LACKING_H_

#include <string>

#include "absl/status/statusor.h"
#include "base/access.h"
#include "command/unit.h"

namespace muniment::command {

// A permission of these that the caller lacks at the place; empty for none. Owners (base/access.h)
// lack nothing there. The streams that say so join the read set.
absl::StatusOr<std::string> Lacking(Unit& unit, const Place& place,
                                    const Permissions& permissions);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MEMBER_LACKING_H_
