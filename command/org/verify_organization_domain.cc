#include <optional>
#include <string>
#include <utility>

#include "base/error_facts.h"
#include "base/timestamp.h"
#include "command/org/org.h"
#include "command/org/own_domain.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::VerifyOrganizationDomainRequest;
using zitadel::org::v2::VerifyOrganizationDomainResponse;

namespace {

absl::Status MayTry(const OrgDomains& domains, const OwnDomain& own, absl::Time now) {
  if (own.state.token.empty()) {
    return Error(absl::StatusCode::kFailedPrecondition, "org.domain_validation_missing",
                 "There is no token yet that the domain could show.");
  }
  const absl::Duration pause = PauseBeforeTry(domains, own.name, now);
  if (pause <= absl::ZeroDuration()) return absl::OkStatus();
  absl::Status status = Error(absl::StatusCode::kResourceExhausted, "org.domain_tried_too_often",
                              "The domain was looked at too often; wait a little.");
  SetErrorFact(status, kRetryAfter, RetryAfter(pause));
  return status;
}

// Another organization that has the domain without a proof, and gives way to who proves it; nothing
// where there is none. The claim would tell of one that proved it, but only after the domain was asked
// for nothing.
absl::StatusOr<std::optional<Ref<OrgDomains>>> Unproved(Unit& unit,
                                                        const std::string& organization_id,
                                                        const std::string& domain) {
  ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
  if (holder.empty() || holder == organization_id) return std::nullopt;
  ASSIGN_OR_RETURN(const auto theirs, unit.LoadAny<OrgDomains>(holder));
  if (!theirs->Verified(domain)) return std::nullopt;
  if (!theirs->domains.find(domain)->second.proved()) return theirs;
  return Error(absl::StatusCode::kAlreadyExists, "org.domain_taken",
               "Another org has this domain.");
}

void TakeFrom(Unit& unit, const Ref<OrgDomains>& theirs, const std::string& domain) {
  const bool was_primary = theirs->primary == domain;
  event::v1::OrgDomainRemoved removed;
  removed.set_domain(domain);
  unit.Raise(theirs, std::move(removed));
  if (!was_primary) return;
  for (const auto& [name, state] : theirs->domains) {
    if (!state.counts) continue;
    event::v1::OrgDomainPrimarySet primary;
    primary.set_domain(name);
    unit.Raise(theirs, std::move(primary));
    return;
  }
}

}  // namespace

absl::StatusOr<VerifyOrganizationDomainResponse> VerifyOrganizationDomain(
    Unit& unit, const VerifyOrganizationDomainRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  ASSIGN_OR_RETURN(const OwnDomain own, FindDomain(*domains, request.domain()));
  RETURN_IF_ERROR(MustBeUnproved(unit, own));
  RETURN_IF_ERROR(MayTry(*domains, own, unit.Now()));
  ASSIGN_OR_RETURN(const auto theirs, Unproved(unit, org.id(), own.name));
  ASSIGN_OR_RETURN(const bool proved,
                   unit.Proved(org.id(), own.name, own.state.asked, own.state.token));
  if (!proved) {
    event::v1::OrgDomainVerificationFailed failed;
    failed.set_domain(own.name);
    *failed.mutable_failed_at() = ToTimestamp(unit.Now());
    unit.Raise(domains, std::move(failed));
    return unit.Refuse(Error(absl::StatusCode::kInvalidArgument, "org.domain_not_proved",
                             "The token was not found where it has to be."));
  }
  if (theirs.has_value()) TakeFrom(unit, *theirs, own.name);
  unit.AnswerWith(domains);
  event::v1::OrgDomainVerified verified;
  verified.set_domain(own.name);
  verified.set_proved_by(own.state.asked);
  unit.Raise(domains, std::move(verified));
  return VerifyOrganizationDomainResponse();
}

}  // namespace muniment::command
