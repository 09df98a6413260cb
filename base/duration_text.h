// How long something takes, as people of a language say it, by ICU: "5 minutes", "1 Stunde". Pure,
// thread-safe.
#ifndef MUNIMENT_BASE_DURATION_TEXT_H_
#define MUNIMENT_BASE_DURATION_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace muniment {

// In days, hours, minutes and seconds, of which none is said that is zero; "0 seconds" of none at all.
// `language`: a tag (BCP 47).
std::string DurationText(absl::Duration duration, absl::string_view language);

}  // namespace muniment

#endif  // MUNIMENT_BASE_DURATION_TEXT_H_
