// The services that this program was built with. Thread-safe.
#ifndef MUNIMENT_GATEWAY_SERVICES_H_
#define MUNIMENT_GATEWAY_SERVICES_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace muniment::gateway {

// In order of full names; those whose name ends with `ending` in whole words, or all for "".
std::vector<const google::protobuf::ServiceDescriptor*> LinkedServices(
    absl::string_view ending = "");

// Their methods but for those of gRPC's own services, which have dispatchers of their own.
std::vector<const google::protobuf::MethodDescriptor*> PublishedMethods();

// Whole words: "v2.UserService" ends "zitadel.user.v2.UserService", "Service" does not.
bool EndsWithWords(absl::string_view name, absl::string_view ending);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_SERVICES_H_
