#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "command/org/org.h"
#include "command/org/own_domain.h"
#include "command/policy/settings.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::AddOrganizationDomainRequest;
using zitadel::org::v2::AddOrganizationDomainResponse;

namespace {

// Its users have a login name in each of them.
constexpr size_t kMaxDomains = 200;

absl::Status MayAdd(const OrgDomains& domains, const std::string& domain) {
  if (domains.domains.contains(domain)) {
    return Error(absl::StatusCode::kAlreadyExists, "org.domain_exists",
                 "The organization has this domain already.");
  }
  if (domains.domains.size() >= kMaxDomains) {
    return Error(absl::StatusCode::kResourceExhausted, "org.too_many_domains",
                 absl::StrCat("An organization has at most ", kMaxDomains, " domains."));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AddOrganizationDomainResponse> AddOrganizationDomain(
    Unit& unit, const AddOrganizationDomainRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const std::string domain, AdmitDomain(unit, request.domain()));
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  RETURN_IF_ERROR(MayAdd(*domains, domain));
  ASSIGN_OR_RETURN(const auto policy, unit.Policy<DomainPolicy>(org.id()));

  event::v1::OrgDomainAdded added;
  added.set_domain(domain);
  unit.Raise(domains, std::move(added));
  // What is another's already has to be proved, whatever the policy says.
  ASSIGN_OR_RETURN(const std::string holder, unit.FindOrganizationByDomain(domain));
  if (policy->policy.validate_org_domains() || !holder.empty()) {
    return AddOrganizationDomainResponse();
  }
  event::v1::OrgDomainVerified verified;
  verified.set_domain(domain);
  unit.Raise(domains, std::move(verified));
  return AddOrganizationDomainResponse();
}

}  // namespace muniment::command
