#include <algorithm>
#include <set>

#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/oauth_error.h"
#include "base/oidc_scope.h"
#include "command/oidc/checks/checks.h"

namespace muniment::command {

absl::Status ScopeNotWider(TokenFlow& flow) {
  if (flow.Param("scope").empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(auto asked, ParseScopes(flow.Param("scope")));
  // Of what is not known nothing was granted, so it is wider too.
  const std::set<absl::string_view> words =
      absl::StrSplit(flow.Param("scope"), ' ', absl::SkipEmpty());
  const std::set<absl::string_view> granted(flow.scope.begin(), flow.scope.end());
  if (asked.empty() || !std::includes(granted.begin(), granted.end(), words.begin(), words.end())) {
    return OauthError(Oauth::kInvalidScope, "The scope is wider than what was granted.");
  }
  flow.scope = std::move(asked);
  return absl::OkStatus();
}

}  // namespace muniment::command
