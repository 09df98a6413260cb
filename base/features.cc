#include "base/features.h"

#include <vector>

namespace muniment {

void TakeFlags(const event::v1::Features& said, event::v1::Features* features) {
  std::vector<const google::protobuf::FieldDescriptor*> flags;
  said.GetReflection()->ListFields(said, &flags);
  for (const auto* flag : flags) features->GetReflection()->ClearField(features, flag);
  features->MergeFrom(said);
}

std::string LoginBaseUri(const event::v1::LoginVersion& named, const event::v1::Features& features) {
  if (!named.v2().base_uri().empty()) return named.v2().base_uri();
  const event::v1::FeatureLogin& login = features.login_v2();
  // Who asked for the older login gets ours, as long as he may.
  if (named.has_v1() && !login.required()) return {};
  return login.base_uri();
}

}  // namespace muniment
