#include <optional>

#include "query/present.h"
#include "query/user/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::GetMyUserRequest;
using zitadel::auth::v1::GetMyUserResponse;

namespace v1 = zitadel::user::v1;

namespace {

using row::v1::SignIn;

absl::StatusOr<std::optional<SignIn>> LastSignIn(Reader& reader, const std::string& user_id) {
  const auto& table = projections::TablePlan::Of<SignIn>();
  const auto& index = table.index("user");
  projections::IndexRange range;
  range.prefix = index.Prefix({user_id});
  range.backward = true;  // by days
  const auto newest = reader.view().Scan(reader.instance(), table, index, std::move(range));
  RETURN_IF_ERROR(newest.status());
  if (!newest.Valid()) return std::optional<SignIn>();
  return reader.view().GetByKey<SignIn>(reader.instance(), newest.row_key());
}

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

void PresentUser(const Reader& reader, const row::v1::User& row, v1::User* user) {
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

}  // namespace

absl::StatusOr<GetMyUserResponse> GetMyUser(Reader& reader, const GetMyUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto last, LastSignIn(reader, user.id()));
  GetMyUserResponse response;
  PresentUser(reader, user, response.mutable_user());
  if (last.has_value()) *response.mutable_last_login() = last->at();
  return response;
}

}  // namespace muniment::query
