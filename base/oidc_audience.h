// Whether a token is addressed to a project, or to one of its clients. Pure.
#ifndef MUNIMENT_BASE_OIDC_AUDIENCE_H_
#define MUNIMENT_BASE_OIDC_AUDIENCE_H_

#include <algorithm>
#include <string>

#include "absl/strings/string_view.h"
#include "base/oidc_scope.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment {

// `scope`: the token's. Where the family names its audience, nobody else is meant.
template <class Scopes>
bool IsAddressedTo(const event::v1::OidcSessionAdded& family, const Scopes& scope,
                   absl::string_view project_id, absl::string_view client_id) {
  const auto& only = family.audience();
  if (!only.empty()) {
    return std::any_of(only.begin(), only.end(), [&](const std::string& each) {
      return each == client_id || each == project_id;
    });
  }
  return family.project_id() == project_id || family.client_id() == client_id ||
         std::any_of(scope.begin(), scope.end(), [project_id](absl::string_view each) {
           return ProjectAudience(each) == project_id;
         });
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_OIDC_AUDIENCE_H_
