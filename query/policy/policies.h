// What the methods about settings share (muniment/api/policy/v1): which setting counts, and how it is
// shown.
#ifndef MUNIMENT_QUERY_POLICY_POLICIES_H_
#define MUNIMENT_QUERY_POLICY_POLICIES_H_

#include <string>

#include "absl/status/statusor.h"
#include "muniment/api/policy/v1/policy_service.pb.h"
#include "query/reader.h"

namespace muniment::query {

// What counts in the organization; where it is empty, what counts for all that have none of their own.
// FAILED_PRECONDITION "policy.default_missing" on an instance without one.
absl::StatusOr<api::policy::v1::GetPolicyResponse> ReadPolicy(Reader& reader,
                                                              const std::string& organization_id,
                                                              api::policy::v1::PolicyType type);

}  // namespace muniment::query

#endif  // MUNIMENT_QUERY_POLICY_POLICIES_H_
