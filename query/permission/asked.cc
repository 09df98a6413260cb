#include "query/permission/asked.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "projections/rows_by.h"
#include "query/project/present.h"

namespace muniment::query {

using projections::TablePlan;
using zitadel::internal_permission::v2::ResourceType;

namespace {

absl::Status NotFound(absl::string_view noun) {
  return Error(absl::StatusCode::kNotFound, absl::StrCat(noun, ".not_found"),
               absl::StrCat("There is no such ", noun, "."));
}

absl::StatusOr<bool> HasRoles(Evidence& evidence, Level level, const std::string& id,
                              const std::string& user_id) {
  ASSIGN_OR_RETURN(const auto member, evidence.Member(level, id, user_id));
  return member.state == why::STATE_ACTIVE;
}

absl::Status AddStanding(Asked& asked, absl::StatusOr<why::Standing> standing) {
  RETURN_IF_ERROR(standing.status());
  asked.standing.push_back(*std::move(standing));
  return absl::OkStatus();
}

absl::StatusOr<Asked> AskedOfOrganization(Evidence& evidence, const std::string& user_id,
                                          const std::string& id) {
  Reader& reader = evidence.reader();
  ASSIGN_OR_RETURN(const auto org, evidence.Organization(id));
  ASSIGN_OR_RETURN(bool seen, reader.Holds("org.read", id));
  if (!seen) {
    ASSIGN_OR_RETURN(seen, HasRoles(evidence, Level::kOrg, id, user_id));
  }
  if (!seen || !org.row.has_value()) return NotFound("org");
  Asked asked;
  asked.exists = reader.owners().Exists(reader.instance(), id);
  asked.places = {{.organization_id = id}};
  RETURN_IF_ERROR(AddStanding(asked, evidence.OfOrganization(id)));
  asked.thing = asked.standing.front().thing();
  return asked;
}

absl::StatusOr<Asked> AskedOfProject(Evidence& evidence, const std::string& user_id,
                                     const std::string& id) {
  Reader& reader = evidence.reader();
  ASSIGN_OR_RETURN(const auto project, evidence.Project(id));
  if (!project.row.has_value()) return NotFound("project");
  const Place place = {.organization_id = project.row->organization_id(), .project_id = id};
  ASSIGN_OR_RETURN(bool seen, reader.Holds("project.read", place));
  if (!seen) {
    ASSIGN_OR_RETURN(seen, HasRoles(evidence, Level::kProject, id, user_id));
  }
  if (!seen) return NotFound("project");
  Asked asked;
  asked.exists = reader.projects().Exists(reader.owners(), reader.instance(), id);
  asked.places = {place};
  RETURN_IF_ERROR(AddStanding(asked, evidence.OfProject(id)));
  RETURN_IF_ERROR(AddStanding(asked, evidence.OfOrganization(place.organization_id)));
  asked.thing = asked.standing.front().thing();
  return asked;
}

absl::StatusOr<std::optional<row::v1::ProjectGrant>> FindGrant(Reader& reader,
                                                               const std::string& project_id,
                                                               const std::string& organization_id) {
  ASSIGN_OR_RETURN(auto grants, projections::RowsBy<row::v1::ProjectGrant>(
                                    reader.view(), reader.instance(), "project_granted",
                                    {project_id, organization_id}, 1));
  if (grants.empty()) return std::nullopt;
  return std::move(grants.front());
}

absl::StatusOr<Asked> AskedOfGrant(Evidence& evidence, const std::string& user_id,
                                   absl::string_view permission,
                                   const ResourceType::ProjectGrant& named) {
  Reader& reader = evidence.reader();
  ASSIGN_OR_RETURN(const auto grant,
                   FindGrant(reader, named.project_id(), named.organization_id()));
  if (!grant.has_value()) return NotFound("project_grant");
  ASSIGN_OR_RETURN(bool seen, HoldsOnEither(reader, "project.grant.read", *grant));
  if (!seen) {
    ASSIGN_OR_RETURN(seen, HasRoles(evidence, Level::kProjectGrant, IdOf(*grant), user_id));
  }
  if (!seen) return NotFound("project_grant");
  Asked asked;
  asked.exists = GrantStands(reader, *grant);
  asked.places = PlacesOf(*grant, permission);
  RETURN_IF_ERROR(AddStanding(asked, evidence.OfGrant(*grant)));
  RETURN_IF_ERROR(
      AddStanding(asked, evidence.OfProject(grant->project_id(), GrantedPlace(*grant))));
  for (const std::string& id : {grant->organization_id(), grant->granted_organization_id()}) {
    RETURN_IF_ERROR(AddStanding(asked, evidence.OfOrganization(id)));
  }
  asked.thing = asked.standing.front().thing();
  return asked;
}

}  // namespace

std::vector<Place> PlacesOf(const row::v1::ProjectGrant& grant, absl::string_view permission) {
  const Place owners = OwnersPlace(grant), granted = GrantedPlace(grant);
  if (absl::StartsWith(permission, "project.grant.member.") || permission == "project.grant.read") {
    return {owners, granted};
  }
  if (permission == "project.grant.write" || permission == "project.grant.delete") return {owners};
  return {granted};
}

absl::StatusOr<Asked> AskedOf(Evidence& evidence, const std::string& user_id,
                              absl::string_view permission, const ResourceType& named) {
  switch (named.resource_case()) {
    case ResourceType::kInstance: {
      Asked asked;
      asked.thing.set_kind(why::KIND_INSTANCE);
      asked.thing.set_id(evidence.reader().instance_id());
      asked.places = {Place()};
      return asked;
    }
    case ResourceType::kOrganizationId:
      return AskedOfOrganization(evidence, user_id, named.organization_id());
    case ResourceType::kProjectId:
      return AskedOfProject(evidence, user_id, named.project_id());
    case ResourceType::kProjectGrant:
      return AskedOfGrant(evidence, user_id, permission, named.project_grant());
    case ResourceType::RESOURCE_NOT_SET:
      break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "request.resource.required",
               "resource must name an instance, an organization, a project or a project grant.");
}

}  // namespace muniment::query
