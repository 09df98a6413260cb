#include "command/org/org.h"
#include "command/text/texts.h"
#include "muniment/api/text/v1/text_service.pb.h"

namespace muniment::command {

using muniment::api::text::v1::ResetOrganizationMessageTextRequest;
using muniment::api::text::v1::ResetOrganizationMessageTextResponse;

absl::StatusOr<ResetOrganizationMessageTextResponse> ResetOrganizationMessageText(
    Unit& unit, const ResetOrganizationMessageTextRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(ResetMessageText(unit, OrgScope(org.id()), request.type(), request.language()));
  return ResetOrganizationMessageTextResponse();
}

}  // namespace muniment::command
