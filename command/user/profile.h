// What a person or a machine may be called and reached by. Pure.
#ifndef MUNIMENT_COMMAND_USER_PROFILE_H_
#define MUNIMENT_COMMAND_USER_PROFILE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "muniment/event/v1/user.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {

// INVALID_ARGUMENT "user.language_invalid", "user.gender_invalid". What is a name the limits of the
// requests say.
absl::Status CheckProfile(const event::v1::Profile& profile);

// INVALID_ARGUMENT "user.phone_invalid" for what is neither empty nor E.164.
absl::Status CheckPhone(absl::string_view phone);

// Of a new person: who gives no display name is shown by his names.
event::v1::Profile NewProfile(const zitadel::user::v2::SetHumanProfile& given);

// What is set replaces what was.
event::v1::Profile Changed(event::v1::Profile profile,
                           const zitadel::user::v2::UpdateUserRequest::Human::Profile& given);

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_USER_PROFILE_H_
