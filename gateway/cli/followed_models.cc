#include "gateway/cli/followed_models.h"

#include <filesystem>
#include <system_error>

#include "base/error.h"
#include "gateway/models.h"
#include "projections/projection.h"

namespace muniment::gateway {

absl::StatusOr<std::unique_ptr<FollowedModels>> FollowedModels::Open(const Config& config) {
  std::error_code error;
  if (!std::filesystem::exists(ModelsPath(config), error)) return nullptr;
  std::unique_ptr<FollowedModels> models(new FollowedModels());
  ASSIGN_OR_RETURN(models->scratch_, ScratchFolder::Make());
  projections::DatabaseOptions options;
  options.path = ModelsPath(config);
  options.follow = models->scratch_->path();
  ASSIGN_OR_RETURN(models->database_,
                   projections::Database::Open(
                       options, projections::PlansOf(projections::AllProjections())));
  return models;
}

}  // namespace muniment::gateway
