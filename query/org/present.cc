#include "query/org/present.h"

#include "query/present.h"

namespace muniment::query {

namespace {

// States are numbered alike.
template <class State, class Out>
void Present(const row::v1::Org& row, Out* out) {
  out->set_id(row.id());
  PresentDetails(row.stamp(), row.id(), out->mutable_details());
  out->set_state(static_cast<State>(row.state()));
  out->set_name(row.name());
  out->set_primary_domain(row.primary_domain());
}

}  // namespace

void PresentOrg(const Reader&, const row::v1::Org& row, zitadel::org::v2::Organization* out) {
  Present<zitadel::org::v2::OrganizationState>(row, out);
}

void PresentOrg(const Reader&, const row::v1::Org& row, zitadel::org::v1::Org* out) {
  Present<zitadel::org::v1::OrgState>(row, out);
}

absl::StatusOr<bool> SomeDomain(Reader& reader, const std::string& organization_id,
                                const std::function<bool(const std::string& domain)>& fits) {
  const auto& table = projections::TablePlan::Of<row::v1::OrgDomain>();
  auto cursor =
      reader.view().ScanRows(reader.instance(), table, table.Key({organization_id}));
  row::v1::OrgDomain domain;
  for (; cursor.Valid(); cursor.Next()) {
    RETURN_IF_ERROR(cursor.Row(&domain));
    if (fits(domain.domain())) return true;
  }
  RETURN_IF_ERROR(cursor.status());
  return false;
}

}  // namespace muniment::query
