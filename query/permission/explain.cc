#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "projections/rows_by.h"
#include "query/permission/asked.h"
#include "query/permission/evidence.h"
#include "query/user/names.h"
#include "query/user/present.h"

namespace muniment::query {

using api::permission::v1::ExplainRequest;
using api::permission::v1::ExplainResponse;
using projections::TablePlan;

namespace {

// Who may be meant: the user of that id, and those with such a user name, alone or before an @.
absl::StatusOr<std::vector<std::string>> Candidates(Reader& reader, const std::string& name) {
  std::vector<std::string> ids = {name};
  const std::string wanted = FoldName(name);
  for (const std::string& username : {name, name.substr(0, name.rfind('@'))}) {
    ASSIGN_OR_RETURN(const auto users,
                     projections::RowsBy<row::v1::User>(reader.view(), reader.instance(),
                                                        "username", {username}));
    for (const row::v1::User& user : users) {
      const auto names = LoginNames(reader, user);
      const bool meant = std::any_of(names.begin(), names.end(), [&](const std::string& one) {
        return FoldName(one) == wanted;
      });
      if (meant) ids.push_back(user.id());
    }
  }
  return ids;
}

// Of those who are meant the first whom the caller may read.
absl::StatusOr<row::v1::User> FindUser(Reader& reader, const std::string& name) {
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, Candidates(reader, name));
  absl::StatusOr<row::v1::User> found;
  for (const std::string& id : ids) {
    found = reader.Target<row::v1::User>(id);
    if (!absl::IsNotFound(found.status())) break;
  }
  return found;
}

class Explanation {
 public:
  Explanation(Evidence& evidence, std::string user_id, std::string permission)
      : evidence_(evidence), user_id_(std::move(user_id)), permission_(std::move(permission)) {}

  absl::StatusOr<why::Way> Explain(const Way& way) {
    why::Way told;
    RETURN_IF_ERROR(Takes(way, told));
    for (const std::string& role : way.roles) {
      told.add_roles(role);
      ASSIGN_OR_RETURN(const bool permits, evidence_.reader().Permits(way.level, {role}, permission_,
                                                                      way.organization));
      if (permits) told.add_allowing_roles(role);
    }
    told.set_verdict(VerdictOn(way, told));
    ASSIGN_OR_RETURN(const bool seen, SeesManagers(way));
    if (!seen) {
      told.set_withheld(true);
      return told;
    }
    for (const std::string& role : way.roles) RETURN_IF_ERROR(Defines(way, role, told));
    ASSIGN_OR_RETURN(const auto member, evidence_.Member(way.level, way.id, user_id_));
    if (member.since == 0) return told;
    ASSIGN_OR_RETURN(*told.mutable_since(), evidence_.At(member.since));
    return told;
  }

 private:
  static why::Verdict VerdictOn(const Way& way, const why::Way& told) {
    if (way.allows) return why::VERDICT_ALLOWS;
    if (way.roles.empty()) return why::VERDICT_NO_MEMBERSHIP;
    return told.allowing_roles().empty() ? why::VERDICT_ROLES_LACK_IT : why::VERDICT_AT_REST;
  }

  // Of a role that is no published one, who says what it stands for.
  absl::Status Defines(const Way& way, const std::string& role, why::Way& told) {
    if (FindRole(role) != nullptr) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto row, evidence_.Role(way.organization, role));
    if (!row.has_value()) return absl::OkStatus();
    auto& definition = *told.add_definitions();
    definition.set_role(role);
    definition.set_removed(row->removed());
    definition.mutable_by()->set_kind(row->aggregate() == AGGREGATE_INSTANCE
                                          ? why::KIND_INSTANCE
                                          : why::KIND_ORGANIZATION);
    definition.mutable_by()->set_id(row->resource_id());
    ASSIGN_OR_RETURN(*definition.mutable_since(), evidence_.At(row->stamp().sequence()));
    return absl::OkStatus();
  }

