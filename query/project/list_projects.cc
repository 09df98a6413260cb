#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/timestamp.h"
#include "query/project/present.h"
#include "query/text_query.h"

// Projects that an organization owns, and those that one is granted: each grant is listed as the
// project that it opens to its organization. Who sees projects by the instance sees each once,
// unless he asks for an organization's.
namespace muniment::query {

using google::protobuf::Message;
using zitadel::project::v2::ListProjectsRequest;
using zitadel::project::v2::ListProjectsResponse;
using zitadel::project::v2::Project;
using zitadel::project::v2::ProjectFieldName;
using zitadel::project::v2::ProjectOrganizationIDFilter;
using zitadel::project::v2::ProjectSearchFilter;

namespace {

constexpr size_t kMaxGranted = 10'000;

bool Owned(const ProjectOrganizationIDFilter& filter) {
  return filter.type() != ProjectOrganizationIDFilter::GRANTED;
}

bool Granted(const ProjectOrganizationIDFilter& filter) {
  return filter.type() != ProjectOrganizationIDFilter::OWNED;
}

Named OfOrganization() {
  Named named;
  named.name = "organization";
  named.matches = [](const Message& argument, const Message& row) -> absl::StatusOr<bool> {
    const auto& filter = static_cast<const ProjectOrganizationIDFilter&>(argument);
    return Owned(filter) && filter.organization_id() ==
                                static_cast<const row::v1::Project&>(row).organization_id();
  };
  named.narrow = [](const Message& argument) -> std::vector<Narrowing> {
    const auto& filter = static_cast<const ProjectOrganizationIDFilter&>(argument);
    return {{"organization_id", filter.organization_id()}};
  };
  return named;
}

ListSpec<row::v1::Project> OwnedSpec(const Reader& reader) {
  ListSpec<row::v1::Project> spec;
  spec.owner_column = "organization_id";
  spec.managed.projects = {"id"};
  spec.stands = [&reader](const row::v1::Project& row) {
    return reader.projects().Exists(reader.owners(), reader.instance(), row.id());
  };
  spec.sweeps = {{"sweep.project", "id"}};
  spec.named = {OfOrganization()};
  return spec;
}

// Whether the grant is one of those that are asked for.
bool Fits(const Reader& reader, const ListProjectsRequest& request,
          const row::v1::ProjectGrant& grant) {
  for (const ProjectSearchFilter& filter : request.filters()) {
    bool fits = true;
    switch (filter.filter_case()) {
      case ProjectSearchFilter::kProjectNameFilter:
        fits = TextQuery(filter.project_name_filter().project_name(),
                         filter.project_name_filter().method())
                   .Fits(ProjectName(reader, grant.project_id()));
        break;
      case ProjectSearchFilter::kInProjectIdsFilter: {
        const auto& ids = filter.in_project_ids_filter().ids();
        fits = std::find(ids.begin(), ids.end(), grant.project_id()) != ids.end();
        break;
      }
      case ProjectSearchFilter::kOrganizationIdFilter:
        fits = Granted(filter.organization_id_filter()) &&
               filter.organization_id_filter().organization_id() ==
                   grant.granted_organization_id();
        break;
      case ProjectSearchFilter::FILTER_NOT_SET:
        break;
    }
    if (!fits) return false;
  }
  return true;
}

// The organization whose granted projects are asked for; empty where all that are seen are.
absl::StatusOr<std::optional<std::string>> GrantedTo(Reader& reader,
                                                     const ListProjectsRequest& request) {
  for (const ProjectSearchFilter& filter : request.filters()) {
    if (!filter.has_organization_id_filter()) continue;
    if (!Granted(filter.organization_id_filter())) return std::nullopt;
    return filter.organization_id_filter().organization_id();
  }
  ASSIGN_OR_RETURN(const bool by_instance, reader.Holds(reader.call().rule->permission(), ""));
  if (by_instance) return std::nullopt;
  return "";
}

absl::StatusOr<std::vector<Project>> GrantedProjects(Reader& reader,
                                                     const ListProjectsRequest& request) {
  std::vector<Project> projects;
  ASSIGN_OR_RETURN(const auto to, GrantedTo(reader, request));
  if (!to.has_value()) return projects;
  zitadel::project::v2::ListProjectGrantsRequest grants;
  if (!to->empty()) grants.add_filters()->mutable_granted_organization_id_filter()->set_id(*to);
  ListSpec<row::v1::ProjectGrant> spec;
  spec.owner_column = "granted_organization_id";
  spec.managed.grants = {"grant_id"};
  spec.stands = [&reader](const row::v1::ProjectGrant& row) { return GrantStands(reader, row); };
  spec.sweeps = {{"sweep.project", "project_id"}, {"sweep.organization"}};
  spec.slice = Slice{0, kMaxGranted};
  ASSIGN_OR_RETURN(const Page page, reader.Rows(grants, std::move(spec)));
  if (page.total > kMaxGranted) {
    return Error(absl::StatusCode::kResourceExhausted, "query.too_broad",
                 "The search finds too many granted projects; narrow it.");
  }
  for (const auto& row : page.rows) {
    const auto& grant = static_cast<const row::v1::ProjectGrant&>(*row);
    const auto project = reader.projects().Project(reader.instance(), grant.project_id());
    if (project == nullptr || !Fits(reader, request, grant)) continue;
    Project& listed = projects.emplace_back();
    PresentProject(*project, &listed);
    *listed.mutable_creation_date() = grant.stamp().created();
    *listed.mutable_change_date() = grant.stamp().changed();
    listed.set_granted_organization_id(grant.granted_organization_id());
    listed.set_granted_organization_name(OrganizationName(reader, grant.granted_organization_id()));
    listed.set_granted_state(
        static_cast<zitadel::project::v2::GrantedProjectState>(grant.state()));
  }
  return projects;
}

// What both kinds are sorted by, in the order of the published fields.
std::pair<std::string, int64_t> SortKey(ProjectFieldName column, const Project& project) {
  switch (column) {
    case zitadel::project::v2::PROJECT_FIELD_NAME_ID:
      return {project.project_id(), 0};
    case zitadel::project::v2::PROJECT_FIELD_NAME_NAME:
      return {FoldForSearch(project.name()), 0};
    case zitadel::project::v2::PROJECT_FIELD_NAME_CHANGE_DATE:
      return {"", absl::ToUnixMicros(ToTime(project.change_date()))};
    default:
      return {"", absl::ToUnixMicros(ToTime(project.creation_date()))};
  }
}

}  // namespace

absl::StatusOr<ListProjectsResponse> ListProjects(Reader& reader,
                                                  const ListProjectsRequest& request) {
  ASSIGN_OR_RETURN(std::vector<Project> projects, GrantedProjects(reader, request));
  ListProjectsResponse response;
  ListSpec<row::v1::Project> spec = OwnedSpec(reader);
  ASSIGN_OR_RETURN(const ListRequest asked,
                   ParseListRequest(request, projections::TablePlan::Of<row::v1::Project>()));
  const bool merged = !projects.empty();
  // A page of both begins somewhere in either.
  if (merged) {
    const uint64_t end = std::min<uint64_t>(asked.offset + asked.limit,
                                            std::numeric_limits<uint32_t>::max());
    spec.slice = Slice{0, static_cast<uint32_t>(end)};
  }
  ASSIGN_OR_RETURN(Page page, reader.Rows(request, std::move(spec)));
  page.total += projects.size();
  page.limit = asked.limit;
  for (const auto& row : page.rows) {
    PresentProject(static_cast<const row::v1::Project&>(*row), &projects.emplace_back());
  }
  if (merged) {
    std::stable_sort(projects.begin(), projects.end(), [&](const Project& a, const Project& b) {
      const auto left = SortKey(request.sorting_column(), a);
      const auto right = SortKey(request.sorting_column(), b);
      return asked.ascending ? left < right : right < left;
    });
  }
  const size_t first = merged ? std::min<uint64_t>(asked.offset, projects.size()) : 0;
  const size_t last = std::min<uint64_t>(first + asked.limit, projects.size());
  for (size_t i = first; i < last; ++i) *response.add_projects() = std::move(projects[i]);
  RETURN_IF_ERROR(reader.FillPaging(request, page, &response));
  return response;
}

}  // namespace muniment::query
