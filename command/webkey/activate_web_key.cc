#include "command/webkey/web_keys.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::command {

using zitadel::webkey::v2::ActivateWebKeyRequest;
using zitadel::webkey::v2::ActivateWebKeyResponse;

absl::StatusOr<ActivateWebKeyResponse> ActivateWebKey(Unit& unit,
                                                      const ActivateWebKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
  RETURN_IF_ERROR(MustHaveKey(*keys, request.id()));
  unit.AnswerWith(keys);
  if (keys->active != request.id()) ActivateKey(unit, keys, request.id());
  return ActivateWebKeyResponse();
}

}  // namespace muniment::command
