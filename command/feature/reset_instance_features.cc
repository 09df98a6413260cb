#include "command/feature/features.h"
#include "zitadel/feature/v2/feature_service.pb.h"

namespace muniment::command {

using zitadel::feature::v2::ResetInstanceFeaturesRequest;
using zitadel::feature::v2::ResetInstanceFeaturesResponse;

absl::StatusOr<ResetInstanceFeaturesResponse> ResetInstanceFeatures(
    Unit& unit, const ResetInstanceFeaturesRequest&) {
  ASSIGN_OR_RETURN(const auto features, LoadFeatures(unit));
  unit.AnswerWith(features);
  std::vector<const google::protobuf::FieldDescriptor*> set;
  features->flags.GetReflection()->ListFields(features->flags, &set);
  if (!set.empty()) unit.Raise(features, event::v1::InstanceFeaturesReset());
  return ResetInstanceFeaturesResponse();
}

}  // namespace muniment::command
