// The person that the v1 requests AddHumanUser and ImportHumanUser describe.
#ifndef MUNIMENT_COMMAND_MANAGEMENT_PERSON_H_
#define MUNIMENT_COMMAND_MANAGEMENT_PERSON_H_

#include <string>
#include <utility>

#include "command/user/add_human_user.h"
#include "zitadel/management.pb.h"

namespace muniment::command {

// What both say in the same words: all but how he proves himself. An address that nobody vouches for
// is sent a code.
template <class Request>
zitadel::user::v2::AddHumanUserRequest PersonOf(const Request& request) {
  zitadel::user::v2::AddHumanUserRequest person;
  person.set_username(request.user_name());
  const auto& from = request.profile();
  auto& profile = *person.mutable_profile();
  profile.set_given_name(from.first_name());
  profile.set_family_name(from.last_name());
  if (!from.nick_name().empty()) profile.set_nick_name(from.nick_name());
  if (!from.display_name().empty()) profile.set_display_name(from.display_name());
  if (!from.preferred_language().empty()) {
    profile.set_preferred_language(from.preferred_language());
  }
  // The genders share their numbers.
  profile.set_gender(static_cast<zitadel::user::v2::Gender>(from.gender()));
  person.mutable_email()->set_email(request.email().email());
  if (request.email().is_email_verified()) person.mutable_email()->set_is_verified(true);
  if (request.has_phone()) {
    person.mutable_phone()->set_phone(request.phone().phone());
    if (request.phone().is_phone_verified()) person.mutable_phone()->set_is_verified(true);
  }
  return person;
}

// With how he proves himself. INVALID_ARGUMENT "user.two_passwords".
absl::StatusOr<zitadel::user::v2::AddHumanUserRequest> ImportedPerson(
    const zitadel::management::v1::ImportHumanUserRequest& request);

// Adds him to the organization that the call works in.
template <class Response>
absl::StatusOr<Response> AddPerson(Unit& unit,
                                   const zitadel::user::v2::AddHumanUserRequest& person) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  ASSIGN_OR_RETURN(const NewUserOwner owner, OwnerOfNewUsers(org));
  ASSIGN_OR_RETURN(const NewHuman made, AddHuman(unit, owner, person));
  Response response;
  response.set_user_id(made.user.id());
  return response;
}

}  // namespace muniment::command

#endif  // MUNIMENT_COMMAND_MANAGEMENT_PERSON_H_
