#include "command/user/username.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/host_name.h"
#include "base/names.h"
#include "base/text.h"
#include "command/instance/instance.h"
#include "command/org/domains.h"

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

namespace {

// Whether another organization's login names end in the domain for good: it proved it, or has it of
// the instance.
absl::StatusOr<bool> IsAnothers(Unit& unit, absl::string_view organization_id,
                                const std::string& domain) {
  ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
  if (holder.empty() || holder == organization_id) return false;
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(holder));
  if (!domains->Verified(domain)) return false;
  if (domains->domains.find(domain)->second.proved()) return true;
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  return absl::EndsWith(domain, absl::StrCat(".", instance->primary_domain));
}

}  // namespace

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
    ASSIGN_OR_RETURN(const bool anothers, IsAnothers(unit, organization_id, domain));
    if (!anothers) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "user.username_domain_claimed",
                 "The domain of the user name belongs to another organization.");
  }
  return scope;
}

}  // namespace muniment::command
