// The revocation endpoint (RFC 7009), as a command. As token.h.
#ifndef MUNIMENT_COMMAND_OIDC_REVOKE_H_
#define MUNIMENT_COMMAND_OIDC_REVOKE_H_

#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command/handler.h"
#include "command/oidc/token_family.h"
#include "command/unit.h"
#include "muniment/event/v1/oidc.pb.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// An access token ends alone, a refresh token with all of its family. What is unknown, or over, is done
// already (section 2.2).
absl::StatusOr<oidc::v1::Done> RevokeToken(Unit& unit, const oidc::v1::Request& request);

const Handler& RevokeTokenHandler();

std::vector<std::string> RevokeChecks();

// All that came of the sign-in ends; nothing of a family that has ended.
void EndFamily(Unit& unit, const Ref<TokenFamily>& family, event::v1::RevocationReason reason);

// What was redeemed for a family is shown again, so somebody has it who should not: the family ends, and
// the answer is `used`.
absl::Status RefuseReuse(Unit& unit, const std::string& family_id, absl::Status used);

// Ends families of the user's that hold a refresh token or live otherwise, up to some hundred, each for
// which `room` says that there is some; false: there are more.
absl::StatusOr<bool> RevokeFamilies(Unit& unit, const std::string& user_id,
                                    event::v1::RevocationReason reason,
                                    absl::FunctionRef<bool()> room);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_REVOKE_H_
