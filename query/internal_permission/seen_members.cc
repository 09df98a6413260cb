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

enum class How { kNot, kWhole, kPartly };

How Together(std::initializer_list<bool> each) {
  const auto count = std::count(each.begin(), each.end(), true);
  if (count == 0) return How::kNot;
  return static_cast<size_t>(count) == each.size() ? How::kWhole : How::kPartly;
}

class Finder {
 public:
  explicit Finder(Reader& reader) : reader_(reader) {}

  absl::StatusOr<std::optional<SeenMembers>> Find() {
    const Caller& caller = reader_.call().caller;
    if (reader_.call().rule->self() == SELF_ALLOW) seen_.visibility.self = caller.user_id;
    ASSIGN_OR_RETURN(seen_.on_instance, reader_.Holds(Of("iam"), ""));
    ASSIGN_OR_RETURN(const bool org, reader_.Holds(Of("org"), ""));
    ASSIGN_OR_RETURN(const bool project, reader_.Holds(Of("project"), ""));
    ASSIGN_OR_RETURN(const bool grant, reader_.Holds(Of("project.grant"), ""));
    const How by_instance = Together({org, project, grant});
    seen_.visibility.all = by_instance == How::kWhole;
    if (seen_.visibility.all) return seen_;
    if (by_instance == How::kPartly || seen_.on_instance) return std::nullopt;
    if (caller.must_change_password) return seen_;
    ASSIGN_OR_RETURN(const auto members, reader_.Memberships(caller.user_id));
    for (const Member& member : members) {
      ASSIGN_OR_RETURN(const bool told, By(member));
      if (!told) return std::nullopt;
    }
    std::sort(seen_.visibility.organizations.begin(), seen_.visibility.organizations.end());
    ASSIGN_OR_RETURN(const bool few, Received());
    if (!few) return std::nullopt;
    See("project_id", std::move(projects_));
    See("resource_id", std::move(resources_));
    return seen_;
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
    ASSIGN_OR_RETURN(const bool grant, permits("project.grant"));
    if (counting->level == Level::kProjectGrant) {
      if (grant) resources_.push_back(member.resource_id());
      return true;
    }
    ASSIGN_OR_RETURN(const bool project, permits("project"));
    How how = Together({project, grant});
    if (counting->level == Level::kOrg) {
      ASSIGN_OR_RETURN(const bool org, permits("org"));
      how = Together({org, project, grant});
    }
    if (how == How::kWhole) {
      auto& places = counting->level == Level::kOrg ? seen_.visibility.organizations : projects_;
      places.push_back(member.resource_id());
    }
    return how != How::kPartly;
  }

  // A manager of either side sees who is set over a grant.
  absl::StatusOr<bool> Received() {
    for (const std::string& organization : seen_.visibility.organizations) {
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
    seen_.visibility.sights.push_back({column, std::move(values)});
  }

  Reader& reader_;
  SeenMembers seen_;
  std::vector<std::string> projects_, resources_;
};

}  // namespace

absl::StatusOr<std::optional<SeenMembers>> FindSeenMembers(Reader& reader) {
  return Finder(reader).Find();
}

}  // namespace muniment::query
