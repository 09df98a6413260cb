#include "query/metadata.h"
#include "query/user/login_name.h"
#include "query/user/present.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using google::protobuf::Message;
using row::v1::User;
using zitadel::user::v2::ListUsersRequest;
using zitadel::user::v2::ListUsersResponse;

std::string UserId(const Message& row) { return static_cast<const User&>(row).id(); }

}  // namespace

absl::StatusOr<ListUsersResponse> ListUsers(Reader& reader, const ListUsersRequest& request) {
  ListSpec<User> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"id"};
  spec.named = {LoginName(reader), MetadataKey(reader, AGGREGATE_USER, UserId),
                MetadataValue(reader, AGGREGATE_USER, UserId)};
  ASSIGN_OR_RETURN(auto response,
                   reader.List<ListUsersResponse>(request, std::move(spec), &Present));
  auto& users = *response.mutable_result();
  RETURN_IF_ERROR(
      PresentSkips(reader, absl::MakeConstSpan(users.mutable_data(), users.size())));
  return response;
}

}  // namespace muniment::query
