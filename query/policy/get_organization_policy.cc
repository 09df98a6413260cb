#include "query/policy/policies.h"

namespace muniment::query {

using muniment::api::policy::v1::GetOrganizationPolicyRequest;
using muniment::api::policy::v1::GetPolicyResponse;

namespace {

// By the methods that ask for no permission, what counts for the caller himself is his to know; of
// another organization, to who may read its settings.
absl::Status MayRead(Reader& reader, const std::string& organization_id) {
  if (!reader.call().rule->authenticated()) return reader.Target<row::v1::Org>().status();
  if (organization_id == reader.call().caller.organization_id) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool holds, reader.Holds("policy.read", organization_id));
  if (holds && reader.owners().Exists(reader.instance(), organization_id)) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "org.not_found", "There is no such org.");
}

}  // namespace

absl::StatusOr<GetPolicyResponse> GetOrganizationPolicy(
    Reader& reader, const GetOrganizationPolicyRequest& request) {
  RETURN_IF_ERROR(MayRead(reader, request.organization_id()));
  return ReadPolicy(reader, request.inherited() ? "" : request.organization_id(), request.type());
}

}  // namespace muniment::query
