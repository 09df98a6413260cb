#include "command/org/domain_holder.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/instance/instance.h"
#include "command/org/domains.h"

namespace muniment::command {

absl::StatusOr<std::string> DomainHolder(Unit& unit, const std::string& domain) {
  ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
  if (holder.empty()) return holder;
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(holder));
  if (!domains->Verified(domain)) return std::string();
  if (domains->domains.find(domain)->second.proved()) return holder;
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  const bool of_instance = absl::EndsWith(domain, absl::StrCat(".", instance->primary_domain));
  return of_instance ? holder : std::string();
}

}  // namespace muniment::command
