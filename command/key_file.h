// The file that published clients sign in with: JSON that holds a key's private half and says whose
// it is. Answered once and never kept.
//
//   KeyFile({{"type", "serviceaccount"}, {"keyId", id}, {"key", pair.private_pem.reveal()}, ...})
#ifndef MUNIMENT_COMMAND_KEY_FILE_H_
#define MUNIMENT_COMMAND_KEY_FILE_H_

#include <initializer_list>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace muniment::command {

std::string KeyFile(std::initializer_list<std::pair<absl::string_view, absl::string_view>> fields);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_KEY_FILE_H_
