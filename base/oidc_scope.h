// Scopes, as applications ask for them: which are known, and what the platform's own say.
//
//   ASSIGN_OR_RETURN(const std::vector<std::string> scopes, ParseScopes(parameter));
//   for (const std::string& scope : scopes) {
//     if (auto project = ProjectAudience(scope)) ...
//
// What is not known is left out, as it grants nothing (OpenID Connect Core section 3.1.2.1). Pure,
// thread-safe; the text may be hostile.
#ifndef MUNIMENT_BASE_OIDC_SCOPE_H_
#define MUNIMENT_BASE_OIDC_SCOPE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace muniment {

inline constexpr size_t kMaxScopes = 1000;
inline constexpr size_t kMaxScopeText = 64 * 1024;
// Of a request that anybody can make, and that the log keeps.
inline constexpr size_t kMaxAskedScope = 8 * 1024;

inline constexpr absl::string_view kOpenIdScope = "openid";
inline constexpr absl::string_view kOfflineScope = "offline_access";
inline constexpr absl::string_view kProjectRolesScope = "urn:zitadel:iam:org:projects:roles";
inline constexpr absl::string_view kUserMetadataScope = "urn:zitadel:iam:user:metadata";
inline constexpr absl::string_view kResourceOwnerScope = "urn:zitadel:iam:user:resourceowner";

// Views of scopes that stand elsewhere.
using Scopes = std::vector<absl::string_view>;

// Those that are known, each once, in order. INVALID_ARGUMENT "oauth.invalid_scope" for text that is
// no list of scopes (RFC 6749 section 3.3), or of more than kMaxScopes or kMaxScopeText bytes.
absl::StatusOr<std::vector<std::string>> ParseScopes(absl::string_view text);

// The same of up to kMaxAskedScope bytes.
absl::StatusOr<std::vector<std::string>> ParseAskedScopes(absl::string_view text);

// The audience that scopes ask for beside the client's own project: ids of projects, and the instance's
// for the platform itself. Each once, as the scopes are (ParseScopes).
template <class Scopes>
std::vector<std::string> AudienceAsked(const Scopes& scopes, absl::string_view instance_id);

// ...:project:id:{id}:aud: the id; "zitadel" stands for the platform itself.
std::optional<absl::string_view> ProjectAudience(absl::string_view scope);
inline constexpr absl::string_view kPlatformProject = "zitadel";
// ...:project:role:{key}
std::optional<absl::string_view> AskedRole(absl::string_view scope);
// ...:org:id:{id}, whose users alone may sign in.
std::optional<absl::string_view> RequiredOrganization(absl::string_view scope);
// ...:org:domain:primary:{domain}, likewise.
std::optional<absl::string_view> RequiredDomain(absl::string_view scope);
// ...:org:roles:id:{id}, whose grants alone are told.
std::optional<absl::string_view> RoleOrganization(absl::string_view scope);
// ...:org:idp:id:{id}
std::optional<absl::string_view> AskedProvider(absl::string_view scope);

template <class Scopes>
std::vector<std::string> AudienceAsked(const Scopes& scopes, absl::string_view instance_id) {
  std::vector<std::string> audience;
  // What alone may be asked for in two ways.
  bool platform = false;
  for (const absl::string_view scope : scopes) {
    const auto project = ProjectAudience(scope);
    if (!project.has_value()) continue;
    const bool named = *project == kPlatformProject || *project == instance_id;
    if (named && platform) continue;
    platform = platform || named;
    audience.emplace_back(*project == kPlatformProject ? instance_id : *project);
  }
  return audience;
}

}  // namespace muniment

#endif  // MUNIMENT_BASE_OIDC_SCOPE_H_
