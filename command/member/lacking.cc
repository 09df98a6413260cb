#include "command/member/lacking.h"

namespace muniment::command {

absl::StatusOr<std::string> Lacking(Unit& unit, const Place& place,
                                    const Permissions& permissions) {
  ASSIGN_OR_RETURN(const bool owns, unit.Owns(place));
  if (owns) return std::string();
  for (std::string& permission : permissions.Names()) {
    ASSIGN_OR_RETURN(const bool holds, unit.Holds(permission, place));
    if (!holds) return std::move(permission);
  }
  return std::string();
}

}  // namespace muniment::command
