// A method that is another's twin (muniment/binding_options.proto): its request is made into the
// twin's, whose handler decides, and the twin's answer into its own.
//
//   ASSIGN_OR_RETURN(auto binding, Binding::Of(descriptor, maps));   // null: it is nobody's twin
//   ASSIGN_OR_RETURN(auto request, binding->Request(own_request, caller, granted));
//
// Details and dates that the own answer has and the twin's does not tell are filled as the router
// does it (command/answer.h), and what an own list says of the state that it was made from.
//
// Immutable. Errors of Of: INTERNAL "api.binding" says what does not fit. Of Request: those of
// MessageMap::Apply. Of Answer besides: NOT_FOUND "<noun>.not_found" where the twin's answer is not
// what the request asks for.
#ifndef MUNIMENT_GATEWAY_API_BINDING_H_
#define MUNIMENT_GATEWAY_API_BINDING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/caller.h"
#include "command/answer.h"
#include "gateway/api/message_map.h"
#include "google/protobuf/message.h"

namespace muniment::gateway {

// What an answer is told beside what the handler says.
struct Told {
  uint64_t sequence = 0;                  // of the instance, that it takes account of
  const command::Stamp* stamp = nullptr;  // of a command's commit
  absl::Time now = {};                    // of a query
  std::string owner = {};                 // of all that a query answers
  const google::protobuf::Message* request = nullptr;  // the own one
};

class Binding {
 public:
  static absl::StatusOr<std::unique_ptr<const Binding>> Of(
      const google::protobuf::MethodDescriptor& method, MessageMaps& maps);

  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Request(
      const google::protobuf::Message& own, const Caller& caller,
      GrantedOrganization granted) const;
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Answer(
      const google::protobuf::Message& twin, const Told& told = {}) const;

 private:
  Binding() = default;
  absl::Status ReadWith(const google::protobuf::MethodDescriptor& method);
  absl::Status ReadConditions(const google::protobuf::MethodDescriptor& method,
                              const google::protobuf::Descriptor& answer);
  absl::Status CheckConditions(const google::protobuf::Message& twin, const Told& told) const;
  // Every field that the twin's request itself requires is said by somebody.
  absl::Status CheckWhole(const google::protobuf::MethodDescriptor& method) const;

  std::unique_ptr<google::protobuf::Message> with_;  // what stands in each request
  const google::protobuf::Message* answer_ = nullptr;  // the own answer's prototype
  std::unique_ptr<const command::AnswerPlan> plan_;
  const google::protobuf::FieldDescriptor* list_ = nullptr;  // its zitadel.v1.ListDetails
  const google::protobuf::FieldDescriptor* found_ = nullptr;  // of the twin's answer
  // Of the own request, and the path in the twin's answer to what says the same.
  struct Confirmed {
    const google::protobuf::FieldDescriptor* own = nullptr;
    std::vector<const google::protobuf::FieldDescriptor*> twin;
  };
  std::vector<Confirmed> confirmed_;
  const MessageMap* request_map_ = nullptr;
  const MessageMap* answer_map_ = nullptr;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_API_BINDING_H_
