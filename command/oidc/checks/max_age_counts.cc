#include "absl/strings/numbers.h"
#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

absl::Status MaxAgeCounts(AuthorizeFlow& flow) {
  const absl::string_view asked = flow.Param("max_age");
  if (asked.empty()) return absl::OkStatus();
  constexpr int64_t kMost = int64_t{100} * 365 * 24 * 3600;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(asked, &seconds) || seconds < 0 || seconds > kMost) {
    return OauthError(Oauth::kInvalidRequest, "max_age is no number of seconds.");
  }
  flow.asked.mutable_max_age()->set_seconds(seconds);
  return absl::OkStatus();
}

}  // namespace muniment::command
