// The checks of the token endpoint, one a file. What each keeps stands in the table (../token.cc).
#ifndef MUNIMENT_COMMAND_OIDC_CHECKS_CHECKS_H_
#define MUNIMENT_COMMAND_OIDC_CHECKS_CHECKS_H_

#include "command/oidc/flow.h"

namespace muniment::command {

// ---- of every grant

absl::Status ClientKnown(TokenFlow& flow);
absl::Status ClientProved(TokenFlow& flow);
absl::Status ClientActive(TokenFlow& flow);
absl::Status ClientMayUseGrant(TokenFlow& flow);
absl::Status AssertionOnce(TokenFlow& flow);
absl::Status ScopeKnown(TokenFlow& flow);
absl::Status UserActive(TokenFlow& flow);
absl::Status UserOfOrganization(TokenFlow& flow);
absl::Status ProjectAdmits(TokenFlow& flow);

// ---- of a machine that asks for itself

absl::Status MachineBySecret(TokenFlow& flow);
absl::Status MachineByAssertion(TokenFlow& flow);

// ---- of a code

absl::Status CodeFound(TokenFlow& flow);
absl::Status CodeOfClient(TokenFlow& flow);
absl::Status CodeOnce(TokenFlow& flow);
absl::Status CodeInTime(TokenFlow& flow);
absl::Status RedirectUriSame(TokenFlow& flow);
absl::Status VerifierFits(TokenFlow& flow);
absl::Status SignInStands(TokenFlow& flow);
absl::Status ClientOfCode(TokenFlow& flow);

// ---- of a device

absl::Status ClientMayUseDevices(TokenFlow& flow);
absl::Status DeviceScope(TokenFlow& flow);
absl::Status DeviceFound(TokenFlow& flow);
absl::Status DeviceOfClient(TokenFlow& flow);
absl::Status DeviceAnswered(TokenFlow& flow);

// ---- of a refresh token

absl::Status RefreshTokenFound(TokenFlow& flow);
absl::Status RefreshTokenOfClient(TokenFlow& flow);
absl::Status RefreshTokenOnce(TokenFlow& flow);
absl::Status RefreshTokenInTime(TokenFlow& flow);
absl::Status ScopeNotWider(TokenFlow& flow);

// ---- of a token that is exchanged

absl::Status ExchangeAsked(TokenFlow& flow);
absl::Status SubjectStands(TokenFlow& flow);
absl::Status ActorMay(TokenFlow& flow);
absl::Status ExchangeScope(TokenFlow& flow);
absl::Status SubjectAdmitted(TokenFlow& flow);
absl::Status TargetServed(TokenFlow& flow);

// ---- of a token that is to end

absl::Status ClientOrMachine(TokenFlow& flow);
absl::Status TokenOfClient(TokenFlow& flow);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_CHECKS_CHECKS_H_
