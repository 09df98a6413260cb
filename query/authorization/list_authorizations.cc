#include <algorithm>
#include <string>
#include <utility>

#include "query/project/present.h"
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
bool Stands(Reader& reader, const UserGrant& row) {
  if (!UserStands(reader, row.user_id())) return false;
  if (!reader.projects().Exists(reader.owners(), reader.instance(), row.project_id())) return false;
  return row.project_grant_id().empty() ||
         reader.projects().Grant(reader.instance(), row.within()) != nullptr;
}

template <class Query>
Named OfUser(Reader& reader, std::string name,
             bool (*fits)(const Query& query, const UserNames& names)) {
  Named named;
  named.name = std::move(name);
  named.matches = [&reader, fits](const Message& argument,
                                  const Message& row) -> absl::StatusOr<bool> {
    ASSIGN_OR_RETURN(const UserNames names, NamesOf(reader, AsGrant(row).user_id()));
    return fits(static_cast<const Query&>(argument), names);
  };
  return named;
}

Named NameOfProject(const Reader& reader) {
  Named named;
  named.name = "project_name";
  named.matches = [&reader](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const zitadel::authorization::v2::ProjectNameQuery&>(argument);
    return TextQuery(query.name(), query.method())
        .Fits(ProjectName(reader, AsGrant(row).project_id()));
  };
  return named;
}

Named SomeRole() {
  Named named;
  named.name = "role_key";
  named.matches = [](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const zitadel::authorization::v2::RoleKeyQuery&>(argument);
    const TextQuery wanted(query.key(), query.method());
    const auto& keys = AsGrant(row).role_key();
    return std::any_of(keys.begin(), keys.end(),
                       [&wanted](const std::string& key) { return wanted.Fits(key); });
  };
  return named;
}

absl::Status PresentAuthorization(Reader& reader, const UserGrant& row, Authorization* out) {
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
  ASSIGN_OR_RETURN(const UserNames names, NamesOf(reader, row.user_id()));
  out->mutable_user()->set_id(row.user_id());
  out->mutable_user()->set_preferred_login_name(names.preferred_login_name);
  out->mutable_user()->set_display_name(names.display_name);
  out->mutable_user()->set_organization_id(names.organization_id);
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

absl::StatusOr<ListAuthorizationsResponse> ListAuthorizations(
    Reader& reader, const ListAuthorizationsRequest& request) {
  namespace v2 = zitadel::authorization::v2;
  ListSpec<UserGrant> spec;
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id"};
  spec.managed.within = {"within"};
  spec.stands = [&reader](const UserGrant& row) { return Stands(reader, row); };
  spec.sweeps = {"sweep.project", "sweep.project_grant", "sweep.organization", "sweep.user"};
  spec.named = {OfUser<v2::UserPreferredLoginNameQuery>(
                    reader, "user_preferred_login_name",
                    [](const auto& query, const UserNames& names) {
                      return TextQuery(query.login_name(), query.method())
                          .Fits(names.preferred_login_name);
                    }),
                OfUser<v2::UserDisplayNameQuery>(
                    reader, "user_display_name",
                    [](const auto& query, const UserNames& names) {
                      return TextQuery(query.display_name(), query.method())
                          .Fits(names.display_name);
                    }),
                NameOfProject(reader), SomeRole()};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListAuthorizationsResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(PresentAuthorization(reader, AsGrant(*row), response.add_authorizations()));
  }
  return response;
}

}  // namespace muniment::query
