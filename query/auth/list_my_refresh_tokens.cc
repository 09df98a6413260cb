#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/oidc_scope.h"
#include "base/timestamp.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/rows_by.h"
#include "query/reader.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using zitadel::auth::v1::ListMyRefreshTokensRequest;
using zitadel::auth::v1::ListMyRefreshTokensResponse;

namespace {

constexpr size_t kMost = 1000;

bool Stands(const row::v1::OidcSession& family, absl::Time now) {
  return !family.refresh_token_id().empty() &&
         now < ToTime(family.refresh_idle_expiration()) && now < ToTime(family.refresh_expiration());
}

void Present(const Reader& reader, const row::v1::OidcSession& family,
             zitadel::user::v1::RefreshToken* token) {
  const event::v1::OidcSessionAdded& added = family.added();
  token->set_id(family.id());
  auto* details = token->mutable_details();
  details->set_sequence(family.stamp().sequence());
  *details->mutable_creation_date() = family.stamp().created();
  *details->mutable_change_date() = family.stamp().changed();
  details->set_resource_owner(added.organization_id());
  token->set_client_id(added.client_id());
  *token->mutable_auth_time() = added.auth_time();
  *token->mutable_idle_expiration() = family.refresh_idle_expiration();
  *token->mutable_expiration() = family.refresh_expiration();
  const Scopes scopes = absl::StrSplit(family.scope(), ' ', absl::SkipEmpty());
  for (const absl::string_view each : scopes) token->add_scopes(std::string(each));
  for (const std::string& each : AudienceAsked(scopes, absl::StrCat(reader.instance()))) {
    token->add_audience(each);
  }
}

}  // namespace

absl::StatusOr<ListMyRefreshTokensResponse> ListMyRefreshTokens(Reader& reader,
                                                                const ListMyRefreshTokensRequest&) {
  ASSIGN_OR_RETURN(const auto user, reader.Target<row::v1::User>());
  ASSIGN_OR_RETURN(const auto families,
                   projections::RowsBy<row::v1::OidcSession>(reader.view(), reader.instance(),
                                                             "user", {user.id()}, kMost));
  ListMyRefreshTokensResponse response;
  for (const row::v1::OidcSession& family : families) {
    if (Stands(family, reader.call().now)) Present(reader, family, response.add_result());
  }
  reader.FillDetails(static_cast<uint64_t>(response.result_size()), response.mutable_details());
  return response;
}

}  // namespace muniment::query
