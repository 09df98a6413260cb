#include "query/policy/policies.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/links.h"
#include "muniment/row/v1/oidc.pb.h"
#include "muniment/row/v1/policy.pb.h"
#include "query/present.h"

namespace muniment::query {

using api::policy::v1::GetPolicyResponse;
using api::policy::v1::Policy;
using api::policy::v1::PolicyType;

namespace {

void Show(const row::v1::LoginPolicy& row, PolicyType, Policy* policy) {
  auto& login = *policy->mutable_login();
  *login.mutable_policy() = row.policy();
  for (const int factor : row.second_factor()) {
    login.add_second_factors(static_cast<api::policy::v1::SecondFactor>(factor));
  }
  for (const int factor : row.multi_factor()) {
    login.add_multi_factors(static_cast<api::policy::v1::MultiFactor>(factor));
  }
}

void Show(const row::v1::PrivacyPolicy& row, PolicyType type, Policy* policy) {
  if (type == api::policy::v1::POLICY_TYPE_PRIVACY) {
    *policy->mutable_privacy() = OneOfEach(row.policy());
  } else {
    *policy->mutable_links() = row.policy();
  }
}

template <class Row>
void Show(const Row& row, PolicyType type, Policy* policy) {
  const auto* field = Policy::descriptor()->FindFieldByNumber(type);
  policy->GetReflection()->MutableMessage(policy, field)->CopyFrom(row.policy());
}

template <class Row>
absl::StatusOr<std::optional<Row>> Own(Reader& reader, const std::string& organization_id) {
  if (organization_id.empty()) return std::optional<Row>();
  return reader.view().Get<Row>(reader.instance(), {AGGREGATE_ORG, organization_id});
}

template <class Row>
absl::StatusOr<GetPolicyResponse> Read(Reader& reader, const std::string& organization_id,
                                       PolicyType type) {
  ASSIGN_OR_RETURN(std::optional<Row> row, Own<Row>(reader, organization_id));
  const bool own = row.has_value();
  if (!own) {
    ASSIGN_OR_RETURN(row, reader.view().Get<Row>(reader.instance(),
                                                 {AGGREGATE_INSTANCE, reader.instance_id()}));
  }
  if (!row.has_value()) {
    return Error(absl::StatusCode::kFailedPrecondition, "policy.default_missing",
                 "The instance has no default for this setting.");
  }
  GetPolicyResponse response;
  Show(*row, type, response.mutable_policy());
  response.set_is_default(!own);
  response.set_owner(own ? api::policy::v1::OWNER_ORG : api::policy::v1::OWNER_INSTANCE);
  PresentDetails(row->stamp(), own ? organization_id : reader.instance_id(),
                 response.mutable_details());
  return response;
}

}  // namespace

absl::StatusOr<GetPolicyResponse> ReadPolicy(Reader& reader, const std::string& organization_id,
                                             PolicyType type) {
  namespace types = api::policy::v1;
  switch (type) {
    case types::POLICY_TYPE_PASSWORD_COMPLEXITY:
      return Read<row::v1::PasswordComplexity>(reader, organization_id, type);
    case types::POLICY_TYPE_PASSWORD_AGE:
      return Read<row::v1::PasswordAge>(reader, organization_id, type);
    case types::POLICY_TYPE_LOCKOUT:
      return Read<row::v1::LockoutPolicy>(reader, organization_id, type);
    case types::POLICY_TYPE_LOGIN: return Read<row::v1::LoginPolicy>(reader, organization_id, type);
    case types::POLICY_TYPE_DOMAIN: return Read<row::v1::DomainPolicy>(reader, organization_id, type);
    case types::POLICY_TYPE_LINKS:
    case types::POLICY_TYPE_PRIVACY:
      return Read<row::v1::PrivacyPolicy>(reader, organization_id, type);
    case types::POLICY_TYPE_NOTIFICATION:
      return Read<row::v1::NotificationPolicy>(reader, organization_id, type);
    case types::POLICY_TYPE_SECURITY: return Read<row::v1::SecurityPolicy>(reader, "", type);
    default: break;
  }
  return Error(absl::StatusCode::kInvalidArgument, "policy.setting_missing",
               "The request names no setting.");
}

}  // namespace muniment::query
