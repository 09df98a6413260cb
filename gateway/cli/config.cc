#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/error.h"
#include "gateway/cli/command_line.h"

namespace muniment::gateway {
namespace {

absl::Status RunConfig(const CommandLine& line) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  std::fputs(config.Describe().c_str(), stdout);
  return absl::OkStatus();
}

}  // namespace

void AddConfig(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("config", "Prints the configuration and where it comes from");
  sub->footer(
      "Prints YAML that can be kept as a file, but for secrets, which are masked and to be put in by "
      "hand. Each value is followed by where it was set.\n"
      "A key such as TLS.CertPath is nested in a file, MUNIMENT_TLS_CERTPATH in the environment "
      "and --tls.cert-path as a flag. Secrets have no flag.");
  AddConfigFlags(*sub, line, Shown::kAll);
  sub->callback([&line] { line.result = RunConfig(line); });
}

}  // namespace muniment::gateway
