// Finds what a method takes and answers: in the interface this program was built with, else by
// asking the server (gRPC reflection, v1 or v1alpha).
//
//   MethodFinder finder(channel, headers);
//   ASSIGN_OR_RETURN(const auto* method, finder.Find("UserService/GetUserByID"));
//   auto request = finder.NewMessage(method->input_type());
//
// One thread. Descriptors and messages live as long as the finder.
// Errors: NOT_FOUND "call.unknown_method" with the nearest names; INVALID_ARGUMENT
// "call.ambiguous_method"; what the server answers.
#ifndef MUNIMENT_GATEWAY_CLI_METHOD_FINDER_H_
#define MUNIMENT_GATEWAY_CLI_METHOD_FINDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor_database.h"
#include "google/protobuf/dynamic_message.h"

namespace grpc {
class Channel;
}

namespace muniment::gateway {

class MethodFinder {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  MethodFinder(std::shared_ptr<grpc::Channel> channel, Headers headers);

  // "zitadel.user.v2.UserService/GetUserByID", or as many of the last words of the service's name
  // as make it the only one: "UserService/GetUserByID".
  absl::StatusOr<const google::protobuf::MethodDescriptor*> Find(absl::string_view name);

  std::unique_ptr<google::protobuf::Message> NewMessage(
      const google::protobuf::Descriptor* descriptor);

 private:
  absl::StatusOr<const google::protobuf::ServiceDescriptor*> AskServer(absl::string_view service);
  absl::StatusOr<std::string> Reflect(const std::string& request_bytes);
  absl::Status FetchFiles(const std::string& request_bytes);
  absl::StatusOr<std::string> FullName(absl::string_view service);

  const std::shared_ptr<grpc::Channel> channel_;
  const Headers headers_;
  google::protobuf::SimpleDescriptorDatabase fetched_;
  google::protobuf::DescriptorPool pool_{&fetched_};
  google::protobuf::DynamicMessageFactory factory_;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_METHOD_FINDER_H_
