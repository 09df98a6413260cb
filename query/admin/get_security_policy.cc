#include "muniment/row/v1/oidc.pb.h"
#include "query/present.h"
#include "query/reader.h"
#include "zitadel/admin.pb.h"

namespace muniment::query {

using zitadel::admin::v1::GetSecurityPolicyRequest;
using zitadel::admin::v1::GetSecurityPolicyResponse;

absl::StatusOr<GetSecurityPolicyResponse> GetSecurityPolicy(Reader& reader,
                                                            const GetSecurityPolicyRequest&) {
  ASSIGN_OR_RETURN(const auto row,
                   reader.view().Get<row::v1::SecurityPolicy>(
                       reader.instance(), {AGGREGATE_INSTANCE, reader.instance_id()}));
  if (!row.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "policy.security.default_missing",
                 "The instance has no default for this setting.");
  }
  GetSecurityPolicyResponse response;
  auto& policy = *response.mutable_policy();
  PresentDetails(row->stamp(), reader.instance_id(), policy.mutable_details());
  policy.set_enable_impersonation(row->policy().enable_impersonation());
  return response;
}

}  // namespace muniment::query
