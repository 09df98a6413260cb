#include <utility>

#include "command/webkey/web_keys.h"
#include "zitadel/webkey/v2/webkey_service.pb.h"

namespace muniment::command {

using zitadel::webkey::v2::DeleteWebKeyRequest;
using zitadel::webkey::v2::DeleteWebKeyResponse;

absl::StatusOr<DeleteWebKeyResponse> DeleteWebKey(Unit& unit, const DeleteWebKeyRequest& request) {
  ASSIGN_OR_RETURN(const auto keys, LoadWebKeys(unit));
  RETURN_IF_ERROR(MustHaveKey(*keys, request.id()));
  if (keys->active == request.id()) {
    return Error(absl::StatusCode::kFailedPrecondition, "web_key.active",
                 "The key signs; activate another one first.");
  }
  event::v1::WebKeyRemoved removed;
  removed.set_key_id(request.id());
  unit.Raise(keys, std::move(removed));
  return DeleteWebKeyResponse();
}

}  // namespace muniment::command
