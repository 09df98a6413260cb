#include <utility>

#include "base/error.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/application/keys.h"
#include "command/oidc/checks/checks.h"
#include "command/oidc/client_facts.h"

namespace muniment::command {

absl::Status ClientProved(TokenFlow& flow) {
  const Ref<Application>& application = *flow.client;
  ASSIGN_OR_RETURN(const auto keys, flow.unit.LoadAny<ApplicationKeys>(application.id()));
  ASSIGN_OR_RETURN(ClientProof proof,
                   ProveClient(flow.shown, FactsOf(*application, *keys),
                               {.issuer = flow.request.issuer(), .now = flow.unit.Now()}));
  flow.assertion_id = std::move(proof.assertion_id);
  return absl::OkStatus();
}

}  // namespace muniment::command
