#include "command/org/default_domain.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/text.h"

namespace muniment::command {

namespace {

// Bytes of a label that leave room for a hyphen and an id.
constexpr size_t kBesideId = 43;

// Of the two forms that the domain of `name` may have, the one that stands.
std::string StandingDomain(const OrgDomains& domains, absl::string_view name,
                           absl::string_view organization_id, absl::string_view primary_domain) {
  for (const bool distinct : {false, true}) {
    std::string domain = DefaultDomain(name, organization_id, primary_domain, distinct);
    if (domains.Verified(domain)) return domain;
  }
  return {};
}

template <class Kind>
void Push(std::vector<event::v1::OrgDomainEvent>& events, absl::string_view domain) {
  Kind kind;
  kind.set_domain(std::string(domain));
  SetKind(events.emplace_back(), std::move(kind));
}

}  // namespace

std::string DefaultDomain(absl::string_view name, absl::string_view organization_id,
                          absl::string_view primary_domain, bool distinct) {
  std::string label = DomainLabel(name);
  const std::string id = DomainLabel(organization_id);
  // A character cut in two is dropped with all that is no letter.
  if (distinct) label = DomainLabel(absl::StrCat(label.substr(0, kBesideId), "-", id));
  if (label.empty()) label = id;
  if (primary_domain.empty() || label.empty()) return {};
  return absl::StrCat(label, ".", primary_domain);
}

bool IsDefaultDomain(const OrgDomains& domains, absl::string_view domain, absl::string_view name,
                     absl::string_view organization_id, absl::string_view primary_domain) {
  return StandingDomain(domains, name, organization_id, primary_domain) == domain;
}

std::vector<event::v1::OrgDomainEvent> DecideMoveDomain(const OrgDomains& domains,
                                                        absl::string_view from,
                                                        absl::string_view to) {
  std::vector<event::v1::OrgDomainEvent> events;
  if (from == to) return events;
  if (!to.empty()) {
    if (domains.domains.find(to) == domains.domains.end()) {
      Push<event::v1::OrgDomainAdded>(events, to);
    }
    if (!domains.Verified(to)) Push<event::v1::OrgDomainVerified>(events, to);
    if (domains.primary.empty() || domains.primary == from) {
      Push<event::v1::OrgDomainPrimarySet>(events, to);
    }
  }
  if (!from.empty()) Push<event::v1::OrgDomainRemoved>(events, from);
  return events;
}

absl::Status MoveDefaultDomain(Unit& unit, absl::string_view organization_id,
                               absl::string_view old_name, absl::string_view name) {
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  const std::string& primary = instance->primary_domain;
  if (primary.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(organization_id));
  // The first domain of all needs no look at what stands.
  const std::string from =
      old_name.empty() ? "" : StandingDomain(*domains, old_name, organization_id, primary);
  std::string to = DefaultDomain(name, organization_id, primary, /*distinct=*/false);
  if (to != from) {
    ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(to));
    if (!holder.empty() && holder != organization_id) {
      to = DefaultDomain(name, organization_id, primary, /*distinct=*/true);
    }
  }
  unit.Raise(domains, DecideMoveDomain(*domains, from, to));
  return absl::OkStatus();
}

}  // namespace muniment::command
