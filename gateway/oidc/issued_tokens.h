// What a client is handed for what was stored: tokens, sealed or signed.
#ifndef MUNIMENT_GATEWAY_OIDC_ISSUED_TOKENS_H_
#define MUNIMENT_GATEWAY_OIDC_ISSUED_TOKENS_H_

#include <string>

#include "absl/status/statusor.h"
#include "gateway/oidc/visit.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::gateway {

struct IssuedTokens {
  std::string access;
  std::string refresh;  // empty: none
  std::string id;       // likewise
};

// Whether making them takes a signature, and so time.
bool TakesSignature(const oidc::v1::Issued& issued);

// `code`: what the tokens go with in one answer, for c_hash; empty: nothing. UNAVAILABLE where no key
// signs; the errors of the read models.
absl::StatusOr<IssuedTokens> MakeTokens(const Visit& visit, const oidc::v1::Issued& issued,
                                        const std::string& code = "");

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_ISSUED_TOKENS_H_
