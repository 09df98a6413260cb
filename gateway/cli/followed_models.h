// The read models of this machine, read beside the server that folds them.
#ifndef MUNIMENT_GATEWAY_CLI_FOLLOWED_MODELS_H_
#define MUNIMENT_GATEWAY_CLI_FOLLOWED_MODELS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "gateway/config.h"
#include "gateway/storage.h"
#include "projections/database.h"

namespace muniment::gateway {

class FollowedModels {
 public:
  // Null where there are none; the errors of projections::Database::Open.
  static absl::StatusOr<std::unique_ptr<FollowedModels>> Open(const Config& config);

  const projections::Database& database() const { return *database_; }

 private:
  FollowedModels() = default;

  // Outlives what notes something there.
  std::unique_ptr<ScratchFolder> scratch_;
  std::unique_ptr<projections::Database> database_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_FOLLOWED_MODELS_H_
