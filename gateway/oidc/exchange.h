// What a token exchange shows (RFC 8693 section 2.1), before it is decided on (command/oidc/exchange.h).
#ifndef MUNIMENT_GATEWAY_OIDC_EXCHANGE_H_
#define MUNIMENT_GATEWAY_OIDC_EXCHANGE_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/caller.h"
#include "gateway/oidc/visit.h"

namespace muniment::gateway {

// Opens the subject's token in the request, by the type that it is said to be of. What is none of ours
// stays unopened; the errors are the read models'.
absl::Status ReadSubject(Visit& visit);

// Who acts by the actor's token, judged as the token of any call. "oauth.invalid_request" for one that
// does not act.
absl::StatusOr<Caller> ActorOf(const Visit& visit);

// What a command that ran as the actor refused because of his token.
absl::Status RefusedActor(const absl::Status& status);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OIDC_EXCHANGE_H_
