#include <utility>

#include "base/timestamp.h"
#include "command/unit.h"
#include "command/user/checks.h"
#include "command/user/state.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

using zitadel::user::v2::HumanMFAInitSkippedRequest;
using zitadel::user::v2::HumanMFAInitSkippedResponse;

absl::StatusOr<HumanMFAInitSkippedResponse> HumanMFAInitSkipped(
    Unit& unit, const HumanMFAInitSkippedRequest&) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadTarget<User>());
  RETURN_IF_ERROR(MustBeHuman(*user));
  ASSIGN_OR_RETURN(const auto checks, unit.LoadAny<UserChecks>(user.id()));
  event::v1::MfaInitSkipped skipped;
  *skipped.mutable_skipped_at() = ToTimestamp(unit.Now());
  unit.Raise(checks, std::move(skipped));
  return HumanMFAInitSkippedResponse();
}

}  // namespace muniment::command
