// Ids that a caller chooses for what he creates.
#ifndef MUNIMENT_COMMAND_CHOSEN_ID_H_
#define MUNIMENT_COMMAND_CHOSEN_ID_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace muniment::command {

// INVALID_ARGUMENT "<noun>.id_invalid" for what is no name, or begins with a slash: those are the
// subjects of streams without a person (eventstore/FORMAT.md, Whose key).
absl::Status CheckChosenId(absl::string_view noun, absl::string_view id);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_CHOSEN_ID_H_
