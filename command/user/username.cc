#include "command/user/username.h"

#include <algorithm>
#include <utility>

#include "base/host_name.h"
#include "base/names.h"
#include "base/text.h"
#include "command/org/domain_holder.h"

namespace muniment::command {
namespace {

void ClaimName(Unit& unit, const Ref<User>& user, const std::string& scope) {
  const auto& claims = user->name_claims;
  const bool stands = std::any_of(claims.begin(), claims.end(), [&](const NameClaim& claim) {
    return claim.scope == scope && !claim.former;
  });
  if (stands) return;
  event::v1::UsernameClaimed claimed;
  claimed.set_username(user->username);
  claimed.set_username_scope(scope);
  unit.Raise(user, std::move(claimed));
}

}  // namespace

std::set<std::string> DomainsOfUsername(absl::string_view username) {
  std::set<std::string> domains;
  const std::string folded = FoldName(username);
  for (const absl::string_view name : {username, absl::string_view(folded)}) {
    const size_t at = name.rfind('@');
    if (at == absl::string_view::npos) continue;
    const absl::string_view domain = name.substr(at + 1);
    domains.insert(HostName(domain).value_or(FoldName(domain)));
  }
  return domains;
}

absl::StatusOr<bool> EndsInAnothersDomain(Unit& unit, absl::string_view organization_id,
                                          absl::string_view username) {
  for (const std::string& domain : DomainsOfUsername(username)) {
    // His own is no matter, and is most people's.
    ASSIGN_OR_RETURN(const std::string said, unit.FindOrganizationByDomain(domain));
    if (said.empty() || said == organization_id) continue;
    ASSIGN_OR_RETURN(const std::string holder, DomainHolder(unit, domain));
    if (!holder.empty()) return true;
  }
  return false;
}

absl::StatusOr<NameScopes> AdmitUsername(Unit& unit, absl::string_view organization_id,
                                         absl::string_view policy_organization_id,
                                         absl::string_view username) {
  if (!ValidUsername(username)) {
    return Error(absl::StatusCode::kInvalidArgument, "user.username_invalid",
                 "A user name is of letters, digits and marks, with single spaces between its parts; "
                 "not of / \\ < > \" or dots alone.");
  }
  ASSIGN_OR_RETURN(NameScopes scopes,
                   NameScopesOf(unit, organization_id, policy_organization_id));
  if (!scopes.alone && !scopes.to_be_alone) return scopes;
  ASSIGN_OR_RETURN(const bool anothers, EndsInAnothersDomain(unit, organization_id, username));
  if (!anothers) return scopes;
  return Error(absl::StatusCode::kFailedPrecondition, "user.username_domain_claimed",
               "The domain of the user name belongs to another organization.");
}

void SettleName(Unit& unit, const Ref<User>& user, const NameScopes& scopes) {
  ClaimName(unit, user, scopes.scope);
  if (scopes.moving_to.has_value()) ClaimName(unit, user, *scopes.moving_to);
  std::set<std::string> others;
  for (const NameClaim& claim : user->name_claims) {
    if (!scopes.Has(claim.scope)) others.insert(claim.scope);
  }
  for (const std::string& scope : others) {
    event::v1::UsernameReleased released;
    released.set_username_scope(scope);
    unit.Raise(user, std::move(released));
  }
}

}  // namespace muniment::command
