#include "command/metadata/entries.h"
#include "command/org/org.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::command {

using zitadel::org::v2::DeleteOrganizationMetadataRequest;
using zitadel::org::v2::DeleteOrganizationMetadataResponse;

absl::StatusOr<DeleteOrganizationMetadataResponse> DeleteOrganizationMetadata(
    Unit& unit, const DeleteOrganizationMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const auto metadata, RemoveMetadata(unit, OrgScope(org.id()), request.keys()));
  AnswerWithMetadata(unit, metadata);
  return DeleteOrganizationMetadataResponse();
}

}  // namespace muniment::command
