#include "gateway/cli/target.h"

#include "base/error.h"
#include "gateway/private_file.h"

namespace muniment::gateway {
absl::StatusOr<std::unique_ptr<Target>> Target::Take(const Place& place,
                                                     absl::string_view command) {
  std::unique_ptr<Target> target(new Target);
  if (!place.shared) target->missing_ = MissingDirectories(place.data_dir);
  ASSIGN_OR_RETURN(target->open_, OpenEmptyPlace(place));
  RETURN_IF_ERROR(target->log().SetCommand(command));
  return target;
}

absl::StatusOr<std::unique_ptr<Target>> Target::Retake(const Place& place,
                                                       absl::string_view command) {
  std::unique_ptr<Target> target(new Target);
  ASSIGN_OR_RETURN(target->open_.log, ReopenPlace(place));
  RETURN_IF_ERROR(target->log().SetCommand(command));
  return target;
}

Target::~Target() {
  // Where that fails the place stays marked, and the next run takes it.
  if (open_.log != nullptr) (void)open_.log->Abandon();
  open_.log.reset();
  RemoveEmptyDirectories(missing_);
}

}  // namespace muniment::gateway
