// A method that is another's twin (muniment/binding_options.proto): its request is made into the
// twin's, whose handler decides, and the twin's answer into its own.
//
//   ASSIGN_OR_RETURN(auto binding, Binding::Of(descriptor, maps));   // null: it is nobody's twin
//   ASSIGN_OR_RETURN(auto request, binding->Request(own_request, caller));
//
// Immutable. Errors of Of: INTERNAL "api.binding" says what does not fit. Of Request: those of
// MessageMap::Apply.
#ifndef MUNIMENT_GATEWAY_API_BINDING_H_
#define MUNIMENT_GATEWAY_API_BINDING_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "base/caller.h"
#include "gateway/api/message_map.h"
#include "google/protobuf/message.h"

namespace muniment::gateway {

class Binding {
 public:
  static absl::StatusOr<std::unique_ptr<const Binding>> Of(
      const google::protobuf::MethodDescriptor& method, MessageMaps& maps);

  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Request(
      const google::protobuf::Message& own, const Caller& caller) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Answer(
      const google::protobuf::Message& twin) const;

 private:
  Binding() = default;
  absl::Status ReadWith(const google::protobuf::MethodDescriptor& method);
  // Every field that the twin's request itself requires is said by somebody.
  absl::Status CheckWhole(const google::protobuf::MethodDescriptor& method) const;

  std::unique_ptr<google::protobuf::Message> with_;  // what stands in each request
  const google::protobuf::Message* answer_ = nullptr;  // the own answer's prototype
  const MessageMap* request_map_ = nullptr;
  const MessageMap* answer_map_ = nullptr;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_BINDING_H_
