// An id that a caller chooses for what he makes. It must be nobody's, so that no page and no list
// of rights can mean two things by it: not the instance's, not that of a user or an organization
// that is or was, and none of these in another case (the kinds' chosen_id is unique by its fold).
//
//   RETURN_IF_ERROR(AdmitChosenId(unit, "user", request.user_id()));
//
// ALREADY_EXISTS "<noun>.already_exists", whosever it is: ids are public. The streams that say so
// join the read set. What it may look like is asked of the request (ValidId, base/names.h).
#ifndef MUNIMENT_COMMAND_CHOSEN_ID_H_
#define MUNIMENT_COMMAND_CHOSEN_ID_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/unit.h"

namespace muniment::command {

absl::Status AdmitChosenId(Unit& unit, absl::string_view noun, absl::string_view id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CHOSEN_ID_H_
