#include "eventstore/verify.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/crypto.h"
#include "base/error.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/followed_models.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/progress.h"
#include "gateway/storage.h"
#include "projections/database.h"
#include "projections/projection.h"

namespace muniment::gateway {
namespace {

using eventstore::TrustedRoot;
using eventstore::VerifyReport;

// "INSTANCE:LEAVES:ROOT" as this subcommand prints it.
absl::StatusOr<TrustedRoot> ParseRoot(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  TrustedRoot root;
  if (parts.size() == 3 && absl::SimpleAtoi(parts[0], &root.instance) &&
      absl::SimpleAtoi(parts[1], &root.leaves)) {
    const auto bytes = HexDecode(parts[2]);
    if (bytes.has_value() && bytes->size() == Digest::kSize) {
      root.root = *bytes;
      return root;
    }
  }
  return Error(absl::StatusCode::kInvalidArgument, "verify.invalid_root",
               absl::StrCat("A root is INSTANCE:LEAVES:HEX, not \"", text, "\"."));
}

void Print(const VerifyReport& report) {
  absl::PrintF("events    %d in %d streams\n", report.events, report.streams);
  absl::PrintF("names     %d claimed\n", report.claims);
  if (report.unknowable_claims > 0) {
    absl::PrintF("          %d of people whose keys are destroyed: nobody can tell\n",
                 report.unknowable_claims);
  }
  if (report.shredded > 0) {
    absl::PrintF("erased    %d sealed parts whose keys are destroyed\n", report.shredded);
  }
  if (report.expiring_events + report.closed_days + report.pruned_days > 0) {
    absl::PrintF("expiring  %d events, %d days closed, %d pruned\n", report.expiring_events,
                 report.closed_days, report.pruned_days);
  }
  for (const auto& instance : report.instances) {
    if (instance.leaves == 0) continue;
    absl::PrintF("root      %d:%d:%s\n", instance.instance, instance.leaves,
                 HexEncode(instance.root));
  }
  for (const auto& fault : report.faults) {
    absl::PrintF("FAULT     %s%s\n",
                 fault.position == 0 ? "" : absl::StrCat("position ", fault.position, ": "),
                 fault.what);
  }
}

// What this node's read models have acknowledged, which the log must not end before; of no log where
// there are none.
projections::Checkpoint Acknowledged(const Config& config) {
  const auto models = FollowedModels::Open(config);
  return models.ok() && *models != nullptr ? (*models)->database().checkpoint()
                                           : projections::Checkpoint();
}

absl::Status RunVerify(const CommandLine& line, const std::vector<std::string>& trusted) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  eventstore::VerifyOptions verifying;
  for (const std::string& text : trusted) {
    ASSIGN_OR_RETURN(const TrustedRoot root, ParseRoot(text));
    verifying.trusted.push_back(root);
  }
  StorageOptions options;
  options.follow = true;
  options.mark = Acknowledged(config);
  ASSIGN_OR_RETURN(const auto storage, Storage::Open(config, options));
  Progress progress("verifying");
  verifying.progress = [&progress](uint64_t done, uint64_t total) { progress.Show(done, total); };
  ASSIGN_OR_RETURN(const VerifyReport report, eventstore::Verify(storage->store(), storage->codec(),
                                                                 storage->keys(), verifying));
  progress.End();
  Print(report);
  if (report.ok()) {
    absl::PrintF("sound\n");
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kDataLoss, "verify.faults",
               absl::StrCat("The store has ", Counted(report.fault_count, "fault"), "."));
}

}  // namespace

void AddVerify(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("verify", "Proves the log sound, beside a running server too");
  const auto trusted = std::make_shared<std::vector<std::string>>();
  sub->add_option("--root", *trusted, "A root noted earlier, which the log must still contain")
      ->type_name("INSTANCE:LEAVES:HEX")
      ->allow_extra_args(false);
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "Reads every event, makes anew what is derived from them (hashes, trees, unique names) and "
      "compares. Note the roots it prints somewhere else: a later run with --root proves that "
      "nothing up to them was changed.");
  sub->callback([&line, trusted] { line.result = RunVerify(line, *trusted); });
}

}  // namespace muniment::gateway
