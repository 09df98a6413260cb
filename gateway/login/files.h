// The files of pages/, assets/ and texts/, as the build puts them into the program.
#ifndef MUNIMENT_GATEWAY_LOGIN_FILES_H_
#define MUNIMENT_GATEWAY_LOGIN_FILES_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment::gateway {

// ("pages/name.mustache", its text), in order of their names.
const std::vector<std::pair<absl::string_view, absl::string_view>>& LoginFiles();

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_LOGIN_FILES_H_
