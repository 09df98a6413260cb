#include <optional>
#include <string>

#include "base/host_name.h"
#include "query/org/present.h"
#include "zitadel/management.pb.h"

namespace muniment::query {

using row::v1::OrgDomain;
using zitadel::management::v1::GetOrgByDomainGlobalRequest;
using zitadel::management::v1::GetOrgByDomainGlobalResponse;

namespace {

// Whose the domain counts as; empty for nobody's.
absl::StatusOr<std::string> Holder(Reader& reader, const std::string& domain) {
  const auto& table = projections::TablePlan::Of<OrgDomain>();
  const auto& index = table.index("domain");
  projections::IndexRange range;
  range.prefix = index.Prefix({domain});
  auto cursor = reader.view().Scan(reader.instance(), table, index, std::move(range));
  for (; cursor.Valid(); cursor.Next()) {
    ASSIGN_OR_RETURN(const auto row,
                     reader.view().GetByKey<OrgDomain>(reader.instance(), cursor.row_key()));
    if (row.has_value() && row->verified() && row->domain() == domain &&
        reader.owners().Exists(reader.instance(), row->organization_id())) {
      return row->organization_id();
    }
  }
  RETURN_IF_ERROR(cursor.status());
  return std::string();
}

}  // namespace

absl::StatusOr<GetOrgByDomainGlobalResponse> GetOrgByDomainGlobal(
    Reader& reader, const GetOrgByDomainGlobalRequest& request) {
  RETURN_IF_ERROR(reader.AllowAnywhere());
  const std::string domain = HostName(request.domain()).value_or(request.domain());
  ASSIGN_OR_RETURN(const std::string id, Holder(reader, domain));
  ASSIGN_OR_RETURN(const auto org,
                   reader.view().Get<row::v1::Org>(reader.instance(), {id}));
  if (id.empty() || !org.has_value()) {
    return Error(absl::StatusCode::kNotFound, "org.not_found", "There is no such org.");
  }
  GetOrgByDomainGlobalResponse response;
  PresentOrg(reader, *org, response.mutable_org());
  return response;
}

}  // namespace muniment::query
