#include "command/feature/features.h"

namespace muniment::command {

absl::StatusOr<Ref<Features>> LoadFeatures(Unit& unit) {
  return unit.LoadAny<Features>(unit.instance_id());
}

}  // namespace muniment::command
