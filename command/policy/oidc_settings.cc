#include "command/policy/oidc_settings.h"

#include "absl/time/time.h"
#include "base/oidc_code.h"

namespace muniment::command {

absl::Status CheckLifetime(const google::protobuf::Duration& lifetime) {
  // No token outlives the class of its events.
  const int64_t most = absl::ToInt64Seconds(kMaxFamilyAge);
  const bool whole = lifetime.nanos() >= 0 && lifetime.nanos() <= 999'999'999;
  if (whole && lifetime.seconds() >= 1 && lifetime.seconds() <= most) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kInvalidArgument, "oidc_settings.lifetime_invalid",
               "Each lifetime is set, of a second at least and of 90 days at most.");
}

}  // namespace muniment::command
