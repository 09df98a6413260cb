// Where a browser is sent with an answer: the application's redirect URI with the answer's parameters
// in it (OAuth 2.0 Multiple Response Type Encoding Practices). Pure, thread-safe.
//
//   RedirectTo("https://app/cb?a=1", OIDC_RESPONSE_MODE_QUERY, {{"code", code}})
//     "https://app/cb?a=1&code=..."
#ifndef MUNIMENT_BASE_REDIRECT_H_
#define MUNIMENT_BASE_REDIRECT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment {

using Parameters = std::vector<std::pair<std::string, std::string>>;

// Our own page, which makes what takes more than a link: tokens, and a form that posts.
inline constexpr absl::string_view kAnswerPath = "/oauth/v2/authorize/answer";

// Behind "#" in the fragment mode, else in the query.
std::string RedirectTo(absl::string_view uri, event::v1::OidcResponseMode mode,
                       const Parameters& parameters);

// "a=1&b=x%20y"
std::string FormEncode(const Parameters& parameters);

}  // namespace muniment

#endif  // MUNIMENT_BASE_REDIRECT_H_
