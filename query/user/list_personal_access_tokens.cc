#include "query/reader.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::query {
namespace {

using zitadel::user::v2::ListPersonalAccessTokensRequest;
using zitadel::user::v2::ListPersonalAccessTokensResponse;
using zitadel::user::v2::PersonalAccessToken;

void PresentToken(const Reader&, const row::v1::PersonalAccessToken& row,
                  PersonalAccessToken* token) {
  *token->mutable_creation_date() = row.stamp().created();
  *token->mutable_change_date() = row.stamp().changed();
  token->set_id(row.id());
  token->set_user_id(row.user_id());
  token->set_organization_id(row.organization_id());
  *token->mutable_expiration_date() = row.expiration();
}

}  // namespace

absl::StatusOr<ListPersonalAccessTokensResponse> ListPersonalAccessTokens(
    Reader& reader, const ListPersonalAccessTokensRequest& request) {
  ListSpec<row::v1::PersonalAccessToken> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id"};
  return reader.List<ListPersonalAccessTokensResponse>(request, std::move(spec), &PresentToken);
}

}  // namespace muniment::query
