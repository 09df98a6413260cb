// Whether a request's field lets through no more than another that it will be made into: so a
// request that was held against its own limits needs not be held against the other's.
#ifndef MUNIMENT_GATEWAY_API_TIGHT_H_
#define MUNIMENT_GATEWAY_API_TIGHT_H_

#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace muniment::gateway {

// INTERNAL "api.binding" names both and what the first does not hold. `empty_is_none`: where it is
// empty the other is left out.
absl::Status CheckAsTight(const google::protobuf::FieldDescriptor& own,
                          const google::protobuf::FieldDescriptor& other,
                          bool empty_is_none = false);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_TIGHT_H_
