#include "query/user/names.h"

namespace muniment::query {

UserNames NamesOf(const Reader& reader, const row::v1::User& user) {
  return {.preferred_login_name = reader.owners().PreferredLoginName(
              reader.instance(), user.organization_id(), user.username()),
          .display_name = user.type() == row::v1::USER_TYPE_HUMAN ? user.profile().display_name()
                                                                  : user.name(),
          .organization_id = user.organization_id()};
}

absl::StatusOr<const UserNames*> UserBook::Of(const std::string& user_id) {
  auto found = known_.find(user_id);
  if (found == known_.end()) {
    ASSIGN_OR_RETURN(const auto user,
                     reader_.view().Get<row::v1::User>(reader_.instance(), {user_id}));
    std::optional<UserNames> names;
    if (user.has_value() && reader_.owners().Exists(reader_.instance(), user->organization_id())) {
      names = NamesOf(reader_, *user);
    }
    found = known_.emplace(user_id, std::move(names)).first;
  }
  return found->second.has_value() ? &*found->second : nullptr;
}

}  // namespace muniment::query
