// The dispatch table of commands, generated: a file command/<aggregate>/<verb_noun>.cc that is
// named like a published method defines
//
//   absl::StatusOr<zitadel::user::v2::AddHumanUserResponse> AddHumanUser(
//       Unit& unit, const zitadel::user::v2::AddHumanUserRequest& request);
//
// in muniment::command and serves it from then on. A definition that does not fit does not link.
#ifndef MUNIMENT_COMMAND_HANDLER_H_
#define MUNIMENT_COMMAND_HANDLER_H_

#include <vector>

#include "base/handler.h"
#include "command/unit.h"

namespace muniment::command {

using Handler = ::muniment::Handler<Unit>;
using ::muniment::MakeHandler;

// In order of names; lives as long as the process.
const std::vector<Handler>& Handlers();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_HANDLER_H_
