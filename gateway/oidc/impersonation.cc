#include "gateway/oidc/impersonation.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "base/access.h"
#include "base/error.h"
#include "command/oidc/exchange.h"
#include "muniment/row/v1/oidc.pb.h"
#include "projections/rows_by.h"

namespace muniment::gateway {
namespace {

using projections::Owners;
using projections::RowsBy;
using row::v1::Member;

// Whose managers have power there; empty: the instance's.
std::string OrganizationOf(const Owners& owners, uint64_t instance, const Member& member) {
  const std::string& id = member.resource_id();
  if (member.aggregate() == AGGREGATE_ORG) return id;
  if (member.aggregate() == AGGREGATE_PROJECT) {
    const auto project = owners.projects().Project(instance, id);
    return project == nullptr ? "" : project->organization_id();
  }
  if (member.aggregate() != AGGREGATE_PROJECT_GRANT) return "";
  const auto grant = owners.projects().Grant(instance, id);
  return grant == nullptr ? "" : grant->granted_organization_id();
}

// The roles of one user, and where they stand.
struct Held {
  const Owners& owners;
  uint64_t instance;
  std::vector<std::string> on_instance;
  std::vector<Member> members;

  bool Holds(absl::string_view permission, const std::string& organization) const {
    const auto books = owners.Books(instance, organization);
    if (AllowsOn(Level::kInstance, on_instance, permission, books.books())) return true;
    // What stands in an organization counts as long as it does; so commands have it too.
    if (!owners.Active(instance, organization)) return false;
    for (const Member& member : members) {
      if (member.aggregate() != AGGREGATE_ORG || member.resource_id() != organization) continue;
      const std::vector<std::string> roles(member.role().begin(), member.role().end());
      if (AllowsOn(Level::kOrg, roles, permission, books.books())) return true;
    }
    return false;
  }
};

}  // namespace

absl::StatusOr<bool> StillActsFor(projections::View& view, const Owners& owners,
                                  uint64_t instance, const std::string& actor_id,
                                  const row::v1::User& user) {
  ASSIGN_OR_RETURN(const auto policy,
                   view.Get<row::v1::SecurityPolicy>(
                       instance, {AGGREGATE_INSTANCE, absl::StrCat(instance)}));
  if (!policy.has_value() || !policy->policy().enable_impersonation()) return false;
  Held held{owners, instance, owners.InstanceRoles(instance, actor_id), {}};
  ASSIGN_OR_RETURN(held.members, RowsBy<Member>(view, instance, "user", {actor_id}));
  ASSIGN_OR_RETURN(const auto manages, RowsBy<Member>(view, instance, "user", {user.id()}));
  for (const Member& member : manages) {
    if (!held.Holds(command::kActForManagers, OrganizationOf(owners, instance, member))) {
      return false;
    }
  }
  return held.Holds(manages.empty() ? command::kActForUsers : command::kActForManagers,
                    user.organization_id());
}

}  // namespace muniment::gateway
