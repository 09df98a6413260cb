// How the process itself gives somebody the instance: at the first start, and when nobody has it any
// more. Parts of commands, run as the system (system_command.h).
//
//   Recovery wanted{.token = token, .expiration = tomorrow};
//   Recovered done;
//   RunAsSystem(router, job, [&](command::Unit& unit) { return Recover(unit, wanted, done); });
#ifndef MUNIMENT_GATEWAY_OWNER_H_
#define MUNIMENT_GATEWAY_OWNER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/secret.h"
#include "command/member/members.h"
#include "command/unit.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {

struct NewMachineKey {
  std::string id;
  std::string public_pem;
  absl::Time expiration;
};

struct NewMachine {
  std::string username;
  std::string name;  // empty: the username
  Secret token;
  absl::Time token_expiration;
  std::string id = {};  // of this process's making; empty: a new one
  std::optional<NewMachineKey> key = std::nullopt;
};

// What makes the machine, but for its token and its key.
zitadel::user::v2::CreateUserRequest MachineRequest(const std::string& organization_id,
                                                    const NewMachine& machine);

// A machine in the organization, with its token and its key; its id. Errors: those of CheckRequest
// and of unique names.
absl::StatusOr<std::string> AddMachine(command::Unit& unit, const std::string& organization_id,
                                       const NewMachine& machine);

// IAM_OWNER, beside what the user has on the instance. Nothing where he is one.
void MakeOwner(command::Unit& unit, const command::Ref<command::Members>& members,
               const std::string& user_id);

struct Recovery {
  std::string user;  // by id or login name; empty: a new machine in the default organization
  Secret token;      // of the machine, new or not
  absl::Time expiration;
};

struct Recovered {
  std::string user_id, username;
  bool machine = false;           // and has the token
  std::vector<std::string> done;  // for people, beside the role: "unlocked the user"
};

// Makes the user an owner who can act: active, in an active organization, a machine with the token.
// `done` is of the last run. Errors: NOT_FOUND "instance.not_found", "user.not_found",
// FAILED_PRECONDITION "org.removed".
absl::Status Recover(command::Unit& unit, const Recovery& wanted, Recovered& done);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_OWNER_H_
