// What lists of other things say of users.
//
//   UserBook users(reader);
//   ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));   // null: he is gone
//   PresentUser(row.user_id(), *names, out->mutable_user());
#ifndef MUNIMENT_QUERY_USER_NAMES_H_
#define MUNIMENT_QUERY_USER_NAMES_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/container/node_hash_map.h"
#include "absl/status/statusor.h"
#include "query/named.h"
#include "query/reader.h"

namespace muniment::query {

struct UserNames {
  std::string preferred_login_name;
  std::string display_name;  // of a machine its name
  std::string organization_id;
};

UserNames NamesOf(const Reader& reader, const row::v1::User& user);

// The users of one call, each looked up once.
class UserBook {
 public:
  explicit UserBook(Reader& reader) : reader_(reader) {}

  // Null for one who is gone, or whose organization is. Holds as long as the book.
  absl::StatusOr<const UserNames*> Of(const std::string& user_id);

  // Of rows that name their user in `user_id`.
  template <class Row, class Query>
  Named Fits(std::string name, bool (*fits)(const Query& query, const UserNames& names)) {
    return query::Fits<Row, Query>(
        std::move(name),
        [this, fits](const Query& query, const Row& row) -> absl::StatusOr<bool> {
          ASSIGN_OR_RETURN(const UserNames* names, Of(row.user_id()));
          return names != nullptr && fits(query, *names);
        });
  }

 private:
  Reader& reader_;
  absl::node_hash_map<std::string, std::optional<UserNames>> known_;
};

// The published users of several packages have these fields.
template <class User>
void PresentUser(const std::string& user_id, const UserNames& names, User* user) {
  user->set_id(user_id);
  user->set_preferred_login_name(names.preferred_login_name);
  user->set_display_name(names.display_name);
  user->set_organization_id(names.organization_id);
}

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_NAMES_H_
