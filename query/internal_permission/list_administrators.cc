#include <algorithm>
#include <string>
#include <utility>

#include "query/internal_permission/members.h"
#include "query/internal_permission/seen_members.h"
#include "query/project/present.h"
#include "query/text_query.h"
#include "query/user/names.h"
#include "zitadel/internal_permission/v2/internal_permission_service.pb.h"

namespace muniment::query {

using google::protobuf::Message;
using row::v1::Member;
using zitadel::internal_permission::v2::Administrator;
using zitadel::internal_permission::v2::ListAdministratorsRequest;
using zitadel::internal_permission::v2::ListAdministratorsResponse;
using zitadel::internal_permission::v2::ResourceFilter;

namespace {

const Member& AsMember(const Message& row) { return static_cast<const Member&>(row); }

bool IsOwn(const Reader& reader, const Member& row) {
  const ReadCall& call = reader.call();
  return call.rule->self() == SELF_ALLOW && row.user_id() == call.caller.user_id;
}

bool IsResource(const Reader& reader, const ResourceFilter& filter, const Member& row) {
  const auto is = [&row](Aggregate aggregate, const std::string& id) {
    return row.aggregate() == aggregate && row.resource_id() == id;
  };
  switch (filter.resource_case()) {
    case ResourceFilter::kInstance:
      return row.aggregate() == AGGREGATE_INSTANCE;
    case ResourceFilter::kOrganizationId:
      return is(AGGREGATE_ORG, filter.organization_id());
    case ResourceFilter::kProjectId:
      return is(AGGREGATE_PROJECT, filter.project_id());
    case ResourceFilter::kProjectGrant: {
      if (row.aggregate() != AGGREGATE_PROJECT_GRANT) return false;
      const auto grant = reader.projects().Grant(reader.instance(), row.resource_id());
      return grant != nullptr && grant->project_id() == filter.project_grant().project_id() &&
             grant->granted_organization_id() == filter.project_grant().organization_id();
    }
    case ResourceFilter::RESOURCE_NOT_SET:
      break;
  }
  return false;
}

absl::StatusOr<bool> OnResource(const Reader& reader, const ResourceFilter& filter,
                                const Member& row) {
  if (filter.resource_case() == ResourceFilter::RESOURCE_NOT_SET) {
    return Error(absl::StatusCode::kInvalidArgument, "query.empty_filter",
                 "A filter must say what it asks for.");
  }
  return IsResource(reader, filter, row);
}

void PresentResource(const Reader& reader, const Member& row, Administrator* administrator) {
  const std::string& id = row.resource_id();
  switch (row.aggregate()) {
    case AGGREGATE_INSTANCE:
      administrator->set_instance(true);
      return;
    case AGGREGATE_ORG:
      administrator->mutable_organization()->set_id(id);
      administrator->mutable_organization()->set_name(OrganizationName(reader, id));
      return;
    case AGGREGATE_PROJECT: {
      auto* out = administrator->mutable_project();
      out->set_id(id);
      if (const auto project = reader.projects().Project(reader.instance(), id)) {
        out->set_name(project->name());
        out->set_organization_id(project->organization_id());
      }
      return;
    }
    default: {
      auto* out = administrator->mutable_project_grant();
      if (const auto grant = reader.projects().Grant(reader.instance(), id)) {
        out->set_id(grant->grant_id());
        out->set_project_id(grant->project_id());
        out->set_project_name(ProjectName(reader, grant->project_id()));
        out->set_organization_id(grant->organization_id());
        out->set_granted_organization_id(grant->granted_organization_id());
      }
    }
  }
}

absl::Status PresentAdministrator(Reader& reader, UserBook& users, const Member& row,
                                  Administrator* administrator) {
  *administrator->mutable_creation_date() = row.stamp().created();
  *administrator->mutable_change_date() = row.stamp().changed();
  ASSIGN_OR_RETURN(const UserNames* names, users.Of(row.user_id()));
  PresentUser(row.user_id(), names == nullptr ? UserNames() : *names,
              administrator->mutable_user());
  PresentResource(reader, row, administrator);
  *administrator->mutable_roles() = row.role();
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ListAdministratorsResponse> ListAdministrators(
    Reader& reader, const ListAdministratorsRequest& request) {
  namespace v2 = zitadel::internal_permission::v2;
  ListSpec<Member> spec;
  UserBook users(reader);
  spec.owner_column = "organization_id";
  spec.self_columns = {"user_id"};
  spec.sweeps = {{"sweep.user", "user_id"}, {"sweep.project", "project_id"},
                 {"sweep.project_grant", "resource_id"}, {"sweep.organization"}};
  ASSIGN_OR_RETURN(const SeenMembers seen, FindSeenMembers(reader));
  const bool on_instance = !seen.columns.has_value() || seen.on_instance;
  if (!on_instance) spec.gone = {{"resource_id", reader.instance_id()}};
  spec.stands = [&, on_instance](const Member& row) -> absl::StatusOr<bool> {
    if (!on_instance && row.aggregate() == AGGREGATE_INSTANCE && !IsOwn(reader, row)) return false;
    return MemberStands(reader, users, row);
  };
  spec.visibility = seen.columns;
  if (!seen.columns.has_value()) {
    spec.sees = [&](const Member& row) { return IsOwn(reader, row) || seen.Sees(reader, row); };
  }
  spec.named = {
      users.Fits<Member, zitadel::filter::v2::IDFilter>(
          "user_organization_id",
          [](const auto& query, const UserNames& names) {
            return names.organization_id == query.id();
          }),
      users.Fits<Member, v2::UserPreferredLoginNameFilter>(
          "user_preferred_login_name",
          [](const auto& query, const UserNames& names) {
            return TextQuery(query.preferred_login_name(), query.method())
                .Fits(names.preferred_login_name);
          }),
      users.Fits<Member, v2::UserDisplayNameFilter>(
          "user_display_name",
          [](const auto& query, const UserNames& names) {
            return TextQuery(query.display_name(), query.method()).Fits(names.display_name);
          }),
      Fits<Member, ResourceFilter>(
          "resource",
          [&reader](const ResourceFilter& filter, const Member& row) {
            return OnResource(reader, filter, row);
          }),
      Fits<Member, v2::RoleFilter>(
          "role", [](const v2::RoleFilter& query, const Member& row) {
            return std::find(row.role().begin(), row.role().end(), query.role_key()) !=
                   row.role().end();
          })};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListAdministratorsResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& row : page.rows) {
    RETURN_IF_ERROR(
        PresentAdministrator(reader, users, AsMember(*row), response.add_administrators()));
  }
  return response;
}

}  // namespace muniment::query
