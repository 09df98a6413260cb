// Where a session's row stands: its id says on which day it was made.
//
//   view.Get<row::v1::Session>(instance, {SessionDay(id), id})
#ifndef MUNIMENT_PROJECTIONS_SESSION_KEY_H_
#define MUNIMENT_PROJECTIONS_SESSION_KEY_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/id.h"

namespace muniment::projections {

// Days since 1970-01-01 UTC; 0 for what is no id of ours.
inline uint32_t SessionDay(absl::string_view session_id) {
  const std::optional<uint64_t> id = ParseId(session_id);
  return id.has_value() ? static_cast<uint32_t>(absl::ToUnixSeconds(IdTime(*id)) / 86'400) : 0;
}

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_SESSION_KEY_H_
