// One call of any gRPC method by its path, with bytes in and out: grpc++'s generic client without
// generated code.
//
// Blocks the calling thread. Errors are the server's, with its reason and facts as base/error.h
// keeps them; UNAVAILABLE when there is no server.
#ifndef MUNIMENT_GATEWAY_CLI_GENERIC_CALL_H_
#define MUNIMENT_GATEWAY_CLI_GENERIC_CALL_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
}

namespace muniment::gateway {

// "http://localhost:8080" or "https://id.example.com". `ca_path` names a PEM file to trust instead
// of the machine's.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(absl::string_view url,
                                                           const std::string& ca_path);

struct GenericRequest {
  std::string path;                                          // "/package.Service/Method"
  std::vector<std::pair<std::string, std::string>> headers;  // lower case names
  std::string message;
  absl::Duration timeout = absl::Seconds(60);
};

// `on_message` gets each message of the answer; response headers are added to `headers` where it
// is given.
absl::Status CallMethod(const std::shared_ptr<grpc::Channel>& channel,
                        const GenericRequest& request,
                        absl::FunctionRef<absl::Status(absl::string_view)> on_message,
                        std::vector<std::pair<std::string, std::string>>* headers = nullptr);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_GENERIC_CALL_H_
