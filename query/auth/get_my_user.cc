#include <optional>

#include "query/user/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::GetMyUserRequest;
using zitadel::auth::v1::GetMyUserResponse;

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

}  // namespace

absl::StatusOr<GetMyUserResponse> GetMyUser(Reader& reader, const GetMyUserRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto last, LastSignIn(reader, user.id()));
  GetMyUserResponse response;
  PresentOlder(reader, user, response.mutable_user());
  if (last.has_value()) *response.mutable_last_login() = last->at();
  return response;
}

}  // namespace muniment::query
