#include "command/policy/oidc_settings.h"

namespace muniment::command {

absl::Status CheckLifetime(const google::protobuf::Duration& lifetime) {
  // No token outlives the class of its events (command/oidc/issue.h).
  constexpr int64_t kMostSeconds = int64_t{90} * 24 * 60 * 60;
  const bool whole = lifetime.nanos() >= 0 && lifetime.nanos() <= 999'999'999;
  if (whole && lifetime.seconds() >= 1 && lifetime.seconds() <= kMostSeconds) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "oidc_settings.lifetime_invalid",
               "Each lifetime is set, of a second at least and of 90 days at most.");
}

}  // namespace muniment::command
