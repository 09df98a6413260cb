#include "command/user/username.h"

#include "base/host_name.h"
#include "base/names.h"
#include "base/text.h"
#include "command/org/domain_holder.h"

namespace muniment::command {

std::string UsernameScope(const DomainPolicy& policy, absl::string_view organization_id) {
  return policy.policy.user_login_must_be_domain() ? std::string(organization_id) : std::string();
}

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

absl::StatusOr<std::string> AdmitUsername(Unit& unit, absl::string_view organization_id,
                                          absl::string_view policy_organization_id,
                                          absl::string_view username) {
  if (!ValidUsername(username)) {
    return Error(absl::StatusCode::kInvalidArgument, "user.username_invalid",
                 "A user name is of letters, digits and marks, with single spaces between its parts; "
                 "not of / \\ < > \" or dots alone.");
  }
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(policy_organization_id));
  const std::string scope = UsernameScope(*policy, organization_id);
  if (!scope.empty()) return scope;
  for (const std::string& domain : DomainsOfUsername(username)) {
    // His own is no matter, and is most people's.
    ASSIGN_OR_RETURN(const std::string said, unit.FindOrganizationByDomain(domain));
    if (said.empty() || said == organization_id) continue;
    ASSIGN_OR_RETURN(const std::string holder, DomainHolder(unit, domain));
    if (holder.empty()) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "user.username_domain_claimed",
                 "The domain of the user name belongs to another organization.");
  }
  return scope;
}

}  // namespace muniment::command
