// What an empty store gets at its first start: an instance with its hosts and default settings, an
// organization, an administrator, a machine whose token programs administer with, and one of a
// login that stands elsewhere. One commit: all of it stands or none, so a start that dies is simply
// started again.
//
//   FirstInstance wanted = WantedFirstInstance(config, password);
//   const FirstSecrets secrets = MakeUp(config, wanted, ids);
//   RunAsSystem(router, {.name = "muniment.FirstInstance", .instance = id}, [&](command::Unit& unit) {
//     return MakeFirstInstance(unit, wanted);
//   });
//
// What opens it is made up before, by whoever hands it to people. Errors: those of the commands it
// is made of; ALREADY_EXISTS "instance.exists" where another node was first.
#ifndef MUNIMENT_GATEWAY_FIRST_INSTANCE_H_
#define MUNIMENT_GATEWAY_FIRST_INSTANCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "base/id.h"
#include "base/secret.h"
#include "command/unit.h"
#include "gateway/config.h"
#include "gateway/first_secrets.h"
#include "gateway/owner.h"
#include "muniment/event/v1/web_key.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {

struct FirstInstance {
  std::string name;
  std::string language;
  std::vector<std::string> domains;  // the first is primary
  std::string organization;
  std::string organization_id;  // empty: a new one
  event::v1::WebKeyAlgorithm signs_by = event::v1::WEB_KEY_ALGORITHM_RS256;

  std::string username;
  std::string given_name, family_name;
  std::string email;  // empty: the user name at the organization's domain
  bool email_verified = true;
  std::string preferred_language;
  Secret password;
  bool password_change_required = true;

  NewMachine machine;       // without a username: none
  NewMachine login_client;  // likewise
};

// The hosts of the first instance, its primary one first.
std::vector<std::string> HostsOf(const Config& config);

// What FirstInstance.WebKeys.Type means; nothing for what is none of them.
std::optional<event::v1::WebKeyAlgorithm> WebKeyAlgorithmNamed(absl::string_view type);

// Whether the configuration asks for a key of the machine.
bool WantsMachineKey(const Config& config);

// Without what MakeUp adds.
FirstInstance WantedFirstInstance(const Config& config, Secret password);

// Makes up the ids, tokens and the key of what is wanted. A password that the configuration names
// is no part of the answer.
FirstSecrets MakeUp(const Config& config, FirstInstance& wanted, IdGenerator& ids);

// What makes the administrator, in an organization of that domain.
zitadel::user::v2::AddHumanUserRequest AdministratorRequest(const FirstInstance& wanted,
                                                            absl::string_view domain);

absl::Status MakeFirstInstance(command::Unit& unit, const FirstInstance& wanted);

// 20 characters with 99 bits of chance that keep the default rules for passwords.
Secret NewAdministratorPassword();

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_FIRST_INSTANCE_H_
