#include "command/metadata/entries.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::DeleteUserMetadataRequest;
using zitadel::user::v2::DeleteUserMetadataResponse;

absl::StatusOr<DeleteUserMetadataResponse> DeleteUserMetadata(
    Unit& unit, const DeleteUserMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto metadata, RemoveMetadata(unit, UserScope(user.id()), request.keys()));
  AnswerWithMetadata(unit, metadata);
  return DeleteUserMetadataResponse();
}

}  // namespace muniment::command
