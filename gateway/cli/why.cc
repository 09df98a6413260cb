#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/generic_call.h"
#include "gateway/cli/server.h"
#include "gateway/cli/told.h"
#include "google/protobuf/util/json_util.h"
#include "muniment/api/permission/v1/permission.pb.h"

namespace muniment::gateway {
namespace {

using api::permission::v1::ExplainRequest;
using api::permission::v1::ExplainResponse;

struct WhyOptions {
  std::string user;
  std::string permission;
  std::string resource;
  ServerOptions server;
  bool json = false;
};

absl::StatusOr<ExplainResponse> Ask(const WhyOptions& options) {
  ExplainRequest asked;
  asked.set_user(options.user);
  asked.set_permission(options.permission);
  ASSIGN_OR_RETURN(*asked.mutable_resource(), ParseResource(options.resource));
  ASSIGN_OR_RETURN(const auto headers, RequestHeaders(options.server));
  ASSIGN_OR_RETURN(const auto channel, OpenChannel(options.server.url, options.server.ca_path));
  GenericRequest request;
  request.path = "/muniment.api.permission.v1.PermissionService/Explain";
  request.headers = headers;
  request.message = asked.SerializeAsString();
  request.timeout = absl::Seconds(options.server.timeout);
  ExplainResponse explained;
  RETURN_IF_ERROR(CallMethod(channel, request, [&explained](absl::string_view bytes) {
    return explained.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
               ? absl::OkStatus()
               : absl::InternalError("The answer cannot be read.");
  }));
  return explained;
}

absl::Status RunWhy(const WhyOptions& options) {
  ASSIGN_OR_RETURN(const ExplainResponse explained, Ask(options));
  std::string text;
  if (options.json) {
    google::protobuf::util::JsonPrintOptions printing;
    printing.add_whitespace = true;
    if (!google::protobuf::util::MessageToJsonString(explained, &text, printing).ok()) {
      return absl::InternalError("The answer cannot be shown as JSON.");
    }
  } else {
    text = Tell(explained);
  }
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return absl::OkStatus();
}

}  // namespace

void AddWhy(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("why", "Tells why a user may do something, or may not");
  const auto options = std::make_shared<WhyOptions>();
  sub->add_option("user", options->user, "The user's id or login name")
      ->type_name("USER")
      ->required();
  sub->add_option("permission", options->permission, "user.write, project.grant.read, ...")
      ->type_name("PERMISSION")
      ->required();
  sub->add_option("resource", options->resource,
                  "instance, org/ID, project/ID or grant/PROJECT/ORG")
      ->type_name("RESOURCE")
      ->required();
  AddServerFlags(*sub, options->server);
  sub->add_flag("--json", options->json, "The whole answer as JSON");
  sub->footer(
      "Asks a running server, which decides as for a call of the user's own: yes or no, by which "
      "roles, or what is missing, each with the event that made it so and who did it. The token's "
      "user must hold user.membership.read on the user's organization; what he may not read is "
      "withheld.\n"
      "Examples:\n"
      "  muniment why ada user.write org/267842378123 --token-file muniment-data/admin.pat\n"
      "  muniment why ada user.grant.write grant/267842378124/267842378125");
  sub->callback([options, &line] { line.result = RunWhy(*options); });
}

}  // namespace muniment::gateway
