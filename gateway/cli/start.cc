#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/data_owner.h"
#include "gateway/log.h"
#include "gateway/node.h"
#include "gateway/origin.h"
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
  // As if one had come.
  static void Raise() { kill(getpid(), SIGTERM); }
  // Whether one came within `patience`.
  bool WaitFor(absl::Duration patience) {
    const timespec time = absl::ToTimespec(patience);
    return sigtimedwait(&set_, nullptr, &time) > 0;
  }

 private:
  sigset_t set_;
};

constexpr absl::Duration kStoreRetry = absl::Milliseconds(500);
constexpr absl::Duration kStoreWord = absl::Seconds(10);

// Waits for a database that is away, and says for what: at once, when that changes, and now and then.
class StoreWait {
 public:
  explicit StoreWait(Signals& signals) : signals_(signals) {}

  bool operator()(const absl::Status& why) {
    const absl::Time now = absl::Now();
    if (why.message() != told_ || now - last_ >= kStoreWord) {
      LogWarning("waiting for PostgreSQL, which the log is in; Ctrl-C or SIGTERM ends it",
                 {{"for", absl::FormatDuration(absl::Trunc(now - began_, absl::Seconds(1)))},
                  {"why", std::string(why.message())}});
      told_ = std::string(why.message());
      last_ = now;
    }
    return !signals_.WaitFor(kStoreRetry);
  }

 private:
  Signals& signals_;
  const absl::Time began_ = absl::Now();
  absl::Time last_ = absl::InfinitePast();
  std::string told_;
};

void AddLine(std::string& text, absl::string_view name, absl::string_view what,
             absl::string_view why) {
  absl::StrAppendFormat(&text, "  %-15s%s%s%s%s\n", name, what, why.empty() ? "" : "   (", why,
                        why.empty() ? "" : ")");
}

std::string FirstStartText(const Config& config, const FirstStart& first) {
  std::string text = first.late ? "Its first start ended before it could tell. Kept are:\n"
                                : "This is its first start. Kept are:\n";
  AddLine(text, "administrator", first.login_name, "");
  if (!first.password.empty()) {
    AddLine(text, "password", first.password.reveal(),
            first.late ? "shown only now, and good unless he has another since"
                       : "shown only now; he changes it by SetPassword first");
  }
  if (!first.pat_path.empty()) {
    AddLine(text, "token", first.pat_path,
            "for programs, with all rights: keep it like a password");
  }
  if (!first.key_path.empty()) {
    AddLine(text, "key", first.key_path, "by which the same machine signs in: likewise");
  }
  if (!first.login_pat_path.empty()) {
    AddLine(text, "login client", first.login_pat_path,
            "the token of a login that stands elsewhere: likewise");
  }
  if (config.Text(Key::kMasterKey).empty() && !first.late) {
    AddLine(text, "master key", config.MasterKeyPath(),
            "keep a copy elsewhere: without it nothing can be read");
  }
  return text + "\n";
}

// Whether it went out.
bool Print(const std::string& text) {
  return std::fputs(text.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
}

// What could not be told is told by the next start.
void NoteTold(Node& node, bool told) {
  if (!told) return LogWarning("the greeting could not be printed; the next start tells the rest");
  const absl::Status forgotten = node.Told();
  if (forgotten.ok()) return;
  LogWarning("the next start tells the first start's password again",
             {{"why", std::string(forgotten.message())}});
}

// What to try with the token, or why it is of no use. Of several nodes the one that made the first
// instance has the file.
std::string TokenText(const std::string& program, const Config& config, const Node& node,
                      const std::string& url) {
  const std::string pat = config.PatPath();
  const auto token = ReadPrivateFile(pat);
  if (!token.ok()) return "";
  const absl::Status stands = node.CheckToken(*token);
  if (absl::IsUnauthenticated(stands)) {
    return absl::StrCat(
        "The token in ", pat, " opens nothing any more: it has expired or was removed, or its user\n"
        "is locked, inactive or gone. If nobody else can make another, stop this server and run\n  ",
        program, " recover --help\n\n");
  }
  if (!stands.ok()) return "";
  return absl::StrCat(
      "Try\n  curl -s ", url, "/v2/users -H \"Authorization: Bearer $(cat ", pat,
      ")\" -H 'Content-Type: application/json' -d '{}'\n  ", program,
      " call UserService/ListUsers '{}' --url ", url, " --token-file ", pat, "\n\n");
}

void Greet(const std::string& program, const Config& config, Node& node,
           const std::optional<FirstStart>& first) {
  const std::string url = OriginOf(config, node.port(), node.PublicHost());
  std::string text = absl::StrCat("\nMuniment serves on ", url, "\n");
  if (IsShared(config)) {
    absl::StrAppend(&text, "from the log in PostgreSQL, schema ",
                    config.Text(Key::kPostgresSchema), ", which other nodes may share\n");
  }
  const absl::Status ready = node.Ready();
  if (!ready.ok()) absl::StrAppend(&text, "but not yet: ", ready.message(), "\n");
  text += "\n";
  if (first.has_value()) text += FirstStartText(config, *first);
  text += TokenText(program, config, node, url);
  const bool told = Print(text);
  if (first.has_value()) NoteTold(node, told);
}

absl::Status RunStart(const CommandLine& line, bool restored) {
  const absl::Time began = absl::Now();
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  RETURN_IF_ERROR(ActAsOwner(config.Text(Key::kDataDir)));
  StartLog(config.Text(Key::kLogLevel), config.Text(Key::kLogFormat));
  Signals signals;
  NodeOptions options;
  options.restored = restored;
  options.wait = StoreWait(signals);
  std::atomic<bool> broken{false};
  options.broken = [&broken] {
    broken.store(true);
    Signals::Raise();
  };
  const auto opened = Node::Open(config, options);
  if (Reason(opened.status()) == "server.stopped") {
    LogInfo("stopped");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(opened.status());
  Node& node = **opened;
  ASSIGN_OR_RETURN(const auto first, node.MakeFirstInstance());
  const absl::Status serving = node.Serve();
  if (!serving.ok()) {
    if (first.has_value()) NoteTold(node, Print(FirstStartText(config, *first)));
    return serving;
  }
  const absl::Duration took = absl::Now() - began;
  LogInfo("serving", {{"port", absl::StrCat(node.port())},
                      {"start", absl::StrCat(absl::ToInt64Milliseconds(took), "ms")}});
  if (config.Text(Key::kLogFormat) == "text" || first.has_value()) {
    Greet(line.program, config, node, first);
  }
  signals.Wait();
  LogInfo("stopping: no new calls, those under way may end");
  node.Drain();
  LogInfo("stopped");
  if (!broken.load()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "models.broken",
               "The read models could not be written for a while, and this process cannot take them "
               "up again. Nothing is lost: start it again.");
}

}  // namespace

void AddStart(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("start", "Serves; the first start makes what is missing");
  const auto restored = std::make_shared<bool>(false);
  sub->add_flag("--restored", *restored,
                "The log was put back from a backup and may end earlier than it did");
  AddConfigFlags(*sub, line, Shown::kServer);
  sub->footer(
      "Everything is on one port: gRPC, gRPC-Web, Connect and REST, /metrics, /debug/ready.\n"
      "SIGTERM or Ctrl-C stops it: no new calls, those under way may end (Limits.DrainTimeout).\n"
      "More keys can be set; `muniment config` names them all.");
  sub->callback([&line, restored] { line.result = RunStart(line, *restored); });
}

}  // namespace muniment::gateway
