// Making a person: what AddHumanUser, CreateUser and AddOrganization share.
#ifndef MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_
#define MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "command/policy/domain_policy.h"
#include "command/policy/password_complexity.h"
#include "command/unit.h"
#include "command/user/user.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// Cheap refusals, before a password is hashed. `user` stands under the id that the person gets.
// ALREADY_EXISTS "user.already_exists", and INVALID_ARGUMENT with the reason of what is wrong:
// "user.id_invalid", "user.username_invalid", "user.phone_invalid", a password's or a hash's.
absl::Status MayAddHuman(const User& user, const PasswordComplexity& complexity,
                         const zitadel::user::v2::AddHumanUserRequest& request);

// `password_hash` is empty for a person without a password.
event::v1::HumanAdded DecideAddHuman(absl::string_view organization_id,
                                     const DomainPolicy& domain_policy,
                                     const zitadel::user::v2::AddHumanUserRequest& request,
                                     std::string password_hash);

// Raises all that makes the person, in an organization that the caller may write to (or that the
// unit is about to make: then `policy_organization_id` is empty and the instance's settings count).
absl::StatusOr<Ref<User>> AddHuman(Unit& unit, absl::string_view organization_id,
                                   absl::string_view policy_organization_id,
                                   const zitadel::user::v2::AddHumanUserRequest& request);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_ADD_HUMAN_USER_H_
