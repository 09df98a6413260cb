// An organization's domains, as decisions see them.
#ifndef MUNIMENT_COMMAND_ORG_DOMAINS_H_
#define MUNIMENT_COMMAND_ORG_DOMAINS_H_

#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "muniment/event/v1/org.visit.h"

namespace muniment::command {

struct OrgDomains {
  using Event = event::v1::OrgDomainEvent;
  static constexpr absl::string_view kNoun = "org.domain";

  // Domain -> proved.
  std::map<std::string, bool, std::less<>> domains;
  std::string primary;

  bool exists() const { return !domains.empty(); }
  bool Verified(absl::string_view domain) const {
    const auto found = domains.find(domain);
    return found != domains.end() && found->second;
  }
  size_t bytes() const { return domains.size() * 128; }
};

void Fold(OrgDomains& domains, const event::v1::OrgDomainAdded& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainVerified& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainPrimarySet& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainRemoved& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_DOMAINS_H_
