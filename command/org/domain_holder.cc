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
  return HeldForGood(false, domain, instance->primary_domain) ? holder : std::string();
}

bool HeldForGood(bool proved, absl::string_view domain, absl::string_view primary_of_instance) {
  return proved || absl::EndsWith(domain, absl::StrCat(".", primary_of_instance));
}

}  // namespace muniment::command
