// Percent-encoded text of URLs and forms (RFC 3986 section 2.1; URL Standard section 5). Pure.
#ifndef MUNIMENT_BASE_PERCENT_H_
#define MUNIMENT_BASE_PERCENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace muniment {

// False at a bad escape. '+' is a space where `form` says so.
bool PercentDecode(absl::string_view text, bool form, std::string& out);

}  // namespace muniment

#endif  // MUNIMENT_BASE_PERCENT_H_
