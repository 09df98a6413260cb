#include "gateway/cli/command_line.h"

#include <google/protobuf/stubs/logging.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/error.h"
#include "base/version.h"
#include "gateway/cli/parse_error.h"
#include "gateway/descriptors.h"

namespace muniment::gateway {
namespace {

constexpr char kAbout[] =
    "Muniment: an identity platform whose only truth is a log.\n"
    "\n"
    "  muniment start                       serve on http://localhost:8080\n"
    "  muniment call org.v2.OrganizationService/ListOrganizations '{}'\n"
    "                                       call it (or any gRPC server)\n"
    "  muniment config                      what the configuration is, and where from\n"
    "\n"
    "Every subcommand explains itself: muniment call --help\n";

const char* TypeName(KeyType type) {
  switch (type) {
    case KeyType::kText:
      return "TEXT";
    case KeyType::kHost:
      return "HOST";
    case KeyType::kSwitch:
      return "true|false";
    case KeyType::kCount:
      return "NUMBER";
    case KeyType::kBytes:
      return "SIZE";
    case KeyType::kDuration:
      return "DURATION";
    case KeyType::kTime:
      return "TIME";
    case KeyType::kList:
    case KeyType::kNetworks:
    case KeyType::kOrigins:
      return "A,B,...";
  }
  return "";
}

bool SaysWhereTheLogIs(Key key) {
  return key == Key::kDataDir || key == Key::kMasterKeyPath || key == Key::kPostgresSchema;
}

bool IsShown(const KeyInfo& info, Shown shown) {
  switch (shown) {
    case Shown::kAll:
      return true;
    case Shown::kServer:
      return info.key_class == KeyClass::kMain;
    case Shown::kStore:
      return SaysWhereTheLogIs(info.key);
  }
  return false;
}

// The heading that a key's flag stands under; keys of one stand together in config_keys.h.
std::string GroupOf(const KeyInfo& info, Shown shown) {
  const absl::string_view name = info.name;
  if (shown == Shown::kStore || SaysWhereTheLogIs(info.key) || info.key == Key::kSnapshot ||
      absl::StartsWith(name, "Store.")) {
    return "Where the log is (one in PostgreSQL: Store.Postgres.URL in a file, or "
           "MUNIMENT_STORE_POSTGRES_URL)";
  }
  if (absl::StartsWith(name, "FirstInstance.")) return "The first instance, for the first start";
  if (absl::StartsWith(name, "Log.")) return "What the server tells";
  if (absl::StartsWith(name, "Limits.") || absl::StartsWith(name, "Workers.") ||
      info.key == Key::kCacheBytes) {
    return "Limits and threads";
  }
  return "The port, and how people reach it";
}

int Report(const absl::Status& status) {
  if (status.ok()) return 0;
  const std::string reason = Reason(status);
  std::fprintf(stderr, "muniment: %s%s\n", std::string(status.message()).c_str(),
               reason.empty() ? "" : absl::StrCat(" [", reason, "]").c_str());
  return 1;
}

}  // namespace

absl::StatusOr<Config> CommandLine::LoadConfig() const {
  ConfigSources sources;
  sources.environment = EnvironmentVariables();
  const auto named = sources.environment.find("MUNIMENT_CONFIG");
  if (named != sources.environment.end() && files.empty()) {
    for (const absl::string_view file : absl::StrSplit(named->second, ',', absl::SkipEmpty())) {
      sources.files.emplace_back(file);
    }
  } else {
    sources.files = files;
  }
  sources.flags = flags;
  return Config::Load(sources);
}

void AddConfigFlags(CLI::App& app, CommandLine& line, Shown shown) {
  app.add_option("-c,--config", line.files,
                 "A YAML file of configuration; several are read in order. Without one, the files "
                 "of MUNIMENT_CONFIG")
      ->type_name("FILE")
      ->group("Configuration");
  for (const KeyInfo& info : AllKeys()) {
    if (info.key_class == KeyClass::kSecret) continue;
    CLI::Option* option = app.add_option_function<std::string>(
        FlagName(info),
        [&line, &info](const std::string& value) {
          line.flags.emplace_back(info.name, value);
        },
        info.help);
    option->type_name(TypeName(info.type));
    if (info.fallback[0] != '\0') option->default_str(info.fallback);
    option->group(IsShown(info, shown) ? GroupOf(info, shown) : "");
  }
}

int RunCommandLine(int argc, char** argv) {
  // What is written holds people's data, also in a directory that others may enter.
  umask(077);
  RaiseDescriptorLimit();
  // gRPC writes its failures to the terminal as well as into the status, which is shown.
  setenv("GRPC_VERBOSITY", "NONE", /*overwrite=*/0);
  // What it says of a stranger's bytes is said to the stranger, as an error.
  google::protobuf::SetLogHandler(nullptr);
  CommandLine line;
  if (argc > 0) line.program = argv[0];
  CLI::App app(kAbout, "muniment");
  app.require_subcommand(1);
  app.set_version_flag("--version", absl::StrCat("muniment ", kVersion));
  AddStart(app, line);
  AddCall(app, line);
  AddWhy(app, line);
  AddToken(app, line);
  AddEvents(app, line);
  AddVerify(app, line);
  AddReplay(app, line);
  AddPrepare(app, line);
  AddSnapshot(app, line);
  AddBackup(app, line);
  AddRestore(app, line);
  AddMigrate(app, line);
  AddImport(app, line);
  AddRecover(app, line);
  AddConfig(app, line);
  // CLI11 reports by exception; this is its door.
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    if (argc <= 1) {
      std::fputs(app.help().c_str(), stdout);
      return 2;
    }
    std::fputs(Explain(app, error, std::vector<std::string>(argv + 1, argv + argc)).c_str(), stderr);
    return 2;
  }
  return Report(line.result);
}

}  // namespace muniment::gateway
