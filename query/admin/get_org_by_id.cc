#include "query/org/present.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetOrgByIDRequest;
using zitadel::admin::v1::GetOrgByIDResponse;

absl::StatusOr<GetOrgByIDResponse> GetOrgByID(Reader& reader, const GetOrgByIDRequest&) {
  ASSIGN_OR_RETURN(const auto org, reader.Target<row::v1::Org>());
  GetOrgByIDResponse response;
  PresentOrg(reader, org, response.mutable_org());
  return response;
}

}  // namespace muniment::query
