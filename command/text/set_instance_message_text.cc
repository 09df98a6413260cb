#include "command/text/texts.h"
#include "muniment/api/text/v1/text_service.pb.h"

namespace muniment::command {

using muniment::api::text::v1::SetInstanceMessageTextRequest;
using muniment::api::text::v1::SetInstanceMessageTextResponse;

absl::StatusOr<SetInstanceMessageTextResponse> SetInstanceMessageText(
    Unit& unit, const SetInstanceMessageTextRequest& request) {
  RETURN_IF_ERROR(SetMessageText(unit, InstanceScope(), request.type(), request.language(),
                                 request.text()));
  return SetInstanceMessageTextResponse();
}

}  // namespace muniment::command
