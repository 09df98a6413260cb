// A request at the authorization endpoint on its way through the table of checks (authorize.cc), as
// flow.h has it for the token endpoint.
#ifndef MUNIMENT_COMMAND_OIDC_AUTHORIZE_FLOW_H_
#define MUNIMENT_COMMAND_OIDC_AUTHORIZE_FLOW_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "command/application/application.h"
#include "command/oidc/flow.h"
#include "command/unit.h"
#include "muniment/event/v1/oidc.pb.h"
#include "muniment/oidc/v1/oidc.pb.h"

namespace muniment::command {

struct AuthorizeFlow {
  AuthorizeFlow(Unit& the_unit, const oidc::v1::Request& the_request)
      : unit(the_unit), request(the_request) {}

  absl::string_view Param(absl::string_view name) const { return ParamOf(request, name); }

  Unit& unit;
  const oidc::v1::Request& request;

  std::optional<Ref<Application>> client;
  // What is asked for, as far as it was found to be right. With a redirect URI errors go there.
  event::v1::AuthRequestAdded asked;
};

// ---- the checks, one a file

// By whom, and where to: what fails here is told to the person who sits there.
absl::Status ClientAsks(AuthorizeFlow& flow);
absl::Status ResponseModeKnown(AuthorizeFlow& flow);
absl::Status RedirectUriRegistered(AuthorizeFlow& flow);
// The rest is told to the application.
absl::Status ParametersOnce(AuthorizeFlow& flow);
absl::Status ByValueOnly(AuthorizeFlow& flow);
absl::Status ResponseTypeAllowed(AuthorizeFlow& flow);
absl::Status ResponseModeFits(AuthorizeFlow& flow);
absl::Status ScopeAsked(AuthorizeFlow& flow);
absl::Status NonceGiven(AuthorizeFlow& flow);
absl::Status ChallengeFits(AuthorizeFlow& flow);
absl::Status PromptKnown(AuthorizeFlow& flow);
absl::Status MaxAgeCounts(AuthorizeFlow& flow);
absl::Status ClaimsAreObject(AuthorizeFlow& flow);
absl::Status HintIsOurs(AuthorizeFlow& flow);
absl::Status OrganizationKnown(AuthorizeFlow& flow);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_AUTHORIZE_FLOW_H_
