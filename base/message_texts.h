// The files of base/message_texts, as the build puts them into the program; for message_text.cc.
#ifndef MUNIMENT_BASE_MESSAGE_TEXTS_H_
#define MUNIMENT_BASE_MESSAGE_TEXTS_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace muniment {

// (language, JSON), in order of the files' names.
const std::vector<std::pair<absl::string_view, absl::string_view>>& MessageTextFiles();

}  // namespace muniment

#endif  // MUNIMENT_BASE_MESSAGE_TEXTS_H_
