#include "query/policy/policies.h"

namespace muniment::query {

using muniment::api::policy::v1::GetInstancePolicyRequest;
using muniment::api::policy::v1::GetPolicyResponse;

absl::StatusOr<GetPolicyResponse> GetInstancePolicy(Reader& reader,
                                                    const GetInstancePolicyRequest& request) {
  return ReadPolicy(reader, "", request.type());
}

}  // namespace muniment::query
