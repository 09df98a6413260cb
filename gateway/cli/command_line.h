// The program's command line: `muniment <subcommand>`. Each subcommand stands in a file of its own,
// declares its options with an Add function and leaves what came of it in CommandLine::result.
//
//   int main(int argc, char** argv) { return muniment::gateway::RunCommandLine(argc, argv); }
//
// Exit codes: 0 done, 1 failed (why stands on standard error), 2 not understood.
// One thread.
#ifndef MUNIMENT_GATEWAY_CLI_COMMAND_LINE_H_
#define MUNIMENT_GATEWAY_CLI_COMMAND_LINE_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gateway/config.h"

namespace CLI {
class App;
}

namespace muniment::gateway {

struct CommandLine {
  std::string program = "muniment";  // as it was called
  std::vector<std::string> files;  // --config
  // Key's name and what a flag said of it, in order.
  std::vector<std::pair<std::string, std::string>> flags;
  absl::Status result;

  // Files, environment and flags of this run.
  absl::StatusOr<Config> LoadConfig() const;
};

int RunCommandLine(int argc, char** argv);

// Which keys the help of a subcommand shows, in groups: what a server needs, what says where the log
// is, or all.
enum class Shown { kServer, kStore, kAll };

// Declares --config and a flag for every key that may have one. Every subcommand understands all of
// them, so that one configuration does for all.
void AddConfigFlags(CLI::App& app, CommandLine& line, Shown shown);

void AddBackup(CLI::App& app, CommandLine& line);
void AddCall(CLI::App& app, CommandLine& line);
void AddConfig(CLI::App& app, CommandLine& line);
void AddEvents(CLI::App& app, CommandLine& line);
void AddImport(CLI::App& app, CommandLine& line);
void AddMigrate(CLI::App& app, CommandLine& line);
void AddPrepare(CLI::App& app, CommandLine& line);
void AddRecover(CLI::App& app, CommandLine& line);
void AddReplay(CLI::App& app, CommandLine& line);
void AddRestore(CLI::App& app, CommandLine& line);
void AddSnapshot(CLI::App& app, CommandLine& line);
void AddStart(CLI::App& app, CommandLine& line);
void AddToken(CLI::App& app, CommandLine& line);
void AddVerify(CLI::App& app, CommandLine& line);
void AddWhy(CLI::App& app, CommandLine& line);

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_COMMAND_LINE_H_
