#include "projections/replay.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/progress.h"
#include "gateway/data_lock.h"
#include "gateway/data_owner.h"
#include "gateway/private_file.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

using projections::Database;

projections::ReplayOptions OptionsFor(const Config& config, Progress& progress) {
  projections::ReplayOptions options;
  options.cache = NewCache(config);
  options.progress = [&progress](const projections::ReplayProgress& at) {
    progress.Show(at.done, at.total);
  };
  return options;
}

absl::Status Moved(const std::string& from, const std::string& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "file.unwritable",
               absl::StrCat(from, " cannot be moved to ", to, ": ", error.message()));
}

void Remove(const std::string& path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

absl::Status Differs() {
  return Error(absl::StatusCode::kDataLoss, "replay.differs",
               "The present read models are not what the log says. `muniment replay` without "
               "--check puts the rebuilt ones in their place.");
}

absl::Status CheckModelsStand(const Config& config) {
  std::error_code error;
  if (std::filesystem::exists(ModelsPath(config), error) || error) return absl::OkStatus();
  return Error(absl::StatusCode::kNotFound, "models.missing",
               absl::StrCat("There are no read models in ", ModelsPath(config),
                            " to check. The next start makes them, and so does `muniment replay` "
                            "without --check."));
}

// Whether the present read models hold what the log says, byte for byte.
absl::StatusOr<bool> SameAsPresent(const Database& present, const Database& rebuilt) {
  if (present.checkpoint().position != rebuilt.checkpoint().position) {
    absl::PrintF("the present read models stand at %d, the log at %d: not compared\n",
                 present.checkpoint().position, rebuilt.checkpoint().position);
    return false;
  }
  const projections::View a = present.Read(), b = rebuilt.Read();
  ASSIGN_OR_RETURN(const projections::Comparison comparison, projections::Compare(a, b));
  for (const projections::Part& part : comparison.parts) {
    if (part.equal()) continue;
    absl::PrintF("%s %s: %d entries, rebuilt %d; the first that differs: %s\n", part.table,
                 part.family, part.entries_a, part.entries_b, part.first_difference);
  }
  return comparison.equal();
}

// Puts the rebuilt models where the present ones stand. All databases are closed.
absl::Status Swap(const std::string& rebuilt, const std::string& present) {
  const std::string old = absl::StrCat(present, ".old");
  Remove(old);
  if (std::filesystem::exists(present)) RETURN_IF_ERROR(Moved(present, old));
  RETURN_IF_ERROR(Moved(rebuilt, present));
  Remove(old);
  return absl::OkStatus();
}

// The present read models, or null where none can be opened.
absl::StatusOr<std::unique_ptr<Database>> OpenPresent(const Config& config,
                                                      const projections::Projections& tables) {
  if (!std::filesystem::exists(ModelsPath(config))) return nullptr;
  projections::DatabaseOptions options;
  options.path = ModelsPath(config);
  options.read_only = true;
  auto opened = Database::Open(options, projections::PlansOf(tables));
  if (opened.ok()) return *std::move(opened);
  absl::PrintF("the present read models cannot be opened (%s)\n", opened.status().message());
  return nullptr;
}

absl::Status RunReplay(const CommandLine& line, bool check) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  const absl::Time began = absl::Now();
  const auto tables = projections::AllProjections();
  RETURN_IF_ERROR(CheckStoreStands(config));
  if (check) RETURN_IF_ERROR(CheckModelsStand(config));
  RETURN_IF_ERROR(ActAsOwner(config.Text(Key::kDataDir)));
  // No server may be running: it would lose its read models.
  std::vector<std::string> missing = MissingDirectories(config.Text(Key::kDataDir));
  RETURN_IF_ERROR(PrepareDataDir(config));
  ASSIGN_OR_RETURN(const auto lock, DataLock::Take(config.Text(Key::kDataDir)));
  Unkept unkept(config, std::move(missing));
  StorageOptions opening;
  opening.follow = IsShared(config);  // other nodes may be writing
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, opening));
  unkept.Keep();
  const std::string path = absl::StrCat(ModelsPath(config), ".rebuilt");
  Remove(path);
  ASSIGN_OR_RETURN(auto present, OpenPresent(config, tables));
  if (check && present == nullptr) return Differs();
  Progress progress("replaying");
  projections::ReplayOptions replaying = OptionsFor(config, progress);
  // A log that others write to stands elsewhere already.
  if (check && present != nullptr) replaying.until = present->checkpoint().position;
  const projections::Source source = {storage->store(), storage->codec(), storage->keys()};
  ASSIGN_OR_RETURN(auto rebuilt, projections::Replay(source, tables, path, replaying));
  progress.End();
  const uint64_t events = rebuilt->checkpoint().position;
  ASSIGN_OR_RETURN(const eventstore::LogHead head, storage->store().ReadLogHead());
  const double seconds = absl::ToDoubleSeconds(absl::Now() - began);
  absl::PrintF("%s folded in %.1f s (%.0f/s)\n", Counted(events, "event"), seconds,
               static_cast<double>(events) / seconds);

  if (check && events < head.position) {
    absl::PrintF("the present read models are behind by %s: the next start folds those\n",
                 Counted(head.position - events, "event"));
  }

  bool same = false;
  if (present != nullptr) {
    ASSIGN_OR_RETURN(same, SameAsPresent(*present, *rebuilt));
  }
  present.reset();
  rebuilt.reset();
  if (same || check) {
    Remove(path);
    if (same) {
      absl::PrintF("the present read models are the same, byte for byte\n");
      return absl::OkStatus();
    }
    return Differs();
  }
  RETURN_IF_ERROR(Swap(path, ModelsPath(config)));
  absl::PrintF("the rebuilt read models are in place\n");
  return absl::OkStatus();
}

absl::Status RunPrepare(const CommandLine& line) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  RETURN_IF_ERROR(CheckStoreStands(config));
  RETURN_IF_ERROR(ActAsOwner(config.Text(Key::kDataDir)));
  StorageOptions options;
  options.follow = true;
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, options));
  Progress progress("preparing");
  RETURN_IF_ERROR(projections::PrepareModels(
      {storage->store(), storage->codec(), storage->keys()}, projections::AllProjections(),
      ModelsPath(config), OptionsFor(config, progress)));
  progress.End();
  absl::PrintF("prepared in %s; the next start of this release takes it over\n",
               projections::PreparedPath(ModelsPath(config)));
  return absl::OkStatus();
}

}  // namespace

void AddReplay(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("replay", "Rebuilds the read models from the log");
  const auto check = std::make_shared<bool>(false);
  sub->add_flag("--check", *check, "Only compare with the present ones; fail where they differ");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "The server must be stopped. The models are rebuilt beside the present ones, compared byte "
      "for byte, and put in their place where they differ.");
  sub->callback([&line, check] { line.result = RunReplay(line, *check); });
}

void AddPrepare(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand(
      "prepare", "Builds this release's read models while another one serves");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "Before an update: run the new program's prepare beside the old server, stop that, start the "
      "new one. It takes the prepared models over and answers at once.");
  sub->callback([&line] { line.result = RunPrepare(line); });
}

}  // namespace muniment::gateway
