#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/log.h"
#include "gateway/node.h"
#include "gateway/private_file.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

// SIGTERM and SIGINT, blocked in every thread and taken by the one that waits.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    signal(SIGPIPE, SIG_IGN);
  }
  void Wait() {
    int signal = 0;
    sigwait(&set_, &signal);
    // A second one does not wait for calls to end.
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
  }

 private:
  sigset_t set_;
};

std::string Url(const Config& config, uint16_t port) {
  const bool secure =
      config.Switch(Key::kExternalSecure) || !config.Text(Key::kTlsCertPath).empty();
  const uint64_t external = config.ExternalPort(port);
  const bool usual = external == (secure ? 443 : 80);
  return absl::StrCat(secure ? "https://" : "http://", config.Text(Key::kExternalDomain),
                      usual ? "" : absl::StrCat(":", external));
}

std::string FirstStartText(const Config& config, const FirstStart& first) {
  std::string text = absl::StrCat("This is its first start. Kept are:\n  administrator  ",
                                  first.login_name, "\n");
  if (!first.password.empty()) {
    absl::StrAppend(&text, "  password       ", first.password.reveal(), "   (shown only now)\n");
  }
  if (!first.pat_path.empty()) {
    absl::StrAppend(&text, "  token          ", first.pat_path, "   (for programs)\n");
  }
  if (config.Text(Key::kMasterKey).empty()) {
    absl::StrAppend(&text, "  master key     ", config.MasterKeyPath(),
                    "   (keep a copy elsewhere)\n");
  }
  return text + "\n";
}

void Greet(const std::string& program, const Config& config, uint16_t port,
           const std::optional<FirstStart>& first) {
  const std::string url = Url(config, port);
  std::string text = absl::StrCat("\nMuniment serves on ", url, "\n");
  if (IsShared(config)) {
    absl::StrAppend(&text, "from the log in PostgreSQL, schema ",
                    config.Text(Key::kPostgresSchema), ", which other nodes may share\n");
  }
  text += "\n";
  const std::string pat = config.PatPath();
  if (first.has_value()) text += FirstStartText(config, *first);
  // Of several nodes the one that made the first instance has the token.
  if (!ReadPrivateFile(pat).ok()) {
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
    return;
  }
  absl::StrAppend(
      &text, "Try\n  curl -s ", url, "/v2/users -H \"Authorization: Bearer $(cat ", pat,
      ")\" -H 'Content-Type: application/json' -d '{}'\n  ", program,
      " call UserService/ListUsers '{}' --url ", url, " --token-file ", pat, "\n\n");
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

absl::Status RunStart(const CommandLine& line, bool restored) {
  const absl::Time began = absl::Now();
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  StartLog(config.Text(Key::kLogLevel), config.Text(Key::kLogFormat));
  Signals signals;
  NodeOptions options;
  options.restored = restored;
  ASSIGN_OR_RETURN(const auto node, Node::Open(config, options));
  ASSIGN_OR_RETURN(const auto first, node->MakeFirstInstance());
  const absl::Status serving = node->Serve();
  if (!serving.ok()) {
    // The next start is no first one and could not tell the password.
    if (first.has_value()) std::fputs(FirstStartText(config, *first).c_str(), stdout);
    return serving;
  }
  const absl::Duration took = absl::Now() - began;
  LogInfo("serving", {{"port", absl::StrCat(node->port())},
                      {"start", absl::StrCat(absl::ToInt64Milliseconds(took), "ms")}});
  if (config.Text(Key::kLogFormat) == "text" || first.has_value()) {
    Greet(line.program, config, node->port(), first);
  }
  signals.Wait();
  LogInfo("stopping: no new calls, those under way may end");
  node->Drain();
  LogInfo("stopped");
  return absl::OkStatus();
}

}  // namespace

void AddStart(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("start", "Serves; the first start makes what is missing");
  const auto restored = std::make_shared<bool>(false);
  sub->add_flag("--restored", *restored,
                "The log was put back from a backup and may end earlier than it did");
  AddConfigFlags(*sub, line, false);
  sub->footer(
      "Everything is on one port: gRPC, gRPC-Web, Connect and REST, /metrics, /debug/ready.\n"
      "SIGTERM or Ctrl-C stops it: no new calls, those under way may end (Limits.DrainTimeout).\n"
      "More keys can be set; `muniment config` names them all.");
  sub->callback([&line, restored] { line.result = RunStart(line, *restored); });
}

}  // namespace muniment::gateway
