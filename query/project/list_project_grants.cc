#include <algorithm>

#include "query/project/present.h"
#include "query/text_query.h"

namespace muniment::query {

using google::protobuf::Message;
using zitadel::project::v2::ListProjectGrantsRequest;
using zitadel::project::v2::ListProjectGrantsResponse;

namespace {

// A project's name is no column of its grants.
Named NameOfProject(const Reader& reader) {
  Named named;
  named.name = "project_name";
  named.matches = [&reader](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const zitadel::project::v2::ProjectNameFilter&>(argument);
    const TextQuery wanted(query.project_name(), query.method());
    return wanted.Fits(
        ProjectName(reader, static_cast<const row::v1::ProjectGrant&>(row).project_id()));
  };
  return named;
}

Named SomeRole() {
  Named named;
  named.name = "role_key";
  named.matches = [](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& query = static_cast<const zitadel::project::v2::ProjectRoleKeyFilter&>(argument);
    const TextQuery wanted(query.key(), query.method());
    const auto& keys = static_cast<const row::v1::ProjectGrant&>(row).role_key();
    return std::any_of(keys.begin(), keys.end(),
                       [&wanted](const std::string& key) { return wanted.Fits(key); });
  };
  return named;
}

}  // namespace

absl::StatusOr<ListProjectGrantsResponse> ListProjectGrants(
    Reader& reader, const ListProjectGrantsRequest& request) {
  ListSpec<row::v1::ProjectGrant> spec;
  // Both sides see it.
  spec.owner_column = "organization_id";
  spec.managed.organizations = {"granted_organization_id"};
  spec.managed.projects = {"project_id"};
  spec.managed.grants = {"grant_id"};
  spec.stands = [&reader](const row::v1::ProjectGrant& row) { return GrantStands(reader, row); };
  spec.sweeps = {"sweep.project", "sweep.organization"};
  spec.named = {NameOfProject(reader), SomeRole()};
  return reader.List<ListProjectGrantsResponse>(request, std::move(spec), &PresentGrant);
}

}  // namespace muniment::query
