#include <string>
#include <utility>

#include "base/code.h"
#include "command/domain_proof.h"
#include "command/org/org.h"
#include "command/org/own_domain.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::GenerateOrganizationDomainValidationRequest;
using zitadel::org::v2::GenerateOrganizationDomainValidationResponse;

namespace {

// RFC 1035 section 2.3.4, without the last dot.
constexpr size_t kMaxName = 253;

}  // namespace

absl::StatusOr<GenerateOrganizationDomainValidationResponse> GenerateOrganizationDomainValidation(
    Unit& unit, const GenerateOrganizationDomainValidationRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<OrgDomains>(org.id()));
  ASSIGN_OR_RETURN(const OwnDomain own, FindDomain(*domains, request.domain()));
  RETURN_IF_ERROR(MustBeUnproved(unit, own));
  // Numbered alike.
  const auto proof = static_cast<event::v1::DomainProof>(request.type());
  const std::string token = unit.NewCode(DefaultGenerator(CodeKind::kDomainProof));
  GenerateOrganizationDomainValidationResponse response;
  response.set_token(token);
  response.set_url(PlaceOfProof(proof, own.name, token));
  if (proof == event::v1::DOMAIN_PROOF_DNS && response.url().size() > kMaxName) {
    return Error(absl::StatusCode::kInvalidArgument, "org.domain_too_long",
                 "The domain leaves no room for the record's name; prove it by a file.");
  }

  event::v1::OrgDomainVerificationAdded added;
  added.set_domain(own.name);
  added.set_proof(proof);
  added.set_token(token);
  unit.Raise(domains, std::move(added));
  return response;
}

}  // namespace muniment::command
