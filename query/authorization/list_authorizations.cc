#include <string>
#include <utility>

#include "query/authorization/spec.h"
#include "query/grant_filters.h"
#include "query/text_query.h"
#include "query/user/names.h"
#include "zitadel/authorization/v2/authorization_service.pb.h"

namespace muniment::query {

using google::protobuf::Message;
using row::v1::UserGrant;
using zitadel::authorization::v2::Authorization;
using zitadel::authorization::v2::ListAuthorizationsRequest;
using zitadel::authorization::v2::ListAuthorizationsResponse;

namespace {

const UserGrant& AsGrant(const Message& row) { return static_cast<const UserGrant&>(row); }

// Neither whose it is, nor what it is of, nor the grant that it is within is gone.
absl::StatusOr<bool> Stands(Reader& reader, UserBook& users, const UserGrant& row) {
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  if (names == nullptr) return false;
  if (!reader.projects().Exists(reader.owners(), reader.instance(), row.project_id())) return false;
  return row.project_grant_id().empty() ||
         reader.projects().Grant(reader.instance(), row.within()) != nullptr;
}

absl::Status PresentAuthorization(Reader& reader, UserBook& users, const UserGrant& row,
                                  Authorization* out) {
  out->set_id(row.id());
  *out->mutable_creation_date() = row.stamp().created();
  *out->mutable_change_date() = row.stamp().changed();
  out->mutable_project()->set_id(row.project_id());
  if (const auto project = reader.projects().Project(reader.instance(), row.project_id())) {
    out->mutable_project()->set_name(project->name());
    out->mutable_project()->set_organization_id(project->organization_id());
  }
  out->mutable_organization()->set_id(row.organization_id());
  out->mutable_organization()->set_name(OrganizationName(reader, row.organization_id()));
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  PresentUser(row.user_id(), names == nullptr ? UserNames() : *names, out->mutable_user());
  out->set_state(static_cast<zitadel::authorization::v2::State>(row.state()));
  // What was taken from the project or the grant since is nobody's any more.
  for (const std::string& key :
       reader.projects().Given(reader.instance(), row)) {
    auto* role = out->add_roles();
    role->set_key(key);
    if (const auto known = reader.projects().Role(reader.instance(), row.project_id(), key)) {
      role->set_display_name(known->display_name());
      role->set_group(known->group());
    }
  }
  return absl::OkStatus();
}

}  // namespace

ListSpec<UserGrant> UserGrantSpec(Reader& reader, UserBook& users) {
  ListSpec<UserGrant> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id"};
  spec.managed.within = {"within"};
  spec.stands = [&](const UserGrant& row) { return Stands(reader, users, row); };
  spec.sweeps = {{"sweep.project", "project_id"}, {"sweep.project_grant", "within"},
                 {"sweep.organization"}, {"sweep.user", "user_id"}};
  return spec;
}

absl::StatusOr<ListAuthorizationsResponse> ListAuthorizations(
    Reader& reader, const ListAuthorizationsRequest& request) {
  namespace v2 = zitadel::authorization::v2;
  UserBook users(reader);
  ListSpec<UserGrant> spec = UserGrantSpec(reader, users);
  spec.named = {users.Fits<UserGrant, v2::UserPreferredLoginNameQuery>(
                    "user_preferred_login_name",
                    [](const auto& query, const UserNames& names) {
                      return TextQuery(query.login_name(), query.method())
                          .Fits(names.preferred_login_name);
                    }),
                users.Fits<UserGrant, v2::UserDisplayNameQuery>(
                    "user_display_name",
                    [](const auto& query, const UserNames& names) {
                      return TextQuery(query.display_name(), query.method())
                          .Fits(names.display_name);
                    }),
                ProjectNamed<UserGrant>(reader, &v2::ProjectNameQuery::name),
                WithRole<UserGrant>(&v2::RoleKeyQuery::key)};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListAuthorizationsResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(
        PresentAuthorization(reader, users, AsGrant(*row), response.add_authorizations()));
  }
  return response;
}

}  // namespace muniment::query
