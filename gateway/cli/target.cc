#include "gateway/cli/target.h"

#include <filesystem>
#include <system_error>

#include "base/error.h"

namespace muniment::gateway {
namespace {

std::vector<std::string> MissingAbove(const std::string& directory) {
  std::vector<std::string> missing;
  std::error_code error;
  auto path = std::filesystem::absolute(directory, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  while (path.has_relative_path() && !std::filesystem::exists(path, error) && !error) {
    missing.push_back(path.string());
    path = path.parent_path();
  }
  return missing;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Target>> Target::Take(const Place& place,
                                                     absl::string_view command) {
  std::unique_ptr<Target> target(new Target);
  if (!place.shared) target->missing_ = MissingAbove(place.data_dir);
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
  std::error_code ignored;
  // Of a directory that is not empty it removes nothing.
  for (const std::string& path : missing_) std::filesystem::remove(path, ignored);
}

}  // namespace muniment::gateway
