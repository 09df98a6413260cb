#include <utility>

#include "query/org/present.h"
#include "zitadel/auth.pb.h"

namespace muniment::query {

using row::v1::Org;
using zitadel::auth::v1::ListMyProjectOrgsRequest;
using zitadel::auth::v1::ListMyProjectOrgsResponse;

absl::StatusOr<ListMyProjectOrgsResponse> ListMyProjectOrgs(
    Reader& reader, const ListMyProjectOrgsRequest& request) {
  ListSpec<Org> spec;
  spec.owner_column = "id";
  spec.named = {DomainOfOrg<zitadel::org::v1::OrgDomainQuery>(reader)};
  ASSIGN_OR_RETURN(const bool all, reader.Holds("org.read", ""));
  if (!all) {
    spec.among.emplace();
    ASSIGN_OR_RETURN(const auto members, reader.Memberships(reader.call().caller.user_id));
    for (const row::v1::Member& row : members) {
      const auto counting = reader.Counts(row);
      if (!counting.has_value()) continue;
      const auto& table = projections::TablePlan::Of<Org>();
      spec.among->push_back({.key = table.Key({counting->organization})});
    }
  }
  return reader.List<ListMyProjectOrgsResponse, Org, zitadel::org::v1::Org>(
      request, std::move(spec), &PresentOrg);
}

}  // namespace muniment::query
