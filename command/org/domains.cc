#include "command/org/domains.h"

namespace muniment::command {

void Fold(OrgDomains& domains, const event::v1::OrgDomainAdded& event) {
  domains.domains.emplace(event.domain(), false);
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainVerified& event) {
  domains.domains[event.domain()] = true;
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainPrimarySet& event) {
  domains.primary = event.domain();
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainRemoved& event) {
  domains.domains.erase(event.domain());
  if (domains.primary == event.domain()) domains.primary.clear();
}

}  // namespace muniment::command
