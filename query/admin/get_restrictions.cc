#include "muniment/row/v1/instance_settings.pb.h"
#include "query/present.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetRestrictionsRequest;
using zitadel::admin::v1::GetRestrictionsResponse;

absl::StatusOr<GetRestrictionsResponse> GetRestrictions(Reader& reader,
                                                        const GetRestrictionsRequest&) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<row::v1::Restrictions>(
                       reader.instance(), {AGGREGATE_RESTRICTIONS, reader.instance_id()}));
  GetRestrictionsResponse response;
  if (!row.has_value()) {
    response.mutable_details()->set_resource_owner(reader.instance_id());
    return response;
  }
  PresentDetails(row->stamp(), reader.instance_id(), response.mutable_details());
  response.set_disallow_public_org_registration(
      row->policy().disallow_public_org_registration());
  *response.mutable_allowed_languages() = row->policy().allowed_languages();
  return response;
}

}  // namespace muniment::query
