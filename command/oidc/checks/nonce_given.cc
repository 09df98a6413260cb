#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

namespace {

// They come back whole, and stand in the log.
constexpr size_t kMaxOpaque = 2048;

}  // namespace

absl::Status NonceGiven(AuthorizeFlow& flow) {
  const absl::string_view nonce = flow.Param("nonce");
  const absl::string_view state = flow.Param("state");
  if (nonce.size() > kMaxOpaque || state.size() > kMaxOpaque) {
    return OauthError(Oauth::kInvalidRequest, "state or nonce is longer than 2048 bytes.");
  }
  if (nonce.empty() && flow.asked.response_type() != event::v1::OIDC_RESPONSE_TYPE_CODE) {
    return OauthError(Oauth::kInvalidRequest, "nonce is missing.");
  }
  const auto control = [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); };
  if (std::any_of(nonce.begin(), nonce.end(), control) ||
      std::any_of(state.begin(), state.end(), control)) {
    return OauthError(Oauth::kInvalidRequest, "state or nonce holds control characters.");
  }
  flow.asked.set_nonce(std::string(nonce));
  flow.asked.set_state(std::string(state));
  return absl::OkStatus();
}

}  // namespace muniment::command
