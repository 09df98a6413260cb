#include "command/user/username.h"

#include "base/host_name.h"
#include "base/names.h"
#include "base/text.h"
#include "command/org/domains.h"

namespace muniment::command {

std::string UsernameScope(const DomainPolicy& policy, absl::string_view organization_id) {
  return policy.policy.user_login_must_be_domain() ? std::string(organization_id) : std::string();
}

std::string DomainOfUsername(absl::string_view username) {
  const size_t at = username.rfind('@');
  if (at == absl::string_view::npos) return {};
  const absl::string_view domain = username.substr(at + 1);
  return HostName(domain).value_or(FoldName(domain));
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
  const std::string domain = DomainOfUsername(username);
  if (!scope.empty() || domain.empty()) return scope;
  ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
  if (holder.empty() || holder == organization_id) return scope;
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(holder));
  if (!domains->Verified(domain)) return scope;
  return Error(absl::StatusCode::kFailedPrecondition, "user.username_domain_claimed",
               "The domain of the user name belongs to another organization.");
}

}  // namespace muniment::command
