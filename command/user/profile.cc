#include "command/user/profile.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "base/text.h"

namespace muniment::command {

namespace {

absl::Status Invalid(absl::string_view what, absl::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, absl::StrCat("user.", what, "_invalid"),
               message);
}

}  // namespace

absl::Status CheckProfile(const event::v1::Profile& profile) {
  if (!profile.preferred_language().empty() && !LooksLikeLanguage(profile.preferred_language())) {
    return Invalid("language", "A language is written as BCP 47 says: de, en-GB.");
  }
  if (!event::v1::Gender_IsValid(profile.gender())) {
    return Invalid("gender", "This gender is not declared.");
  }
  return absl::OkStatus();
}

absl::Status CheckPhone(absl::string_view phone) {
  if (phone.empty() || LooksLikeE164(phone)) return absl::OkStatus();
  return Invalid("phone", "A phone number is written as +41791234567.");
}

event::v1::Profile NewProfile(const zitadel::user::v2::SetHumanProfile& given) {
  event::v1::Profile profile;
  profile.set_given_name(given.given_name());
  profile.set_family_name(given.family_name());
  profile.set_nick_name(given.nick_name());
  profile.set_display_name(given.display_name().empty()
                               ? absl::StrCat(given.given_name(), " ", given.family_name())
                               : given.display_name());
  profile.set_preferred_language(given.preferred_language());
  profile.set_gender(static_cast<event::v1::Gender>(given.gender()));
  return profile;
}

event::v1::Profile Changed(event::v1::Profile profile,
                           const zitadel::user::v2::UpdateUserRequest::Human::Profile& given) {
  if (given.has_given_name()) profile.set_given_name(given.given_name());
  if (given.has_family_name()) profile.set_family_name(given.family_name());
  if (given.has_nick_name()) profile.set_nick_name(given.nick_name());
  if (given.has_display_name()) profile.set_display_name(given.display_name());
  if (given.has_preferred_language()) profile.set_preferred_language(given.preferred_language());
  if (given.has_gender()) profile.set_gender(static_cast<event::v1::Gender>(given.gender()));
  return profile;
}

}  // namespace muniment::command
