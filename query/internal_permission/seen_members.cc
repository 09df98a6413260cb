#include "query/internal_permission/seen_members.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "projections/rows_by.h"

namespace muniment::query {
namespace {

using row::v1::Member;

// So many grants that organizations were given are looked up.
constexpr size_t kMaxReceived = 500;

using Levels = SeenMembers::Levels;

enum class How { kNot, kWhole, kPartly };

How Together(std::initializer_list<bool> each) {
  const auto count = std::count(each.begin(), each.end(), true);
  if (count == 0) return How::kNot;
  return static_cast<size_t>(count) == each.size() ? How::kWhole : How::kPartly;
}

bool At(const SeenMembers::Places& places, const std::string& id, bool Levels::*level) {
  const auto found = places.find(id);
  return found != places.end() && found->second.*level;
}

class Finder {
 public:
  explicit Finder(Reader& reader) : reader_(reader) {}

  absl::StatusOr<SeenMembers> Find() {
    const Caller& caller = reader_.call().caller;
    Visibility& columns = *seen_.columns;
    if (reader_.call().rule->self() == SELF_ALLOW) columns.self = caller.user_id;
    Levels& all = seen_.by_instance;
    ASSIGN_OR_RETURN(seen_.on_instance, reader_.Holds(Of("iam"), ""));
    ASSIGN_OR_RETURN(all.org, reader_.Holds(Of("org"), ""));
    ASSIGN_OR_RETURN(all.project, reader_.Holds(Of("project"), ""));
    ASSIGN_OR_RETURN(all.grant, reader_.Holds(Of("project.grant"), ""));
    const How by_instance = Together({all.org, all.project, all.grant});
    columns.all = by_instance == How::kWhole;
    if (columns.all || caller.must_change_password) return std::move(seen_);
    bool told = by_instance == How::kNot && !seen_.on_instance;
    ASSIGN_OR_RETURN(const auto members, reader_.Memberships(caller.user_id));
    for (const Member& member : members) {
      ASSIGN_OR_RETURN(const bool by_columns, By(member));
      told = told && by_columns;
    }
    if (told) {
      std::sort(columns.organizations.begin(), columns.organizations.end());
      ASSIGN_OR_RETURN(told, Received());
    }
    if (told) {
      See("project_id", std::move(projects_));
      See("resource_id", std::move(resources_));
    } else {
      seen_.columns.reset();
    }
    return std::move(seen_);
  }

 private:
  std::string Of(absl::string_view level) const {
    return absl::StrCat(level, ".", reader_.call().rule->permission());
  }

  // Adds what one membership lets him see; false where no columns say it.
  absl::StatusOr<bool> By(const Member& member) {
    const auto counting = reader_.Counts(member);
    if (!counting.has_value()) return true;
    const std::vector<std::string> roles(member.role().begin(), member.role().end());
    const auto permits = [&](absl::string_view level) {
      return reader_.Permits(counting->level, roles, Of(level), counting->organization);
    };
    const std::string& id = member.resource_id();
    Levels levels;
    ASSIGN_OR_RETURN(levels.grant, permits("project.grant"));
    if (counting->level == Level::kProjectGrant) {
      if (levels.grant) resources_.push_back(id);
      seen_.by_grant[id] = levels;
      return true;
    }
    ASSIGN_OR_RETURN(levels.project, permits("project"));
    How how = Together({levels.project, levels.grant});
    if (counting->level == Level::kOrg) {
      ASSIGN_OR_RETURN(levels.org, permits("org"));
      how = Together({levels.org, levels.project, levels.grant});
    }
    const bool org = counting->level == Level::kOrg;
    (org ? seen_.by_organization : seen_.by_project)[id] = levels;
    if (how == How::kWhole) (org ? seen_.columns->organizations : projects_).push_back(id);
    return how != How::kPartly;
  }

  // A manager of either side sees who is set over a grant.
  absl::StatusOr<bool> Received() {
    for (const std::string& organization : seen_.columns->organizations) {
      ASSIGN_OR_RETURN(const auto grants,
                       projections::RowsBy<row::v1::ProjectGrant>(
                           reader_.view(), reader_.instance(), "granted", {organization},
                           kMaxReceived + 1));
      if (resources_.size() + grants.size() > kMaxReceived) return false;
      for (const auto& grant : grants) {
        resources_.push_back(absl::StrCat(grant.project_id(), "/", grant.grant_id()));
      }
    }
    return true;
  }

  void See(const char* column, std::vector<std::string> values) {
    if (values.empty()) return;
    std::sort(values.begin(), values.end());
    seen_.columns->sights.push_back({column, std::move(values)});
  }

  Reader& reader_;
  SeenMembers seen_;
  std::vector<std::string> projects_, resources_;
};

}  // namespace

bool SeenMembers::Sees(const Reader& reader, const Member& row) const {
  const std::string& id = row.resource_id();
  switch (row.aggregate()) {
    case AGGREGATE_INSTANCE:
      return on_instance;
    case AGGREGATE_ORG:
      return by_instance.org || At(by_organization, id, &Levels::org);
    case AGGREGATE_PROJECT: {
      const auto project = reader.projects().Project(reader.instance(), id);
      if (project == nullptr) return false;
      return by_instance.project || At(by_project, id, &Levels::project) ||
             At(by_organization, project->organization_id(), &Levels::project);
    }
    default: {
      const auto grant = reader.projects().Grant(reader.instance(), id);
      if (grant == nullptr) return false;
      return by_instance.grant || At(by_grant, id, &Levels::grant) ||
             At(by_project, grant->project_id(), &Levels::grant) ||
             At(by_organization, grant->organization_id(), &Levels::grant) ||
             At(by_organization, grant->granted_organization_id(), &Levels::grant);
    }
  }
}

absl::StatusOr<SeenMembers> FindSeenMembers(Reader& reader) {
  return Finder(reader).Find();
}

}  // namespace muniment::query
