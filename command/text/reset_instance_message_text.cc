#include "command/text/texts.h"
#include "muniment/api/text/v1/text_service.pb.h"

namespace muniment::command {

using muniment::api::text::v1::ResetInstanceMessageTextRequest;
using muniment::api::text::v1::ResetInstanceMessageTextResponse;

absl::StatusOr<ResetInstanceMessageTextResponse> ResetInstanceMessageText(
    Unit& unit, const ResetInstanceMessageTextRequest& request) {
  RETURN_IF_ERROR(ResetMessageText(unit, InstanceScope(), request.type(), request.language()));
  return ResetInstanceMessageTextResponse();
}

}  // namespace muniment::command
