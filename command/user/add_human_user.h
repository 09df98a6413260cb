// Making a person: what AddHumanUser, CreateUser and AddOrganization share.
#ifndef MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_
#define MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "command/org/org.h"
#include "command/unit.h"
#include "command/user/addresses.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// Who owns a new user, and whose settings count: none, so the instance's, for an organization that
// the unit is about to make.
struct NewUserOwner {
  std::string organization_id;
  std::string policy_organization_id;
};

// FAILED_PRECONDITION "org.not_active": nobody is added to an organization at rest.
absl::StatusOr<NewUserOwner> OwnerOfNewUsers(const Ref<Org>& org);

// The stream of a user to be made, under a chosen id or a new one. Errors of AdmitChosenId.
absl::StatusOr<Ref<User>> OpenNewUser(Unit& unit, const std::optional<std::string>& chosen_id);

struct NewHuman {
  Ref<User> user;
  ProofCodes codes = {};
};

// Raises all that makes the person, in an organization that the caller may write to. The errors are
// those of OpenNewUser, AdmitUsername, NewProfile, AdmitPassword, SetMetadata, MayVouchIn and
// IssueCode; INVALID_ARGUMENT "phone.invalid".
absl::StatusOr<NewHuman> AddHuman(Unit& unit, const NewUserOwner& owner,
                                  const zitadel::user::v2::AddHumanUserRequest& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_
