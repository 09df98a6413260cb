// A machine that proves itself by what it signed (RFC 7523 section 3), and that this counts once.
#ifndef MUNIMENT_COMMAND_OIDC_ASSERTION_H_
#define MUNIMENT_COMMAND_OIDC_ASSERTION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/jwt.h"
#include "command/oidc/flow.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "muniment/event/v1/oidc.pb.h"

namespace muniment::command {

struct MachineProof {
  Ref<User> user;
  event::v1::ShownCredential credential;
  std::string assertion_id;  // empty: it has no jti
};

// Its maker and subject are the machine's id. `invalid` where it proves nothing.
absl::StatusOr<MachineProof> ProveMachine(TokenFlow& flow, const Jwt& assertion,
                                          const absl::Status& invalid);

// `used` where it was redeemed before. One without a jti cannot be told from the next of the same
// second, so it counts as often as it is shown while it is young.
absl::Status RedeemAssertion(Unit& unit, const std::string& assertion_id, absl::string_view issuer,
                             const std::string& organization_id, const absl::Status& used);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_ASSERTION_H_
