#include "base/oidc_scope.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/oauth_error.h"

namespace muniment {
namespace {

constexpr absl::string_view kKnown[] = {
    kOpenIdScope, "profile", "email", "address", "phone", kOfflineScope, kProjectRolesScope,
    kUserMetadataScope, kResourceOwnerScope,
};

// What stands between the two, if there is anything.
std::optional<absl::string_view> Within(absl::string_view scope, absl::string_view before,
                                        absl::string_view after = "") {
  if (!absl::ConsumePrefix(&scope, before) || !absl::ConsumeSuffix(&scope, after) ||
      scope.empty()) {
    return std::nullopt;
  }
  return scope;
}

bool IsKnown(absl::string_view scope) {
  return std::find(std::begin(kKnown), std::end(kKnown), scope) != std::end(kKnown) ||
         ProjectAudience(scope).has_value() || AskedRole(scope).has_value() ||
         RequiredOrganization(scope).has_value() || RequiredDomain(scope).has_value() ||
         RoleOrganization(scope).has_value() || AskedProvider(scope).has_value();
}

// RFC 6749 section 3.3: printable ASCII but quotes and backslashes.
bool IsToken(absl::string_view scope) {
  return std::all_of(scope.begin(), scope.end(), [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\';
  });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseScopes(absl::string_view text) {
  const auto invalid = [] {
    return OauthError(Oauth::kInvalidScope,
                      "The scope is no list of up to 1000 names with a space between them.");
  };
  if (text.size() > kMaxScopeText) return invalid();
  std::vector<std::string> scopes;
  absl::flat_hash_set<absl::string_view> seen;
  size_t count = 0;
  for (const absl::string_view scope : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (++count > kMaxScopes || !IsToken(scope)) return invalid();
    if (IsKnown(scope) && seen.insert(scope).second) scopes.emplace_back(scope);
  }
  return scopes;
}

absl::StatusOr<std::vector<std::string>> ParseAskedScopes(absl::string_view text) {
  if (text.size() <= kMaxAskedScope) return ParseScopes(text);
  return OauthError(Oauth::kInvalidScope, "The scope is longer than 8192 bytes.");
}

std::optional<absl::string_view> ProjectAudience(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:project:id:", ":aud");
}
std::optional<absl::string_view> AskedRole(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:project:role:");
}
std::optional<absl::string_view> RequiredOrganization(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:id:");
}
std::optional<absl::string_view> RequiredDomain(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:domain:primary:");
}
std::optional<absl::string_view> RoleOrganization(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:roles:id:");
}
std::optional<absl::string_view> AskedProvider(absl::string_view scope) {
  return Within(scope, "urn:zitadel:iam:org:idp:id:");
}

}  // namespace muniment
