// The values of one enum as those of another that means the same, by their names without what all
// names of their enum begin with, and without regard to case, in which the published ones differ.
//
//   const NamedAlike alike = ByName(*own.enum_type(), *twin.enum_type());
//   alike.values.at(USER_STATE_LOCKED);    // the other's number of "LOCKED"
//   alike.nameless;                        // those that the other has no name for
//
// What a client sends and the twin has no name for is refused by name (message_map.h). Of answers
// nothing may get lost: a value that the own enum has no name for stands in a list (AllLeftOut) with the
// reason why no client misses it, or the server does not start.
#ifndef MUNIMENT_GATEWAY_API_ENUM_NAMES_H_
#define MUNIMENT_GATEWAY_API_ENUM_NAMES_H_

#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "google/protobuf/descriptor.h"

namespace muniment::gateway {

struct NamedAlike {
  absl::flat_hash_map<int, int> values;  // by number
  std::vector<const google::protobuf::EnumValueDescriptor*> nameless;
};
NamedAlike ByName(const google::protobuf::EnumDescriptor& from,
                  const google::protobuf::EnumDescriptor& to);

// Whether the own field can be made of the twin's: all that the twin may say has a name there, or is
// in the list and the field may say nothing instead. INTERNAL "api.binding" names the value.
absl::Status TellsAll(const google::protobuf::FieldDescriptor& own,
                      const google::protobuf::EnumDescriptor& twin);

// The list: own enums, and the twins' values that they leave out.
using LeftOut = std::pair<const google::protobuf::EnumDescriptor*,
                          const google::protobuf::EnumValueDescriptor*>;
std::vector<LeftOut> AllLeftOut();

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_ENUM_NAMES_H_
