// Which languages an instance lets its pages and messages be in.
#ifndef MUNIMENT_QUERY_SETTINGS_LANGUAGES_H_
#define MUNIMENT_QUERY_SETTINGS_LANGUAGES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "projections/database.h"

namespace muniment::query {

// The tags of all that are supported, in their order.
std::vector<std::string> SupportedTags();
// Those of them that the instance allows: all where it restricts nothing.
absl::StatusOr<std::vector<std::string>> AllowedLanguages(projections::View& view,
                                                          uint64_t instance);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_SETTINGS_LANGUAGES_H_
