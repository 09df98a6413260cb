// The revocation endpoint (RFC 7009), as a command. As token.h.
#ifndef MUNIMENT_COMMAND_OIDC_REVOKE_H_
#define MUNIMENT_COMMAND_OIDC_REVOKE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command/handler.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// An access token ends alone, a refresh token with all of its family. What is unknown, or over, is done
// already (section 2.2).
absl::StatusOr<oidc::v1::Done> RevokeToken(Unit& unit, const oidc::v1::Request& request);

const Handler& RevokeTokenHandler();

std::vector<std::string> RevokeChecks();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_REVOKE_H_
