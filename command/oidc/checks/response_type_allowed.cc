#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/oauth_error.h"
#include "command/oidc/authorize_flow.h"

namespace muniment::command {

namespace {

struct ResponseType {
  absl::string_view name;  // its words in order of the alphabet: any order is the same
  event::v1::OidcResponseType type;
};
constexpr ResponseType kResponseTypes[] = {
    {"code", event::v1::OIDC_RESPONSE_TYPE_CODE},
    {"id_token", event::v1::OIDC_RESPONSE_TYPE_ID_TOKEN},
    {"id_token token", event::v1::OIDC_RESPONSE_TYPE_ID_TOKEN_TOKEN},
};

}  // namespace

absl::Status ResponseTypeAllowed(AuthorizeFlow& flow) {
  const absl::string_view asked = flow.Param("response_type");
  if (asked.empty()) return OauthError(Oauth::kInvalidRequest, "response_type is missing.");
  const std::set<absl::string_view> words = absl::StrSplit(asked, ' ', absl::SkipEmpty());
  const std::string name = absl::StrJoin(words, " ");
  const auto* known = std::find_if(std::begin(kResponseTypes), std::end(kResponseTypes),
                                   [&name](const auto& row) { return row.name == name; });
  if (known == std::end(kResponseTypes)) {
    return OauthError(Oauth::kUnsupportedResponseType, "There is no such response_type.");
  }
  const auto& allowed = (*flow.client)->oidc->response_type();
  if (std::find(allowed.begin(), allowed.end(), known->type) == allowed.end()) {
    return OauthError(Oauth::kUnauthorizedClient,
                      "The application is not configured for this response_type.");
  }
  flow.asked.set_response_type(known->type);
  return absl::OkStatus();
}

}  // namespace muniment::command
