#include "query/management/user_grants.h"

#include <string>
#include <utility>

#include "query/grant_filters.h"
#include "query/present.h"
#include "query/user/names.h"

namespace muniment::query {

using row::v1::UserGrant;

namespace v1 = zitadel::user::v1;

namespace {

// Of a user what a grant says of him: his names to everybody who sees it, the rest to whoever may
// read him.
struct Grantee {
  UserNames names;
  v1::Type type = v1::TYPE_UNSPECIFIED;
  std::string user_name;
  std::string first_name;
  std::string last_name;
  std::string email;
};

absl::StatusOr<Grantee> GranteeOf(Reader& reader, const UserGrant& row) {
  Grantee grantee;
  ASSIGN_OR_RETURN(const auto user,
                   reader.view().Get<row::v1::User>(reader.instance(), {row.user_id()}));
  if (!user.has_value()) return grantee;
  grantee.names = NamesOf(reader, *user);
  grantee.type = user->type() == row::v1::USER_TYPE_HUMAN ? v1::TYPE_HUMAN : v1::TYPE_MACHINE;
  ASSIGN_OR_RETURN(const bool reads, reader.Holds("user.read", user->organization_id()));
  if (!reads && user->id() != reader.call().caller.user_id) return grantee;
  grantee.user_name = user->username();
  grantee.first_name = user->profile().given_name();
  grantee.last_name = user->profile().family_name();
  grantee.email = user->email();
  return grantee;
}

std::string PrimaryDomain(const Reader& reader, const std::string& organization) {
  const auto org = reader.owners().Org(reader.instance(), organization);
  return org == nullptr ? "" : org->primary_domain;
}

template <class Query>
Named OfGrantee(Reader& reader, std::string name, const std::string& (Query::*text)() const,
                std::string Grantee::*value) {
  return Fits<UserGrant, Query>(
      std::move(name),
      [&reader, text, value](const Query& query, const UserGrant& row) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Grantee grantee, GranteeOf(reader, row));
        // What is withheld is like nothing.
        const std::string& has = grantee.*value;
        return !has.empty() && TextQuery((query.*text)(), query.method()).Fits(has);
      });
}

Named OfDisplayName(Reader& reader) {
  using Query = v1::UserGrantDisplayNameQuery;
  return Fits<UserGrant, Query>(
      "display_name", [&reader](const Query& query, const UserGrant& row) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Grantee grantee, GranteeOf(reader, row));
        return TextQuery(query.display_name(), query.method()).Fits(grantee.names.display_name);
      });
}

Named OfUserType(Reader& reader) {
  using Query = v1::UserGrantUserTypeQuery;
  return Fits<UserGrant, Query>(
      "user_type", [&reader](const Query& query, const UserGrant& row) -> absl::StatusOr<bool> {
        ASSIGN_OR_RETURN(const Grantee grantee, GranteeOf(reader, row));
        return grantee.type == query.type();
      });
}

// Of the organization within which the roles are.
template <class Query>
Named OfOrganization(const Reader& reader, std::string name,
                     const std::string& (Query::*text)() const,
                     std::string (*value)(const Reader& reader, const std::string& id)) {
  return Fits<UserGrant, Query>(
      std::move(name), [&reader, text, value](const Query& query, const UserGrant& row) {
        return TextQuery((query.*text)(), query.method())
            .Fits(value(reader, row.organization_id()));
      });
}

}  // namespace

absl::Status PresentUserGrant(Reader& reader, const UserGrant& row, v1::UserGrant* grant) {
  grant->set_id(row.id());
  PresentDetails(row.stamp(), row.organization_id(), grant->mutable_details());
  // What was taken from the project or the grant since is nobody's any more.
  for (std::string& key : reader.projects().Given(reader.instance(), row)) {
    grant->add_role_keys(std::move(key));
  }
  // The states share their numbers.
  grant->set_state(static_cast<v1::UserGrantState>(row.state()));
  grant->set_user_id(row.user_id());
  ASSIGN_OR_RETURN(const Grantee grantee, GranteeOf(reader, row));
  grant->set_user_name(grantee.user_name);
  grant->set_first_name(grantee.first_name);
  grant->set_last_name(grantee.last_name);
  grant->set_email(grantee.email);
  grant->set_display_name(grantee.names.display_name);
  grant->set_preferred_login_name(grantee.names.preferred_login_name);
  grant->set_user_type(grantee.type);
  const std::string& organization = row.organization_id();
  grant->set_org_id(organization);
  grant->set_org_name(OrganizationName(reader, organization));
  grant->set_org_domain(PrimaryDomain(reader, organization));
  grant->set_project_id(row.project_id());
  grant->set_project_name(ProjectName(reader, row.project_id()));
  grant->set_project_grant_id(row.project_grant_id());
  if (row.project_grant_id().empty()) return absl::OkStatus();
  grant->set_granted_org_id(organization);
  grant->set_granted_org_name(grant->org_name());
  grant->set_granted_org_domain(grant->org_domain());
  return absl::OkStatus();
}

std::vector<Named> UserGrantQueries(Reader& reader) {
  return {
      ProjectNamed<UserGrant>(reader, &v1::UserGrantProjectNameQuery::project_name),
      WithRole<UserGrant>(&v1::UserGrantRoleKeyQuery::role_key),
      OfGrantee(reader, "user_name", &v1::UserGrantUserNameQuery::user_name, &Grantee::user_name),
      OfGrantee(reader, "first_name", &v1::UserGrantFirstNameQuery::first_name,
                &Grantee::first_name),
      OfGrantee(reader, "last_name", &v1::UserGrantLastNameQuery::last_name, &Grantee::last_name),
      OfGrantee(reader, "email", &v1::UserGrantEmailQuery::email, &Grantee::email),
      OfDisplayName(reader),
      OfUserType(reader),
      OfOrganization(reader, "org_name", &v1::UserGrantOrgNameQuery::org_name, &OrganizationName),
      OfOrganization(reader, "org_domain", &v1::UserGrantOrgDomainQuery::org_domain,
                     &PrimaryDomain)};
}

}  // namespace muniment::query
