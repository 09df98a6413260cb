#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/crypto.h"
#include "base/oauth_error.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

namespace {

// RFC 7636 section 4.1.
bool IsVerifier(absl::string_view text) {
  return text.size() >= 43 && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("-._~").find(c) != absl::string_view::npos;
         });
}

}  // namespace

absl::Status VerifierFits(TokenFlow& flow) {
  const absl::string_view verifier = flow.Param("code_verifier");
  const std::string& challenge = (*flow.auth_request)->asked.code_challenge();
  if (challenge.empty()) {
    // Whoever asks without a challenge is not who made this one (RFC 9700 section 2.1.1).
    return verifier.empty() ? absl::OkStatus()
                            : OauthError(Oauth::kInvalidGrant,
                                         "The request to authorize had no code_challenge.");
  }
  if (IsVerifier(verifier) &&
      ConstantTimeEqual(Base64UrlEncode(Sha256(verifier)), challenge)) {
    return absl::OkStatus();
  }
  return OauthError(Oauth::kInvalidGrant, "code_verifier does not fit the code_challenge.");
}

}  // namespace muniment::command
