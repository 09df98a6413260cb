#include "command/user/profile.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/language.h"

namespace muniment::command {

namespace {

absl::StatusOr<event::v1::Profile> Checked(event::v1::Profile profile) {
  if (!event::v1::Gender_IsValid(profile.gender())) {
    return Error(absl::StatusCode::kInvalidArgument, "user.gender_invalid",
                 "This gender is not declared.");
  }
  if (profile.preferred_language().empty()) return profile;
  ASSIGN_OR_RETURN(*profile.mutable_preferred_language(),
                   CanonicalLanguage(profile.preferred_language()));
  return profile;
}

}  // namespace

absl::StatusOr<event::v1::Profile> NewProfile(const zitadel::user::v2::SetHumanProfile& given) {
  event::v1::Profile profile;
  profile.set_given_name(given.given_name());
  profile.set_family_name(given.family_name());
  profile.set_nick_name(given.nick_name());
  profile.set_display_name(given.display_name().empty()
                               ? absl::StrCat(given.given_name(), " ", given.family_name())
                               : given.display_name());
  profile.set_preferred_language(given.preferred_language());
  profile.set_gender(static_cast<event::v1::Gender>(given.gender()));
  return Checked(std::move(profile));
}

absl::StatusOr<event::v1::Profile> Changed(
    event::v1::Profile profile, const zitadel::user::v2::UpdateUserRequest::Human::Profile& given) {
  if (given.has_given_name()) profile.set_given_name(given.given_name());
  if (given.has_family_name()) profile.set_family_name(given.family_name());
  if (given.has_nick_name()) profile.set_nick_name(given.nick_name());
  if (given.has_display_name()) profile.set_display_name(given.display_name());
  if (given.has_preferred_language()) profile.set_preferred_language(given.preferred_language());
  if (given.has_gender()) profile.set_gender(static_cast<event::v1::Gender>(given.gender()));
  return Checked(std::move(profile));
}

}  // namespace muniment::command
