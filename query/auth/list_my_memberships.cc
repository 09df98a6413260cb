#include <string>
#include <utility>

#include "query/internal_permission/members.h"
#include "query/present.h"
#include "query/project/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using google::protobuf::Message;
using row::v1::Member;
using zitadel::auth::v1::ListMyMembershipsRequest;
using zitadel::auth::v1::ListMyMembershipsResponse;
using zitadel::user::v1::Membership;

namespace v1 = zitadel::user::v1;

namespace {

template <class Query>
Named Is(std::string name, bool (*fits)(const Query& query, const Member& row)) {
  Named named;
  named.name = std::move(name);
  named.matches = [fits](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    return fits(static_cast<const Query&>(argument), static_cast<const Member&>(row));
  };
  return named;
}

bool IsOn(const Member& row, Aggregate aggregate, const std::string& asked, const std::string& id) {
  return row.aggregate() == aggregate && (asked.empty() || asked == id);
}

std::string GrantId(const Member& row) {
  return row.resource_id().substr(row.resource_id().find('/') + 1);
}

std::string InstanceName(Reader& reader) {
  const auto row =
      reader.view().Get<row::v1::Instance>(reader.instance(), {reader.instance_id()});
  return row.ok() && row->has_value() ? (*row)->name() : "";
}

// Who owns what the roles are on; fills in which it is.
std::string PresentResource(Reader& reader, const Member& row, Membership* out) {
  const std::string& id = row.resource_id();
  switch (row.aggregate()) {
    case AGGREGATE_INSTANCE:
      out->set_iam(true);
      out->set_display_name(InstanceName(reader));
      return reader.instance_id();
    case AGGREGATE_ORG:
      out->set_org_id(id);
      out->set_display_name(OrganizationName(reader, id));
      return id;
    case AGGREGATE_PROJECT: {
      out->set_project_id(id);
      out->set_display_name(ProjectName(reader, id));
      const auto project = reader.projects().Project(reader.instance(), id);
      return project == nullptr ? "" : project->organization_id();
    }
    default: {
      out->set_project_grant_id(GrantId(row));
      const auto grant = reader.projects().Grant(reader.instance(), id);
      if (grant == nullptr) return "";
      out->set_display_name(ProjectName(reader, grant->project_id()));
      return grant->organization_id();
    }
  }
}

std::vector<Named> Filters() {
  return {Is<v1::MembershipOrgQuery>("org",
                                     [](const auto& query, const Member& row) {
                                       return IsOn(row, AGGREGATE_ORG, query.org_id(),
                                                   row.resource_id());
                                     }),
          Is<v1::MembershipProjectQuery>("project",
                                         [](const auto& query, const Member& row) {
                                           return IsOn(row, AGGREGATE_PROJECT, query.project_id(),
                                                       row.resource_id());
                                         }),
          Is<v1::MembershipProjectGrantQuery>(
              "project_grant",
              [](const auto& query, const Member& row) {
                return IsOn(row, AGGREGATE_PROJECT_GRANT, query.project_grant_id(), GrantId(row));
              }),
          Is<v1::MembershipIAMQuery>("iam", [](const auto& query, const Member& row) {
            return (row.aggregate() == AGGREGATE_INSTANCE) == query.iam();
          })};
}

}  // namespace

absl::StatusOr<ListMyMembershipsResponse> ListMyMemberships(
    Reader& reader, const ListMyMembershipsRequest& request) {
  const std::string& mine = reader.call().caller.user_id;
  ListSpec<Member> spec;
  spec.among.emplace().push_back({"user_id", mine});
  UserBook users(reader);
  spec.sees = [&](const Member& row) -> absl::StatusOr<bool> {
    return row.user_id() == mine ? MemberStands(reader, users, row) : false;
  };
  spec.named = Filters();
  ASSIGN_OR_RETURN(const Page page, reader.Rows(request, std::move(spec)));
  ListMyMembershipsResponse response;
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  for (const auto& found : page.rows) {
    const auto& row = static_cast<const Member&>(*found);
    Membership* out = response.add_result();
    out->set_user_id(row.user_id());
    *out->mutable_roles() = row.role();
    const std::string owner = PresentResource(reader, row, out);
    PresentDetails(row.stamp(), owner, out->mutable_details());
  }
  return response;
}

}  // namespace muniment::query
