// How a client would prove itself, as base/client_auth.h takes it, of folded streams. What is answered
// reads them: they outlive it.
#ifndef MUNIMENT_COMMAND_OIDC_CLIENT_FACTS_H_
#define MUNIMENT_COMMAND_OIDC_CLIENT_FACTS_H_

#include <string>

#include "base/client_auth.h"
#include "command/application/application.h"
#include "command/application/keys.h"
#include "command/user/machine_credentials.h"

namespace muniment::command {

ClientFacts FactsOf(const Application& application, const ApplicationKeys& keys);
ClientFacts FactsOf(const std::string& machine_id, const MachineCredentials& credentials);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_OIDC_CLIENT_FACTS_H_
