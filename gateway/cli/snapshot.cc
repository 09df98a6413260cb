#include "projections/snapshot.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/progress.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

absl::Status RunSnapshot(const CommandLine& line, const std::string& file) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  // The log tells whether this is its master key: under another nobody could open the file.
  StorageOptions beside;
  beside.follow = true;
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, beside));
  ASSIGN_OR_RETURN(const auto scratch, ScratchFolder::Make());
  Progress progress("writing the snapshot");
  ASSIGN_OR_RETURN(const projections::SnapshotInfo info,
                   projections::WriteSnapshot(
                       ModelsPath(config), scratch->path(), storage->master(), file,
                       [&progress](uint64_t done, uint64_t total) { progress.Show(done, total); }));
  progress.End();
  absl::PrintF("%s holds the read models at position %d: %d entries, %d bytes\n", file,
               info.position, info.entries, info.bytes);
  return absl::OkStatus();
}

}  // namespace

void AddSnapshot(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand(
      "snapshot", "Writes the read models to a file that another node starts from");
  const auto file = std::make_shared<std::string>();
  sub->add_option("file", *file, "Where to; a file that stands is replaced")
      ->type_name("FILE")
      ->required();
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "Beside a running server too. The file is sealed under the master key. A new node takes it with "
      "`muniment start --snapshot FILE` and folds only what came since; it is no backup of the log.");
  sub->callback([&line, file] { line.result = RunSnapshot(line, *file); });
}

}  // namespace muniment::gateway
