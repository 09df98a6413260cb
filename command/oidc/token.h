// The token endpoint (RFC 6749 section 3.2), as a command: who asks, for what, whether he gets it.
//
// What is asked is held against a table of checks, one a file (checks/), each with the section that it
// keeps; the first that refuses decides what is answered, and its name and section are facts of the
// error (base/oauth_error.h), which in development mode developers are told.
#ifndef MUNIMENT_COMMAND_OIDC_TOKEN_H_
#define MUNIMENT_COMMAND_OIDC_TOKEN_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "command/handler.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

// As the system: the checks decide who may. Errors beside those of base/oauth_error.h: the router's.
absl::StatusOr<oidc::v1::Issued> GrantTokens(Unit& unit, const oidc::v1::Request& request);

// The same for the router (CommandCall::handler).
const Handler& GrantTokensHandler();
// The same as the actor of an exchange, who is the caller (exchange.h).
const Handler& ExchangeAsActorHandler();

// A fact of an error: the application is in development mode.
inline constexpr absl::string_view kInDevelopment = "development";

// The grant types that there are, as discovery tells them.
std::vector<std::string> GrantTypes();

// Every line of the table: "client_credentials: ClientKnown: RFC 6749 section 2.3".
std::vector<std::string> TokenChecks();

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_TOKEN_H_
