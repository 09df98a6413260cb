#include "query/user/present.h"

#include "muniment/row/v1/mfa_skip.pb.h"
#include "query/present.h"

namespace muniment::query {
namespace {

using row::v1::USER_TYPE_HUMAN;

void PresentHuman(const row::v1::User& row, zitadel::user::v2::HumanUser* human) {
  const auto& from = row.profile();
  auto* profile = human->mutable_profile();
  profile->set_given_name(from.given_name());
  profile->set_family_name(from.family_name());
  if (!from.nick_name().empty()) profile->set_nick_name(from.nick_name());
  if (!from.display_name().empty()) profile->set_display_name(from.display_name());
  if (!from.preferred_language().empty()) {
    profile->set_preferred_language(from.preferred_language());
  }
  profile->set_gender(static_cast<zitadel::user::v2::Gender>(from.gender()));
  human->mutable_email()->set_email(row.email());
  human->mutable_email()->set_is_verified(row.email_verified());
  if (!row.phone().empty()) {
    human->mutable_phone()->set_phone(row.phone());
    human->mutable_phone()->set_is_verified(row.phone_verified());
  }
  human->set_password_change_required(row.password_change_required());
  if (row.has_password_changed()) *human->mutable_password_changed() = row.password_changed();
}

void PresentMachine(const row::v1::User& row, zitadel::user::v2::MachineUser* machine) {
  machine->set_name(row.name());
  machine->set_description(row.description());
  machine->set_has_secret(row.has_secret());
  machine->set_access_token_type(
      static_cast<zitadel::user::v2::AccessTokenType>(row.access_token_type()));
}

}  // namespace

std::vector<std::string> LoginNames(const Reader& reader, const row::v1::User& user) {
  return reader.owners().LoginNames(reader.instance(), user.organization_id(), user.username());
}

void Present(const Reader& reader, const row::v1::User& row, zitadel::user::v2::User* user) {
  user->set_user_id(row.id());
  PresentDetails(row.stamp(), row.organization_id(), user->mutable_details());
  user->set_state(static_cast<zitadel::user::v2::UserState>(row.state()));
  user->set_username(row.username());
  for (auto& name : LoginNames(reader, row)) user->add_login_names(std::move(name));
  if (user->login_names_size() > 0) user->set_preferred_login_name(user->login_names(0));
  if (row.type() != USER_TYPE_HUMAN) {
    PresentMachine(row, user->mutable_machine());
    return;
  }
  auto* human = user->mutable_human();
  human->set_user_id(row.id());
  human->set_state(user->state());
  human->set_username(row.username());
  *human->mutable_login_names() = user->login_names();
  human->set_preferred_login_name(user->preferred_login_name());
  PresentHuman(row, human);
}

absl::Status PresentSkips(Reader& reader, absl::Span<zitadel::user::v2::User* const> users) {
  using row::v1::MfaSkip;
  const auto& table = projections::TablePlan::Of<MfaSkip>();
  std::vector<zitadel::user::v2::User*> people;
  std::vector<std::string> keys;
  for (zitadel::user::v2::User* user : users) {
    if (!user->has_human()) continue;
    people.push_back(user);
    keys.push_back(table.Key({0, user->user_id()}));
  }
  ASSIGN_OR_RETURN(const auto skips, reader.view().GetMany(table, reader.instance(), keys));
  for (size_t i = 0; i < people.size(); ++i) {
    if (skips[i] == nullptr) continue;
    *people[i]->mutable_human()->mutable_mfa_init_skipped() =
        static_cast<const MfaSkip&>(*skips[i]).at();
  }
  return absl::OkStatus();
}

}  // namespace muniment::query
