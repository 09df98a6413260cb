#include "base/features.h"

#include <vector>

namespace muniment {

void TakeFlags(const event::v1::Features& said, event::v1::Features* features) {
  std::vector<const google::protobuf::FieldDescriptor*> flags;
  said.GetReflection()->ListFields(said, &flags);
  for (const auto* flag : flags) features->GetReflection()->ClearField(features, flag);
  features->MergeFrom(said);
}

}  // namespace muniment
