#include "command/oidc/scopes.h"

#include "base/error.h"
#include "base/host_name.h"
#include "base/oidc_scope.h"
#include "command/org/domain_holder.h"

namespace muniment::command {

absl::StatusOr<std::string> OrganizationAsked(Unit& unit, absl::string_view scope) {
  // Of no id longer than they may be does a stream exist.
  constexpr size_t kMaxId = 200;
  if (scope.size() > kMaxId + 100) return std::string("-");
  if (const auto id = RequiredOrganization(scope)) return std::string(*id);
  const auto domain = RequiredDomain(scope);
  if (!domain.has_value()) return std::string();
  return DomainHolder(unit, HostName(*domain).value_or(std::string(*domain)));
}

absl::StatusOr<bool> BelongsWhereAsked(Unit& unit, const User& user, const Texts& scope) {
  for (const std::string& each : scope) {
    const bool asks = RequiredOrganization(each).has_value() || RequiredDomain(each).has_value();
    if (!asks) continue;
    const auto asked = OrganizationAsked(unit, each);
    if (!asked.ok()) return asked.status();
    if (asked->compare(user.organization_id) != 0) return false;
  }
  return true;
}

}  // namespace muniment::command
