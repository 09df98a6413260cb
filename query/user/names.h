// What lists of other things say of a user.
#ifndef MUNIMENT_QUERY_USER_NAMES_H_
#define MUNIMENT_QUERY_USER_NAMES_H_

#include <string>

#include "absl/status/statusor.h"
#include "query/reader.h"

namespace muniment::query {

struct UserNames {
  std::string preferred_login_name;
  std::string display_name;  // of a machine its name
  std::string organization_id;
};

// Neither he nor his organization is gone.
bool UserStands(Reader& reader, const std::string& user_id);

// Empty for a user that is gone.
absl::StatusOr<UserNames> NamesOf(Reader& reader, const std::string& user_id);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_USER_NAMES_H_
