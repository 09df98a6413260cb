#include "command/metadata/entries.h"
#include "command/org/org.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::SetOrganizationMetadataRequest;
using zitadel::org::v2::SetOrganizationMetadataResponse;

absl::StatusOr<SetOrganizationMetadataResponse> SetOrganizationMetadata(
    Unit& unit, const SetOrganizationMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto metadata, SetMetadata(unit, OrgScope(org.id()), request.metadata()));
  AnswerWithMetadata(unit, metadata);
  return SetOrganizationMetadataResponse();
}

}  // namespace muniment::command
