#include "gateway/oidc/impersonation.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "command/oidc/exchange.h"
#include "muniment/row/v1/oidc.pb.h"
#include "query/reader.h"

namespace muniment::gateway {
namespace {

using projections::Owners;
using query::Place;
using row::v1::Member;

// Where what he has roles on is managed; empty: on the instance.
Place PlaceOf(const Owners& owners, uint64_t instance, const Member& member) {
  const std::string& id = member.resource_id();
  if (member.aggregate() == AGGREGATE_ORG) return {.organization_id = id};
  if (member.aggregate() == AGGREGATE_PROJECT) {
    const auto project = owners.projects().Project(instance, id);
    if (project == nullptr) return {};
    return {.organization_id = project->organization_id(), .project_id = id};
  }
  if (member.aggregate() != AGGREGATE_PROJECT_GRANT) return {};
  const auto grant = owners.projects().Grant(instance, id);
  if (grant == nullptr) return {};
  return {.organization_id = grant->granted_organization_id(), .project_grant_id = id};
}

}  // namespace

absl::StatusOr<bool> StillActsFor(projections::View& view, const Owners& owners,
                                  uint64_t instance, const std::string& actor_id,
                                  const row::v1::User& user) {
  ASSIGN_OR_RETURN(const auto policy,
                   view.Get<row::v1::SecurityPolicy>(
                       instance, {AGGREGATE_INSTANCE, absl::StrCat(instance)}));
  if (!policy.has_value() || !policy->policy().enable_impersonation()) return false;
  query::ReadCall call;
  call.instance = instance;
  query::Reader reader(std::move(call), view.Again(), {.owners = &owners});
  ASSIGN_OR_RETURN(const auto manages, reader.Memberships(user.id()));
  const auto wherever_he_manages = [&](const auto& suffices) -> absl::StatusOr<bool> {
    for (const Member& member : manages) {
      ASSIGN_OR_RETURN(const bool enough, suffices(PlaceOf(owners, instance, member)));
      if (!enough) return false;
    }
    return true;
  };
  const auto holds = [&](absl::string_view permission, const Place& place) {
    return reader.HoldsBy(actor_id, permission, place);
  };
  return command::MayActFor(wherever_he_manages, holds,
                            Place{.organization_id = user.organization_id()});
}

}  // namespace muniment::gateway
