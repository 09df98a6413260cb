#include "command/org/domains.h"

#include <algorithm>

#include "base/timestamp.h"

namespace muniment::command {

namespace {

constexpr size_t kTriesOfDomain = 10;
constexpr size_t kTriesOfAll = 30;
constexpr absl::Duration kWindow = absl::Minutes(1);

}  // namespace

absl::Duration PauseBeforeTry(const OrgDomains& domains, absl::string_view domain,
                              absl::Time now) {
  std::vector<absl::Time> all, own;
  for (const auto& [name, time] : domains.failures) {
    all.push_back(time);
    if (name == domain) own.push_back(time);
  }
  absl::Duration pause = absl::ZeroDuration();
  const auto wait = [&](const std::vector<absl::Time>& times, size_t most) {
    if (times.size() < most) return;
    pause = std::max(pause, times[times.size() - most] + kWindow - now);
  };
  wait(all, kTriesOfAll);
  wait(own, kTriesOfDomain);
  return pause;
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainAdded& event) {
  domains.domains.try_emplace(event.domain());
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainVerified& event) {
  domains.domains[event.domain()] = {.counts = true, .proved_by = event.proved_by()};
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainPrimarySet& event) {
  domains.primary = event.domain();
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainRemoved& event) {
  domains.domains.erase(event.domain());
  if (domains.primary == event.domain()) domains.primary.clear();
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainVerificationAdded& event) {
  OrgDomain& domain = domains.domains[event.domain()];
  domain.asked = event.proof();
  domain.token = event.token();
}

void Fold(OrgDomains& domains, const event::v1::OrgDomainVerificationFailed& event) {
  auto& failures = domains.failures;
  failures.emplace_back(event.domain(), ToTime(event.failed_at()));
  if (failures.size() > kTriesOfAll) failures.erase(failures.begin());
}

}  // namespace muniment::command
