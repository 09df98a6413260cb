#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/generic_call.h"
#include "gateway/cli/method_finder.h"
#include "gateway/cli/server.h"
#include "gateway/services.h"
#include "google/protobuf/util/json_util.h"

namespace muniment::gateway {
namespace {

struct CallOptions {
  std::string method;
  std::string body = "{}";
  ServerOptions server;
  bool list = false;
  bool show_headers = false;
};

absl::Status List(absl::string_view ending) {
  const auto services = LinkedServices(ending);
  if (services.empty()) {
    return Error(absl::StatusCode::kNotFound, "call.unknown_method",
                 absl::StrCat("No service of this program is named ", ending, "."));
  }
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      std::printf("%s/%s\n", service->full_name().c_str(), service->method(i)->name().c_str());
    }
  }
  return absl::OkStatus();
}

absl::Status Print(google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(message, &json, options).ok()) {
    return absl::InternalError("The answer cannot be shown as JSON.");
  }
  std::fputs(json.c_str(), stdout);
  std::fflush(stdout);
  return absl::OkStatus();
}

absl::Status RunCall(const CallOptions& options) {
  if (options.list || options.method.empty()) return List(options.method);
  ASSIGN_OR_RETURN(const MethodFinder::Headers headers, RequestHeaders(options.server));
  ASSIGN_OR_RETURN(const auto channel, OpenChannel(options.server.url, options.server.ca_path));
  MethodFinder finder(channel, headers);
  ASSIGN_OR_RETURN(const auto* method, finder.Find(options.method));
  std::string body = options.body;
  if (body == "-") {
    ASSIGN_OR_RETURN(body, ReadAll(std::cin, "standard input"));
  }
  const auto message = finder.NewMessage(method->input_type());
  const auto parsed = google::protobuf::util::JsonStringToMessage(body, message.get());
  if (!parsed.ok()) {
    return Error(absl::StatusCode::kInvalidArgument, "call.invalid_json",
                 absl::StrCat("That is no ", method->input_type()->full_name(), ": ",
                              std::string(parsed.message())));
  }
  GenericRequest request;
  request.path = absl::StrCat("/", method->service()->full_name(), "/", method->name());
  request.headers = headers;
  request.message = message->SerializeAsString();
  request.timeout = absl::Seconds(options.server.timeout);
  MethodFinder::Headers answered;
  const absl::Status status = CallMethod(
      channel, request,
      [&finder, method](absl::string_view bytes) {
        const auto answer = finder.NewMessage(method->output_type());
        if (!answer->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
          return absl::InternalError("The answer cannot be read.");
        }
        return Print(*answer);
      },
      &answered);
  if (options.show_headers) {
    for (const auto& [name, value] : answered) {
      std::fprintf(stderr, "%s: %s\n", name.c_str(), value.c_str());
    }
  }
  if (status.ok()) return status;
  // The code's name is what people look up.
  std::fprintf(stderr, "%s\n", absl::StatusCodeToString(status.code()).c_str());
  for (const auto& [key, value] : ErrorFacts(status)) {
    std::fprintf(stderr, "  %s: %s\n", key.c_str(), value.c_str());
  }
  return status;
}

}  // namespace

void AddCall(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("call", "Calls a method of any gRPC server");
  const auto options = std::make_shared<CallOptions>();
  sub->add_option("method", options->method, "SERVICE/METHOD; the last words of the service do")
      ->type_name("SERVICE/METHOD");
  sub->add_option("body", options->body, "The request as JSON; - reads standard input")
      ->type_name("JSON");
  AddServerFlags(*sub, options->server);
  sub->add_flag("--list", options->list, "Name the methods that this program knows");
  sub->add_flag("--show-headers", options->show_headers, "Print the answer's headers");
  sub->footer(
      "Examples:\n"
      "  muniment call --list UserService\n"
      "  muniment call OrganizationService/AddOrganization '{\"name\": \"Acme\"}' \\\n"
      "      --token-file muniment-data/admin.pat\n"
      "A method this program does not know is looked up by the server's reflection service.");
  sub->callback([options, &line] { line.result = RunCall(*options); });
}

}  // namespace muniment::gateway
