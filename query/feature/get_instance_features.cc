#include <optional>
#include <vector>

#include "muniment/row/v1/feature.pb.h"
#include "query/present.h"
#include "query/reader.h"
#include "zitadel/feature/v2/feature_service.pb.h"

namespace muniment::query {

namespace wire = zitadel::feature::v2;

using google::protobuf::FieldDescriptor;
using wire::GetInstanceFeaturesRequest;
using wire::GetInstanceFeaturesResponse;

namespace {

// As the platform has it, where the instance says nothing: what is always so here.
event::v1::Features Inherited() {
  event::v1::Features features;
  features.set_login_default_org(false);
  features.set_user_schema(false);
  features.set_oidc_token_exchange(true);
  features.mutable_improved_performance();
  features.set_debug_oidc_parent_error(false);
  features.set_oidc_single_v1_session_termination(true);
  features.set_enable_back_channel_logout(true);
  features.mutable_login_v2();
  features.set_permission_check_v2(true);
  features.set_console_use_v2_user_api(true);
  features.set_enable_relational_tables(true);
  return features;
}

// The flags that are set in `features` and not yet told.
void Present(const event::v1::Features& features, wire::Source source,
             GetInstanceFeaturesResponse* response) {
  const auto& to = *response->GetReflection();
  std::vector<const FieldDescriptor*> flags;
  features.GetReflection()->ListFields(features, &flags);
  for (const FieldDescriptor* flag : flags) {
    const auto* told = GetInstanceFeaturesResponse::descriptor()->FindFieldByName(flag->name());
    if (to.HasField(*response, told)) continue;
    google::protobuf::Message* answer = to.MutableMessage(response, told);
    if (flag->type() == FieldDescriptor::TYPE_BOOL) {
      auto& one = static_cast<wire::FeatureFlag&>(*answer);
      one.set_enabled(features.GetReflection()->GetBool(features, flag));
    }
    const auto* of = answer->GetDescriptor()->FindFieldByName("source");
    answer->GetReflection()->SetEnumValue(answer, of, source);
  }
}

void PresentParts(const event::v1::Features& features, GetInstanceFeaturesResponse* response) {
  for (const uint32_t path : features.improved_performance().path()) {
    response->mutable_improved_performance()->add_execution_paths(
        static_cast<wire::ImprovedPerformance>(path));
  }
  if (!features.has_login_v2()) return;
  auto& login = *response->mutable_login_v2();
  login.set_required(features.login_v2().required());
  if (!features.login_v2().base_uri().empty()) login.set_base_uri(features.login_v2().base_uri());
}

}  // namespace

absl::StatusOr<GetInstanceFeaturesResponse> GetInstanceFeatures(
    Reader& reader, const GetInstanceFeaturesRequest& request) {
  ASSIGN_OR_RETURN(const auto row, reader.view().Get<row::v1::Features>(reader.instance(),
                                                                       {reader.instance_id()}));
  if (!request.inheritance() && (!row.has_value() || !row->has_features())) {
    return Error(absl::StatusCode::kNotFound, "feature.none_set",
                 "The instance has set no feature.");
  }
  GetInstanceFeaturesResponse response;
  if (row.has_value()) {
    PresentDetails(row->stamp(), reader.instance_id(), response.mutable_details());
    Present(row->features(), wire::SOURCE_INSTANCE, &response);
    PresentParts(row->features(), &response);
  }
  if (request.inheritance()) Present(Inherited(), wire::SOURCE_UNSPECIFIED, &response);
  return response;
}

}  // namespace muniment::query
