// The server that a subcommand asks, and as whom: --url, --token-file, --ca, --header and --timeout.
//
//   auto options = std::make_shared<ServerOptions>();
//   AddServerFlags(*sub, *options);
//   ...
//   ASSIGN_OR_RETURN(const auto headers, RequestHeaders(*options));
//   ASSIGN_OR_RETURN(const auto channel, OpenChannel(options->url, options->ca_path));
//
// Errors: INVALID_ARGUMENT "call.invalid_header", NOT_FOUND "call.unreadable".
#ifndef MUNIMENT_GATEWAY_CLI_SERVER_H_
#define MUNIMENT_GATEWAY_CLI_SERVER_H_

#include <istream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace CLI {
class App;
}

namespace muniment::gateway {

struct ServerOptions {
  std::string url;
  std::string token_path;
  std::string ca_path;
  std::vector<std::string> headers;
  double timeout = 60;  // seconds
};

void AddServerFlags(CLI::App& sub, ServerOptions& options);

// What a call carries: the token, from its file or MUNIMENT_TOKEN, and the headers that were given.
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> RequestHeaders(
    const ServerOptions& options);

// All that a file, or standard input, holds.
absl::StatusOr<std::string> ReadAll(std::istream& stream, absl::string_view name);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_SERVER_H_
