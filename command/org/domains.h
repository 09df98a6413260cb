// An organization's domains, as decisions see them.
#ifndef MUNIMENT_COMMAND_ORG_DOMAINS_H_
#define MUNIMENT_COMMAND_ORG_DOMAINS_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/event/v1/org.visit.h"

namespace muniment::command {

struct OrgDomain {
  // For login names; no other organization's counts then.
  bool counts = false;
  // NONE: it counts, if it does, without a proof.
  event::v1::DomainProof proved_by = event::v1::DOMAIN_PROOF_NONE;
  // What was asked for last, and where it must be found; without a token nothing was.
  event::v1::DomainProof asked = event::v1::DOMAIN_PROOF_NONE;
  std::string token;

  bool proved() const { return proved_by != event::v1::DOMAIN_PROOF_NONE; }
};

struct OrgDomains {
  using Event = event::v1::OrgDomainEvent;
  static constexpr absl::string_view kNoun = "org.domain";

  std::map<std::string, OrgDomain, std::less<>> domains;
  std::string primary;
  // Tries that found no proof: of which domain, and when; oldest first, at most as many as
  // PauseBeforeTry looks at. They outlast the domain, so that to add it anew gives no more of them.
  std::vector<std::pair<std::string, absl::Time>> failures;

  bool exists() const { return !domains.empty(); }
  bool Verified(absl::string_view domain) const {
    const auto found = domains.find(domain);
    return found != domains.end() && found->second.counts;
  }
  size_t bytes() const { return domains.size() * 256 + failures.size() * 64; }
};

// How long after `now` a proof of the domain may be looked for again; zero: at once. Ten tries may
// fail in a minute, and thirty of all the organization's domains.
absl::Duration PauseBeforeTry(const OrgDomains& domains, absl::string_view domain, absl::Time now);

void Fold(OrgDomains& domains, const event::v1::OrgDomainAdded& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainVerified& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainPrimarySet& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainRemoved& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainVerificationAdded& event);
void Fold(OrgDomains& domains, const event::v1::OrgDomainVerificationFailed& event);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_ORG_DOMAINS_H_
