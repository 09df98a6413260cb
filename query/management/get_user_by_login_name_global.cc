#include <string>
#include <utility>

#include "query/user/login_name.h"
#include "query/user/present.h"
#include "zitadel/management.pb.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {

using row::v1::User;
using zitadel::management::v1::GetUserByLoginNameGlobalRequest;
using zitadel::management::v1::GetUserByLoginNameGlobalResponse;
using zitadel::user::v2::ListUsersRequest;

namespace {

// What only those who may read him learn.
void Withhold(zitadel::user::v1::User* user) {
  if (!user->has_human()) return;
  user->mutable_human()->clear_email();
  user->mutable_human()->clear_phone();
  user->mutable_human()->clear_password_changed();
  user->mutable_human()->mutable_profile()->clear_gender();
  user->mutable_human()->mutable_profile()->clear_preferred_language();
}

}  // namespace

// Whoever has the permission anywhere finds people wherever they are.
absl::StatusOr<GetUserByLoginNameGlobalResponse> GetUserByLoginNameGlobal(
    Reader& reader, const GetUserByLoginNameGlobalRequest& request) {
  RETURN_IF_ERROR(reader.AllowAnywhere());
  ListUsersRequest such;
  auto& query = *such.add_queries()->mutable_login_name_query();
  query.set_login_name(request.login_name());
  query.set_method(zitadel::object::v2::TEXT_QUERY_METHOD_EQUALS_IGNORE_CASE);
  ListSpec<User> spec;
  spec.owner_column = "organization_id";
  spec.named = {LoginName(reader)};
  spec.sees = [](const User&) { return true; };
  ASSIGN_OR_RETURN(const Page page, reader.Rows(such, std::move(spec)));
  // Of several, a name tells none.
  if (page.total != 1) {
    return Error(absl::StatusCode::kNotFound, "user.not_found", "There is no such user.");
  }
  const auto& row = static_cast<const User&>(*page.rows.front());
  GetUserByLoginNameGlobalResponse response;
  PresentOlder(reader, row, response.mutable_user());
  ASSIGN_OR_RETURN(const bool reads, reader.Holds("user.read", row.organization_id()));
  if (!reads) Withhold(response.mutable_user());
  return response;
}

}  // namespace muniment::query
