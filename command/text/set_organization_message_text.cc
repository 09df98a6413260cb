#include "command/org/org.h"
#include "command/text/texts.h"
#include "muniment/api/text/v1/text_service.pb.h"

namespace muniment::command {

using muniment::api::text::v1::SetOrganizationMessageTextRequest;
using muniment::api::text::v1::SetOrganizationMessageTextResponse;

absl::StatusOr<SetOrganizationMessageTextResponse> SetOrganizationMessageText(
    Unit& unit, const SetOrganizationMessageTextRequest& request) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  RETURN_IF_ERROR(SetMessageText(unit, OrgScope(org.id()), request.type(), request.language(),
                                 request.text()));
  return SetOrganizationMessageTextResponse();
}

}  // namespace muniment::command
