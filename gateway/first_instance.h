// What an empty store gets at its first start: an instance with its hosts and default settings, an
// organization, an administrator, and a machine whose token programs administer with. One commit:
// all of it stands or none, so a start that dies is simply started again.
//
//   ASSIGN_OR_RETURN(auto wanted, WantedFirstInstance(config, password, token));
//   const command::Handler handler = FirstInstanceHandler(wanted, made);
//   router.Run({.handler = &handler, .instance = id, .caller = Caller::System(), ...}, done);
//
// The handler is run like any command, perhaps several times; `made` is filled by each run and
// counts after the commit. Password and token are made before, by whoever shows them to people.
// Errors: those of the commands it is made of; ALREADY_EXISTS "instance.exists" where another node
// was first; INVALID_ARGUMENT "config.invalid_value" for an
// ExternalDomain that is no host.
#ifndef MUNIMENT_GATEWAY_FIRST_INSTANCE_H_
#define MUNIMENT_GATEWAY_FIRST_INSTANCE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "command/handler.h"
#include "gateway/config.h"

namespace muniment::gateway {

struct FirstInstance {
  std::string name;
  std::string language;
  std::vector<std::string> domains;  // the first is primary
  std::string organization;

  std::string username;
  std::string given_name, family_name;
  std::string email;  // empty: the user name at the organization's domain
  bool email_verified = true;
  std::string preferred_language;
  Secret password;
  bool password_change_required = true;

  std::string machine_username;  // empty: no machine
  std::string machine_name;
  Secret token;
  absl::Time token_expiration;
};

struct FirstInstanceMade {
  std::string organization_id;
  std::string administrator_id;
  std::string machine_id;
};

absl::StatusOr<FirstInstance> WantedFirstInstance(const Config& config, Secret password,
                                                  Secret token);

command::Handler FirstInstanceHandler(FirstInstance wanted,
                                      std::shared_ptr<FirstInstanceMade> made);

// 20 characters with 99 bits of chance that keep the default rules for passwords.
Secret NewAdministratorPassword();

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_INSTANCE_H_
