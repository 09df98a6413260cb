#include <utility>

#include "query/present.h"
#include "query/user/present.h"

namespace muniment::query {

namespace v1 = zitadel::user::v1;

namespace {

void PresentHuman(const row::v1::User& row, v1::Human* human) {
  const auto& from = row.profile();
  auto* profile = human->mutable_profile();
  profile->set_first_name(from.given_name());
  profile->set_last_name(from.family_name());
  profile->set_nick_name(from.nick_name());
  profile->set_display_name(from.display_name());
  profile->set_preferred_language(from.preferred_language());
  profile->set_gender(static_cast<v1::Gender>(from.gender()));
  human->mutable_email()->set_email(row.email());
  human->mutable_email()->set_is_email_verified(row.email_verified());
  if (!row.phone().empty()) {
    human->mutable_phone()->set_phone(row.phone());
    human->mutable_phone()->set_is_phone_verified(row.phone_verified());
  }
  if (row.has_password_changed()) *human->mutable_password_changed() = row.password_changed();
}

void PresentMachine(const row::v1::User& row, v1::Machine* machine) {
  machine->set_name(row.name());
  machine->set_description(row.description());
  machine->set_has_secret(row.has_secret());
  machine->set_access_token_type(static_cast<v1::AccessTokenType>(row.access_token_type()));
}

}  // namespace

void PresentOlder(const Reader& reader, const row::v1::User& row, v1::User* user) {
  user->set_id(row.id());
  PresentDetails(row.stamp(), row.organization_id(), user->mutable_details());
  user->set_state(static_cast<v1::UserState>(row.state()));
  user->set_user_name(row.username());
  for (auto& name : LoginNames(reader, row)) user->add_login_names(std::move(name));
  if (user->login_names_size() > 0) user->set_preferred_login_name(user->login_names(0));
  if (row.type() == row::v1::USER_TYPE_HUMAN) {
    PresentHuman(row, user->mutable_human());
  } else {
    PresentMachine(row, user->mutable_machine());
  }
}

}  // namespace muniment::query
