#include "query/user/names.h"

namespace muniment::query {

bool UserStands(Reader& reader, const std::string& user_id) {
  const auto user = reader.view().Get<row::v1::User>(reader.instance(), {user_id});
  return user.ok() && user->has_value() &&
         reader.owners().Exists(reader.instance(), (*user)->organization_id());
}

absl::StatusOr<UserNames> NamesOf(Reader& reader, const std::string& user_id) {
  ASSIGN_OR_RETURN(const auto user,
                   reader.view().Get<row::v1::User>(reader.instance(), {user_id}));
  UserNames names;
  if (!user.has_value()) return names;
  names.organization_id = user->organization_id();
  names.preferred_login_name = reader.owners().PreferredLoginName(
      reader.instance(), user->organization_id(), user->username());
  names.display_name = user->type() == row::v1::USER_TYPE_HUMAN ? user->profile().display_name()
                                                                : user->name();
  return names;
}

}  // namespace muniment::query
