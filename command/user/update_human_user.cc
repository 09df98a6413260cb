#include "command/user/update_user.h"

namespace muniment::command {

using zitadel::user::v2::UpdateHumanUserRequest;
using zitadel::user::v2::UpdateHumanUserResponse;
using zitadel::user::v2::UpdateUserRequest;

namespace {

// Both requests change a person in the same parts. A machine is refused also where nothing is set.
UpdateUserRequest AsUpdateUser(const UpdateHumanUserRequest& request) {
  UpdateUserRequest update;
  update.set_user_id(request.user_id());
  if (request.has_username()) update.set_username(request.username());
  UpdateUserRequest::Human& human = *update.mutable_human();
  if (request.has_profile()) {
    const auto& given = request.profile();
    UpdateUserRequest::Human::Profile& profile = *human.mutable_profile();
    profile.set_given_name(given.given_name());
    profile.set_family_name(given.family_name());
    if (given.has_nick_name()) profile.set_nick_name(given.nick_name());
    if (given.has_display_name()) profile.set_display_name(given.display_name());
    if (given.has_preferred_language()) {
      profile.set_preferred_language(given.preferred_language());
    }
    if (given.has_gender()) profile.set_gender(given.gender());
  }
  if (request.has_email()) *human.mutable_email() = request.email();
  if (request.has_phone()) *human.mutable_phone() = request.phone();
  if (request.has_password()) *human.mutable_password() = request.password();
  return update;
}

}  // namespace

absl::StatusOr<UpdateHumanUserResponse> UpdateHumanUser(Unit& unit,
                                                        const UpdateHumanUserRequest& request) {
  ASSIGN_OR_RETURN(const ProofCodes codes, ChangeUser(unit, AsUpdateUser(request)));
  UpdateHumanUserResponse response;
  AnswerCodes(codes, response);
  return response;
}

}  // namespace muniment::command