  // What it is, and all that must be active for roles on it to count.
  absl::Status Takes(const Way& way, why::Way& told) {
    Reader& reader = evidence_.reader();
    if (way.level == Level::kInstance) {
      told.mutable_on()->set_kind(why::KIND_INSTANCE);
      told.mutable_on()->set_id(reader.instance_id());
      return absl::OkStatus();
    }
    if (way.level == Level::kOrg) {
      ASSIGN_OR_RETURN(*told.add_takes(), evidence_.OfOrganization(way.id));
      *told.mutable_on() = told.takes(0).thing();
      return absl::OkStatus();
    }
    if (way.level == Level::kProject) {
      ASSIGN_OR_RETURN(const auto project, evidence_.Project(way.id));
      ASSIGN_OR_RETURN(const auto standing, evidence_.OfProject(way.id));
      *told.mutable_on() = standing.thing();
      if (!project.row.has_value()) return absl::OkStatus();
      ASSIGN_OR_RETURN(*told.add_takes(),
                       evidence_.OfOrganization(project.row->organization_id()));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const auto grant, evidence_.Grant(way.id));
    if (!grant.row.has_value()) return absl::OkStatus();
    ASSIGN_OR_RETURN(*told.add_takes(), evidence_.OfGrant(*grant.row));
    *told.mutable_on() = told.takes(0).thing();
    ASSIGN_OR_RETURN(*told.add_takes(),
                     evidence_.OfProject(grant.row->project_id(), GrantedPlace(*grant.row)));
    ASSIGN_OR_RETURN(*told.add_takes(), evidence_.OfOrganization(grant.row->organization_id()));
    ASSIGN_OR_RETURN(*told.add_takes(),
                     evidence_.OfOrganization(grant.row->granted_organization_id()));
    return absl::OkStatus();
  }

  // Whether the caller sees who is set over it, and by whom: as in the list of administrators.
  absl::StatusOr<bool> SeesManagers(const Way& way) {
    Reader& reader = evidence_.reader();
    switch (way.level) {
      case Level::kInstance:
        return reader.Holds("iam.member.read", Place());
      case Level::kOrg:
        return reader.Holds("org.member.read", way.id);
      case Level::kProject: {
        ASSIGN_OR_RETURN(const auto project, evidence_.Project(way.id));
        if (!project.row.has_value()) return false;
        return reader.Holds("project.member.read",
                            Place{.organization_id = project.row->organization_id(),
                                  .project_id = way.id});
      }
      default: {
        ASSIGN_OR_RETURN(const auto grant, evidence_.Grant(way.id));
        if (!grant.row.has_value()) return false;
        return HoldsOnEither(reader, "project.grant.member.read", *grant.row);
      }
    }
  }

  Evidence& evidence_;
  const std::string user_id_;
  const std::string permission_;
};

}  // namespace

absl::StatusOr<ExplainResponse> Explain(Reader& reader, const ExplainRequest& request) {
  ASSIGN_OR_RETURN(const row::v1::User user, FindUser(reader, request.user()));
  if (!PermissionIndex(request.permission()).has_value()) {
    return Error(absl::StatusCode::kInvalidArgument, "permission.unknown",
                 "There is no such permission.");
  }
  Evidence evidence(reader);
  ASSIGN_OR_RETURN(Asked asked,
                   AskedOf(evidence, user.id(), request.permission(), request.resource()));
  // Decided by what decides calls; all else is told beside it.
  bool holds = false;
  std::vector<Way> ways;
  for (const Place& place : asked.places) {
    ASSIGN_OR_RETURN(const bool here,
                     reader.HoldsBy(user.id(), request.permission(), place, &ways));
    holds = holds || here;
  }
  ExplainResponse response;
  response.set_allowed(holds && asked.exists && reader.owners().Acts(reader.instance(), user));
  PresentUser(user.id(), NamesOf(reader, user), response.mutable_user());
  response.set_permission(request.permission());
  *response.mutable_resource() = std::move(asked.thing);
  ASSIGN_OR_RETURN(*response.add_user_standing(), evidence.OfUser(user));
  ASSIGN_OR_RETURN(*response.add_user_standing(),
                   evidence.OfOrganization(user.organization_id()));
  for (why::Standing& standing : asked.standing) {
    *response.add_resource_standing() = std::move(standing);
  }
  // Two places have the instance in common.
  std::vector<std::pair<Level, std::string>> told;
  Explanation explanation(evidence, user.id(), request.permission());
  for (const Way& way : ways) {
    const std::pair<Level, std::string> name(way.level, way.id);
    if (std::find(told.begin(), told.end(), name) != told.end()) continue;
    told.push_back(name);
    ASSIGN_OR_RETURN(*response.add_ways(), explanation.Explain(way));
  }
  return response;
}

}  // namespace muniment::query
