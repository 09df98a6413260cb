#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/generic_call.h"
#include "gateway/cli/method_finder.h"
#include "gateway/cli/parse_error.h"
#include "gateway/services.h"
#include "google/protobuf/util/json_util.h"

namespace muniment::gateway {
namespace {

struct CallOptions {
  std::string method;
  std::string body = "{}";
  std::string url;
  std::string token_path;
  std::string ca_path;
  std::vector<std::string> headers;
  double timeout = 60;
  bool list = false;
  bool show_headers = false;
};

std::string FromEnvironment(const char* name, const char* fallback) {
  const char* value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

absl::StatusOr<std::string> ReadAll(std::istream& stream, absl::string_view name) {
  std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (stream.bad() || (text.empty() && stream.fail())) {
    return Error(absl::StatusCode::kNotFound, "call.unreadable",
                 absl::StrCat(name, " cannot be read."));
  }
  return text;
}

// What grpc++ would abort for. A name that ends with -bin has any bytes.
bool IsLegalHeader(absl::string_view name, absl::string_view value) {
  const auto in_name = [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-' || c == '_' || c == '.';
  };
  const auto in_value = [](char c) { return c >= 0x20 && c <= 0x7e; };
  return !name.empty() && std::all_of(name.begin(), name.end(), in_name) &&
         (absl::EndsWith(name, "-bin") || std::all_of(value.begin(), value.end(), in_value));
}

absl::StatusOr<MethodFinder::Headers> RequestHeaders(const CallOptions& options) {
  MethodFinder::Headers headers;
  std::string token = FromEnvironment("MUNIMENT_TOKEN", "");
  if (!options.token_path.empty()) {
    std::ifstream file(options.token_path);
    ASSIGN_OR_RETURN(token, ReadAll(file, options.token_path));
  }
  token = std::string(absl::StripAsciiWhitespace(token));
  if (!token.empty()) headers.emplace_back("authorization", absl::StrCat("Bearer ", token));
  for (const std::string& header : options.headers) {
    const size_t colon = header.find(':');
    if (colon == std::string::npos || colon == 0) {
      return Error(absl::StatusCode::kInvalidArgument, "call.invalid_header",
                   absl::StrCat("A header is written NAME:VALUE, not \"", header, "\"."));
    }
    headers.emplace_back(absl::AsciiStrToLower(header.substr(0, colon)),
                         std::string(absl::StripAsciiWhitespace(header.substr(colon + 1))));
  }
  for (const auto& [name, value] : headers) {
    if (IsLegalHeader(name, value)) continue;
    return Error(absl::StatusCode::kInvalidArgument, "call.invalid_header",
                 name == "authorization"
                     ? std::string("The token holds bytes that no token has. Is it the right file?")
                     : absl::StrCat("No header may be called or hold this: \"", name, "\"."));
  }
  return headers;
}

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
  ASSIGN_OR_RETURN(const MethodFinder::Headers headers, RequestHeaders(options));
  ASSIGN_OR_RETURN(const auto channel, OpenChannel(options.url, options.ca_path));
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
  request.timeout = absl::Seconds(options.timeout);
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
  options->url = FromEnvironment("MUNIMENT_URL", "http://localhost:8080");
  sub->add_option("method", options->method, "SERVICE/METHOD; the last words of the service do")
      ->type_name("SERVICE/METHOD");
  sub->add_option("body", options->body, "The request as JSON; - reads standard input")
      ->type_name("JSON");
  sub->add_option("--url", options->url, "The server, else MUNIMENT_URL")->capture_default_str();
  sub->add_option("--token-file", options->token_path,
                  "A file with the token to show, else the token in MUNIMENT_TOKEN")
      ->type_name("FILE");
  sub->add_option("--ca", options->ca_path, "Certificates to trust, in PEM")->type_name("FILE");
  sub->add_option("-H,--header", options->headers, "A header NAME:VALUE; as often as wanted")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false);
  sub->add_option("--timeout", options->timeout, "How long the call may take")
      ->capture_default_str()
      ->type_name("SECONDS")
      ->check(SecondsUpToADay());
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
