#include "command/metadata/entries.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::SetUserMetadataRequest;
using zitadel::user::v2::SetUserMetadataResponse;

absl::StatusOr<SetUserMetadataResponse> SetUserMetadata(Unit& unit,
                                                        const SetUserMetadataRequest& request) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  ASSIGN_OR_RETURN(const auto metadata,
                   SetMetadata(unit, UserScope(user.id()), request.metadata()));
  AnswerWithMetadata(unit, metadata);
  return SetUserMetadataResponse();
}

}  // namespace muniment::command
