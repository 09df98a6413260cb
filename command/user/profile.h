// What a person is called, and in which language he is spoken to. Pure.
#ifndef MUNIMENT_COMMAND_USER_PROFILE_H_
#define MUNIMENT_COMMAND_USER_PROFILE_H_

#include "absl/status/statusor.h"
#include "muniment/event/v1/user.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// INVALID_ARGUMENT "language.invalid", "user.gender_invalid"; what is a name the limits of the
// requests say. Languages stand in their canonical form.

// Of a new person: who gives no display name is shown by his names.
absl::StatusOr<event::v1::Profile> NewProfile(const zitadel::user::v2::SetHumanProfile& given);

// What is set replaces what was.
absl::StatusOr<event::v1::Profile> Changed(
    event::v1::Profile profile, const zitadel::user::v2::UpdateUserRequest::Human::Profile& given);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_PROFILE_H_
