#include "gateway/oidc/claims.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/id.h"
#include "base/oidc_scope.h"
#include "base/timestamp.h"
#include "projections/rows_by.h"
#include "query/metadata.h"

namespace muniment::gateway {
namespace {

using projections::RowsBy;

bool Has(const Scopes& scope, absl::string_view wanted) {
  return std::find(scope.begin(), scope.end(), wanted) != scope.end();
}

absl::string_view NameOf(event::v1::Gender gender) {
  switch (gender) {
    case event::v1::GENDER_FEMALE: return "female";
    case event::v1::GENDER_MALE: return "male";
    case event::v1::GENDER_DIVERSE: return "diverse";
    default: return "";
  }
}

void AddProfile(const ClaimsAbout& about, JsonObject* claims) {
  const row::v1::User& user = about.user;
  const bool human = user.type() == row::v1::USER_TYPE_HUMAN;
  claims->AddSet("name", human ? user.profile().display_name() : user.name());
  claims->AddSet("given_name", user.profile().given_name());
  claims->AddSet("family_name", user.profile().family_name());
  claims->AddSet("nickname", user.profile().nick_name());
  claims->AddSet("gender", NameOf(user.profile().gender()));
  claims->AddSet("locale", user.profile().preferred_language());
  claims->AddSet("preferred_username",
                 about.owners.PreferredLoginName(about.instance, user.organization_id(),
                                                 user.username()));
  claims->Add("updated_at", ToTime(user.stamp().changed()));
}

void AddAddresses(const ClaimsAbout& about, JsonObject* claims) {
  const row::v1::User& user = about.user;
  if (Has(about.scope, "email") && !user.email().empty()) {
    claims->Add("email", user.email()).Add("email_verified", user.email_verified());
  }
  if (Has(about.scope, "phone") && !user.phone().empty()) {
    claims->Add("phone_number", user.phone())
        .Add("phone_number_verified", user.phone_verified());
  }
}

// By role, the organizations within which the user has it.
using Roles = std::map<std::string, std::map<std::string, std::string>>;

JsonObject RolesObject(const Roles& roles) {
  JsonObject object;
  for (const auto& [key, organizations] : roles) {
    JsonObject within;
    for (const auto& [id, domain] : organizations) within.Add(id, domain);
    object.Add(key, std::move(within));
  }
  return object;
}

// What scopes ask for of roles.
struct AskedRoles {
  std::set<std::string, std::less<>> keys;           // of the project
  std::set<std::string, std::less<>> organizations;  // empty: any
  bool all = false;                                  // of every project of the audience
  bool asserted = false;  // the project says so of its own

