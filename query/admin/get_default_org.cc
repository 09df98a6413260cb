#include "query/org/present.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetDefaultOrgRequest;
using zitadel::admin::v1::GetDefaultOrgResponse;

absl::StatusOr<GetDefaultOrgResponse> GetDefaultOrg(Reader& reader, const GetDefaultOrgRequest&) {
  ASSIGN_OR_RETURN(const auto instance, reader.view().Get<row::v1::Instance>(
                                            reader.instance(), {reader.instance_id()}));
  const std::string id = instance.has_value() ? instance->default_organization_id() : "";
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>(id));
  GetDefaultOrgResponse response;
  PresentOrg(reader, org, response.mutable_org());
  return response;
}

}  // namespace muniment::query
