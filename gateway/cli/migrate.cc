#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/move.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/place.h"
#include "gateway/cli/progress.h"
#include "gateway/cli/target.h"

namespace muniment::gateway {
namespace {

using eventstore::Moved;
using eventstore::MoveStep;

struct Ends {
  std::string from;
  std::string to;
};

void Print(const Moved& moved, absl::Duration took) {
  const auto& print = moved.print;
  if (moved.resumed_at > 0) {
    absl::PrintF("went on behind position %d, where a run before this one had come to\n",
                 moved.resumed_at);
  }
  absl::PrintF("events    %d up to position %d in %.1f s (%.0f/s, compared)\n", print.events(),
               moved.end.position, absl::ToDoubleSeconds(took),
               static_cast<double>(print.events()) / absl::ToDoubleSeconds(took));
  absl::PrintF("streams   %d\nnames     %d claimed\nkeys      %d, %s erased\n",
               print.rows(eventstore::kHeadRows), print.rows(eventstore::kClaimRows),
               print.rows(eventstore::kKeyRows),
               Counted(print.rows(eventstore::kErasedRows), "subject"));
  size_t days = 0;
  for (const auto& [name, tree] : print.trees()) {
    const auto& [instance, keep, day] = name;
    if (keep != FOREVER) {
      ++days;
      continue;
    }
    absl::PrintF("root      %d:%d:%s\n", instance, tree.size(), HexEncode(tree.Root()));
  }
  if (days > 0) absl::PrintF("          and %s of what expires\n", Counted(days, "day"));
}

struct Copied {
  Moved moved;
  bool stood = false;  // there already
};

// What to a reader is one step after the other.
class Steps {
 public:
  explicit Steps(const std::string& first) : first_(first) {}

  eventstore::MoveOptions Options() {
    eventstore::MoveOptions options;
    options.progress = [this](MoveStep step, uint64_t position, uint64_t end) {
      if (step == MoveStep::kCopy) return first_.Show(position, end);
      first_.End();
      if (!comparing_.has_value()) comparing_.emplace("comparing");
      comparing_->Show(position, end);
    };
    return options;
  }

 private:
  Progress first_;
  std::optional<Progress> comparing_;
};

// A run before this one may have come to its end and been killed before it could say so. `refused`:
// what is said of a place with a log.
absl::StatusOr<Copied> FindCopied(const Place& from, const Place& to,
                                  const absl::Status& refused) {
  ASSIGN_OR_RETURN(const OpenSource target, OpenPlace(to, /*beside=*/false));
  ASSIGN_OR_RETURN(const OpenSource source, OpenPlace(from, /*beside=*/false));
  Steps steps("reading");
  ASSIGN_OR_RETURN(auto compared,
                   eventstore::Compare(*source.log, *target.log, steps.Options()));
  if (compared.difference.empty()) {
    return Copied{.moved = std::move(compared.first), .stood = true};
  }
  return Error(refused.code(), Reason(refused),
               absl::StrCat(refused.message(), " It is not the one to be copied: ",
                            compared.difference, "."));
}

absl::StatusOr<Copied> Copy(const Place& from, const Place& to) {
  const auto target = Target::Take(to, "migrate");
  if (Reason(target.status()) == "import.not_empty") return FindCopied(from, to, target.status());
  RETURN_IF_ERROR(target.status());
  ASSIGN_OR_RETURN(const OpenSource source, OpenPlace(from, /*beside=*/false));
  // A copy without its keys would be one that nobody can open.
  RETURN_IF_ERROR(CheckKeys(*source.log, from.shared));
  Steps steps("copying");
  ASSIGN_OR_RETURN(auto moved,
                   eventstore::Move(*source.log, (*target)->log(), steps.Options()));
  return Copied{.moved = std::move(moved)};
}

absl::Status RunMigrate(const CommandLine& line, const Ends& ends) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  ASSIGN_OR_RETURN(const Place from, ParsePlace(ends.from, config));
  ASSIGN_OR_RETURN(const Place to, ParsePlace(ends.to, config));
  if (from.shared == to.shared && from.data_dir == to.data_dir && from.url == to.url) {
    return Error(absl::StatusCode::kInvalidArgument, "place.not_understood",
                 "A log is not copied into its own place.");
  }
  const absl::Time began = absl::Now();
  ASSIGN_OR_RETURN(const Copied copied, Copy(from, to));
  Print(copied.moved, absl::Now() - began);
  absl::PrintF(
      "\nThe log stands in %s%s, the same to the byte. The old one is as it was: do not start a\n"
      "server on it again, or there are two logs that part here. Servers on the new one need the\n"
      "same master key; read models are kept where they fit the log, else made anew.\n",
      to.Text(), copied.stood ? " already" : "");
  return absl::OkStatus();
}

}  // namespace

void AddMigrate(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("migrate", "Copies the log into another kind of store");
  const auto ends = std::make_shared<Ends>();
  sub->add_option("--from", ends->from, "The log: rocksdb:DATADIR or postgres:URL")
      ->type_name("STORE")
      ->required();
  sub->add_option("--to", ends->to, "An empty place for it: rocksdb:DATADIR or postgres:URL")
      ->type_name("STORE")
      ->required();
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "  muniment migrate --from rocksdb:muniment-data --to postgres:\n"
      "  muniment migrate --from postgres: --to rocksdb:other-data\n"
      "\n"
      "Without DATADIR or URL it is the configured one. A URL with a password does not belong into\n"
      "arguments, which other users of the machine can read: configure Store.Postgres.URL, or set\n"
      "MUNIMENT_STORE_POSTGRES_URL, or leave the password to libpq (PGPASSFILE).\n"
      "\n"
      "Stop every server on both sides first: a log in use is refused, and on PostgreSQL no node\n"
      "can connect meanwhile. Positions, sequences, ids, times, stored bytes, claims, keys and\n"
      "erasures stay as they are; no key is needed. At the end both sides are read and compared,\n"
      "Merkle roots of every instance among it; only then the copy opens as a store. It may be\n"
      "killed at any moment: the same command goes on where it was, and says so where all is there\n"
      "already. Events that expired stay away.");
  sub->callback([&line, ends] { line.result = RunMigrate(line, *ends); });
}

}  // namespace muniment::gateway