  bool any() const { return all || asserted || !keys.empty(); }
};

AskedRoles AskedOf(const ClaimsAbout& about) {
  AskedRoles asked;
  for (const absl::string_view scope : about.scope) {
    if (const auto key = AskedRole(scope)) asked.keys.emplace(*key);
    if (const auto id = RoleOrganization(scope)) asked.organizations.emplace(*id);
    if (scope == kProjectRolesScope) asked.all = true;
  }
  const auto project = about.owners.projects().Project(about.instance, about.project_id);
  asked.asserted = project != nullptr && project->project_role_assertion();
  return asked;
}

absl::StatusOr<std::map<std::string, Roles>> RolesByProject(const ClaimsAbout& about,
                                                            const AskedRoles& asked) {
  std::map<std::string, Roles> by_project;
  ASSIGN_OR_RETURN(const auto given,
                   RowsBy<row::v1::UserGrant>(about.view, about.instance, "user",
                                              {about.user.id()}));
  for (const row::v1::UserGrant& grant : given) {
    const std::string& organization = grant.organization_id();
    if (!asked.organizations.empty() && !asked.organizations.contains(organization)) continue;
    const bool own = grant.project_id() == about.project_id;
    const bool audience = std::find(about.projects.begin(), about.projects.end(),
                                    grant.project_id()) != about.projects.end();
    if (!own && !(asked.all && audience)) continue;
    const auto facts = about.owners.Org(about.instance, organization);
    for (const std::string& key :
         about.owners.projects().RolesOf(about.owners, about.instance, grant)) {
      const bool wanted = asked.asserted || asked.all || asked.keys.contains(key);
      if (!wanted) continue;
      by_project[grant.project_id()][key][organization] =
          facts == nullptr ? std::string() : facts->primary_domain;
    }
  }
  return by_project;
}

absl::Status AddRoles(const ClaimsAbout& about, ClaimsWanted::Unasked unasked,
                      JsonObject* claims) {
  using Unasked = ClaimsWanted::Unasked;
  AskedRoles asked = AskedOf(about);
  asked.asserted = unasked == Unasked::kAll || (unasked == Unasked::kAsserted && asked.asserted);
  if (!asked.any()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const auto by_project, RolesByProject(about, asked));
  for (const auto& [project_id, roles] : by_project) {
    if (project_id == about.project_id) {
      claims->Add("urn:zitadel:iam:org:project:roles", RolesObject(roles));
    }
    claims->Add(absl::StrCat("urn:zitadel:iam:org:project:", project_id, ":roles"),
                RolesObject(roles));
  }
  return absl::OkStatus();
}

absl::Status AddMetadata(const ClaimsAbout& about, JsonObject* claims) {
  if (!Has(about.scope, kUserMetadataScope)) return absl::OkStatus();
  RETURN_IF_ERROR(about.view.Ready(projections::TablePlan::Of<row::v1::Metadata>()));
  JsonObject metadata;
  RETURN_IF_ERROR(projections::EachRow<row::v1::Metadata>(
      about.view, about.instance, query::MetadataOf(AGGREGATE_USER, about.user.id()),
      [&metadata](const row::v1::Metadata& row) {
        metadata.Add(row.key(), Base64UrlEncode(row.value()));
      }));
  if (!metadata.empty()) claims->Add(kUserMetadataScope, std::move(metadata));
  return absl::OkStatus();
}

void AddOwner(const ClaimsAbout& about, JsonObject* claims) {
  bool asked = Has(about.scope, kResourceOwnerScope);
  std::string domain;
  for (const absl::string_view scope : about.scope) {
    if (RequiredOrganization(scope).has_value()) asked = true;
    if (const auto named = RequiredDomain(scope)) domain = std::string(*named);
  }
  if (!domain.empty()) claims->Add("urn:zitadel:iam:org:domain:primary", domain);
  if (!asked) return;
  const std::string& id = about.user.organization_id();
  claims->Add("urn:zitadel:iam:user:resourceowner:id", id);
  const auto facts = about.owners.Org(about.instance, id);
  if (facts == nullptr) return;
  claims->Add("urn:zitadel:iam:user:resourceowner:name", facts->name);
  claims->AddSet("urn:zitadel:iam:user:resourceowner:primary_domain", facts->primary_domain);
}

}  // namespace

absl::Status AddUserClaims(const ClaimsAbout& about, const ClaimsWanted& wanted,
                           JsonObject* claims) {
  if (wanted.profile) {
    if (Has(about.scope, "profile")) AddProfile(about, claims);
    AddAddresses(about, claims);
  }
  RETURN_IF_ERROR(AddRoles(about, wanted.unasked_roles, claims));
  AddOwner(about, claims);
  return AddMetadata(about, claims);
}

std::vector<std::string> AudienceOf(const projections::Owners& owners, uint64_t instance,
                                    const std::string& family_id,
                                    const event::v1::OidcSessionAdded& family,
                                    const Scopes& scope) {
  if (!family.audience().empty()) return {family.audience().begin(), family.audience().end()};
  std::vector<std::string> audience;
  if (!family.project_id().empty()) {
    audience = owners.clients().ClientIds(instance, family.project_id());
    // Ids rise.
    const uint64_t began = ParseId(family_id).value_or(0);
    std::erase_if(audience, [began](const std::string& client) {
      return ParseId(client).value_or(0) > began;
    });
    audience.push_back(family.project_id());
  }
  // Of few clients, as projects have: there may be hundreds of scopes.
  const std::vector<std::string> own = audience;
  for (std::string& each : AudienceAsked(scope, absl::StrCat(instance))) {
    if (std::find(own.begin(), own.end(), each) == own.end()) audience.push_back(std::move(each));
  }
  if (audience.empty()) audience.push_back(family.client_id());
  return audience;
}

std::vector<std::string> ProjectsAsked(const Scopes& scope) {
  if (!Has(scope, kProjectRolesScope)) return {};
  return AudienceAsked(scope, "");
}

void AddActors(const event::v1::OidcSessionAdded& family, JsonObject* claims) {
  JsonObject claim;
  for (int i = family.actor_size() - 1; i >= 0; --i) {
    JsonObject outer;
    outer.Add("sub", family.actor(i).user_id()).AddSet("iss", family.actor(i).issuer());
    if (!claim.empty()) outer.Add("act", std::move(claim));
    claim = std::move(outer);
  }
  if (!claim.empty()) claims->Add("act", std::move(claim));
}

}  // namespace muniment::gateway
