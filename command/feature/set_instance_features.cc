#include <google/protobuf/util/message_differencer.h>

#include <string>
#include <utility>
#include <vector>

#include "base/oidc_application.h"
#include "command/feature/features.h"
#include "zitadel/feature/v2/feature_service.pb.h"

namespace muniment::command {

using google::protobuf::FieldDescriptor;
using google::protobuf::util::MessageDifferencer;
using zitadel::feature::v2::SetInstanceFeaturesRequest;
using zitadel::feature::v2::SetInstanceFeaturesResponse;

namespace {

event::v1::Features Asked(const SetInstanceFeaturesRequest& request) {
  event::v1::Features asked;
  const auto& from = *request.GetReflection();
  std::vector<const FieldDescriptor*> set;
  from.ListFields(request, &set);
  for (const FieldDescriptor* field : set) {
    if (field->type() != FieldDescriptor::TYPE_BOOL) continue;
    const auto* flag = event::v1::Features::descriptor()->FindFieldByName(field->name());
    asked.GetReflection()->SetBool(&asked, flag, from.GetBool(request, field));
  }
  for (const int path : request.improved_performance()) {
    asked.mutable_improved_performance()->add_path(path);
  }
  if (request.has_login_v2()) {
    asked.mutable_login_v2()->set_required(request.login_v2().required());
    asked.mutable_login_v2()->set_base_uri(request.login_v2().base_uri());
  }
  return asked;
}

event::v1::Features Only(event::v1::Features features, const FieldDescriptor* flag) {
  event::v1::Features only;
  only.GetReflection()->SwapFields(&features, &only, {flag});
  return only;
}

event::v1::FeatureEvent EventOf(const FieldDescriptor* flag, const event::v1::Features& only) {
  event::v1::FeatureEvent event;
  auto* kind = event.GetReflection()->MutableMessage(
      &event, event::v1::FeatureEvent::descriptor()->FindFieldByName(flag->name()));
  kind->GetReflection()
      ->MutableMessage(kind, kind->GetDescriptor()->FindFieldByName("features"))
      ->CopyFrom(only);
  return event;
}

}  // namespace

absl::StatusOr<SetInstanceFeaturesResponse> SetInstanceFeatures(
    Unit& unit, const SetInstanceFeaturesRequest& request) {
  const event::v1::Features asked = Asked(request);
  std::vector<const FieldDescriptor*> flags;
  asked.GetReflection()->ListFields(asked, &flags);
  if (flags.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "feature.none_given",
                 "The request sets no feature.");
  }
  const std::string& login = asked.login_v2().base_uri();
  if (!login.empty() && !IsLoginBase(login)) {
    absl::Status refused = Error(absl::StatusCode::kInvalidArgument, "feature.login_base_uri_invalid",
                                 "It must be an http or https URL without a query or a fragment.");
    SetErrorFact(refused, "field", "login_v2.base_uri");
    return refused;
  }
  ASSIGN_OR_RETURN(const auto features, LoadFeatures(unit));
  unit.AnswerWith(features);
  for (const FieldDescriptor* flag : flags) {
    const event::v1::Features wanted = Only(asked, flag);
    if (MessageDifferencer::Equals(wanted, Only(features->flags, flag))) continue;
    unit.Raise(features, EventOf(flag, wanted));
  }
  return SetInstanceFeaturesResponse();
}

}  // namespace muniment::command
