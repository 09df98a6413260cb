#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "base/error.h"
#include "eventstore/backup/key_backup.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/backup/restored_log.h"
#include "eventstore/founding.h"
#include "eventstore/move.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/follower.h"
#include "eventstore/verify.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/place.h"
#include "gateway/cli/progress.h"
#include "gateway/cli/target.h"
#include "gateway/master_key.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

using eventstore::KeyBackup;
using eventstore::LogEnd;

struct Wanted {
  std::string log;
  std::string keys;
  std::string to;
};

std::string TimeText(int64_t micros) {
  return absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", absl::FromUnixMicros(micros),
                          absl::UTCTimeZone());
}

void Tell(const LogEnd& end, uint64_t events, const KeyBackup& keys, uint64_t erased) {
  absl::PrintF("events    %d up to position %d, epoch %d\n", events, end.position, end.epoch);
  absl::PrintF("keys      as of %s (position %d); %s erased\n",
               TimeText(keys.about().taken_at()), keys.about().position(),
               Counted(erased, "subject"));
  if (keys.about().position() > end.position || keys.about().epoch() + 1 < end.epoch) {
    absl::PrintF("          what was appended after position %d is lost; who was erased since then\n"
                 "          stands in this log without personal data, and his names are free\n",
                 end.position);
  }
}

// Proves what was put back, as `muniment verify` does.
absl::Status Prove(eventstore::EventStore& store, const MasterKey& master) {
  eventstore::DataKeys keys(store, master);
  ASSIGN_OR_RETURN(const Secret claims_key, eventstore::OpenClaimsKey(store, keys));
  const eventstore::Codec codec(claims_key.reveal());
  Progress progress("verifying");
  eventstore::VerifyOptions options;
  options.progress = [&progress](uint64_t done, uint64_t total) { progress.Show(done, total); };
  ASSIGN_OR_RETURN(const auto report, eventstore::Verify(store, codec, keys, options));
  progress.End();
  absl::PrintF("names     %d claimed\nerased    %d sealed parts whose keys are destroyed\n",
               report.claims, report.shredded);
  if (report.ok()) return absl::OkStatus();
  for (const auto& fault : report.faults) absl::PrintF("FAULT     %s\n", fault.what);
  return Error(absl::StatusCode::kDataLoss, "verify.faults",
               absl::StrCat("What was put back has ", Counted(report.fault_count, "fault"), "."));
}

// What stands there, before anybody else can open it.
absl::StatusOr<std::unique_ptr<eventstore::EventStore>> OpenToProve(const Place& to,
                                                                    const std::string& scratch) {
  if (!to.shared) {
    return eventstore::FollowerStore::Open({.path = to.log_path(), .importing = true}, scratch);
  }
  return eventstore::PostgresStore::Open(
      {.url = to.url, .schema = to.schema, .read_only = true, .importing = true});
}

// Faults are answered in `faults`, and are no reason to keep the log from anybody: it had them when
// it was backed up, and nobody has another.
absl::Status ProveThere(const Place& to, const MasterKey& master, absl::Status& faults) {
  ASSIGN_OR_RETURN(const auto scratch, ScratchFolder::Make());
  ASSIGN_OR_RETURN(const auto store, OpenToProve(to, scratch->path()));
  absl::Status proved = Prove(*store, master);
  if (Reason(proved) != "verify.faults") return proved;
  faults = std::move(proved);
  return absl::OkStatus();
}

// A run before this one may have come to its end and been killed before it could say so. `refused`:
// what is said of a place with a log.
absl::Status FindRestored(const Place& to, eventstore::RestoredLog& log, const KeyBackup& keys,
                          const MasterKey& master, const absl::Status& refused) {
  ASSIGN_OR_RETURN(const OpenSource standing, OpenPlace(to, /*beside=*/false));
  ASSIGN_OR_RETURN(const auto compared, eventstore::Compare(log, *standing.log));
  if (!compared.difference.empty()) {
    return Error(refused.code(), Reason(refused),
                 absl::StrCat(refused.message(), " It is not what this restores: ",
                              compared.difference, "."));
  }
  absl::PrintF("restored  by a run before this one\n");
  Tell(compared.first.end, compared.first.print.events(), keys, log.erased());
  absl::Status faults;
  RETURN_IF_ERROR(ProveThere(to, master, faults));
  return faults;
}

absl::Status RestoreEmbedded(const Wanted& wanted, const Place& to, const KeyBackup& keys,
                             const MasterKey& master) {
  const auto target = Target::Take(to, "restore");
  const bool stands = Reason(target.status()) == "import.not_empty";
  if (!stands) RETURN_IF_ERROR(target.status());
  ASSIGN_OR_RETURN(const auto backup, eventstore::LogBackup::Open(wanted.log));
  absl::PrintF("log       as of %s (position %d)\n", TimeText(backup->about().taken_at()),
               backup->about().position());
  ASSIGN_OR_RETURN(const auto log, eventstore::RestoredLog::Open(*backup, keys, master));
  if (stands) return FindRestored(to, *log, keys, master, target.status());
  Progress progress("restoring");
  absl::Status faults;
  eventstore::MoveOptions options;
  options.progress = [&progress](eventstore::MoveStep, uint64_t done, uint64_t total) {
    progress.Show(done, total);
  };
  options.prove = [&](const eventstore::Moved& moved) {
    progress.End();
    Tell(moved.end, moved.print.events(), keys, log->erased());
    return ProveThere(to, master, faults);
  };
  RETURN_IF_ERROR(eventstore::Move(*log, (*target)->log(), options).status());
  return faults;
}

// The tables stand already, put back by PostgreSQL's own programs.
absl::Status RestoreKeys(const Place& to, const KeyBackup& keys, const MasterKey& master) {
  ASSIGN_OR_RETURN(const auto target, Target::Retake(to, "restore"));
  eventstore::Importer& into = target->log();
  const auto opened = eventstore::RestoredLog::Open(into.Written(), keys, master);
  if (Reason(opened.status()) == "backup.keys_too_old" &&
      CheckKeys(into.Written(), /*shared=*/true).ok()) {
    return Error(opened.status().code(), Reason(opened.status()),
                 absl::StrCat(opened.status().message(),
                              " The log there has its keys. If a run before this one put them back, "
                              "nothing is left to do: `muniment verify` proves it."));
  }
  RETURN_IF_ERROR(opened.status());
  const auto& log = *opened;
  ASSIGN_OR_RETURN(const LogEnd end, log->ReadEnd());
  for (const auto kind : {eventstore::kKeyRows, eventstore::kClaimRows, eventstore::kErasedRows}) {
    // What is read of the table itself is read before it is emptied. Who is erased there stands in
    // the keys' backup too, which is not the older: a run that is killed here loses nobody.
    RETURN_IF_ERROR(into.Clear(kind));
    RETURN_IF_ERROR(
        log->ReadRows(kind, [&](const eventstore::Row& row) { return into.AddRow(row); }));
  }
  RETURN_IF_ERROR(into.SetEnd(end));
  Tell(end, end.position, keys, log->erased());
  absl::Status faults;
  RETURN_IF_ERROR(ProveThere(to, master, faults));
  RETURN_IF_ERROR(into.Finish());
  return faults;
}

absl::Status RunRestore(const CommandLine& line, const Wanted& wanted) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  const bool named = wanted.to.rfind("postgres:", 0) == 0 || wanted.to.rfind("rocksdb:", 0) == 0;
  ASSIGN_OR_RETURN(const Place to,
                   ParsePlace(named ? wanted.to : absl::StrCat("rocksdb:", wanted.to), config));
  if (to.shared == !wanted.log.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "restore.not_understood",
                 to.shared ? "On PostgreSQL the log is put back by pg_restore; --keys alone follows."
                           : "A log is put back from --log DIR.");
  }
  ASSIGN_OR_RETURN(const MasterKey master, LoadMasterKey(config, /*store_stands=*/true));
  ASSIGN_OR_RETURN(const auto keys, KeyBackup::Open(wanted.keys));
  RETURN_IF_ERROR(to.shared ? RestoreKeys(to, *keys, master)
                            : RestoreEmbedded(wanted, to, *keys, master));
  absl::PrintF(
      "sound\n\nThe log stands in %s in a new epoch: read models, tokens of places in the log and\n"
      "what clients remembered of the old one count no more. Next, with the same master key:\n"
      "  %s start %s%s\n"
      "and take the next backup of the log into a folder of its own.\n",
      to.Text(), line.program, to.shared ? "" : absl::StrCat("--data-dir ", to.data_dir),
      config.Text(Key::kMasterKey).empty()
          ? absl::StrCat(to.shared ? "" : " ", "--master-key-path ", config.MasterKeyPath())
          : "");
  return absl::OkStatus();
}

}  // namespace

void AddRestore(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("restore", "Puts a log back from its backup and the newest keys");
  const auto wanted = std::make_shared<Wanted>();
  sub->add_option("--log", wanted->log, "The folder that `backup --log` made")->type_name("DIR");
  sub->add_option("--keys", wanted->keys, "The newest file that `backup --keys` made")
      ->type_name("FILE")
      ->required();
  sub->add_option("--to", wanted->to, "An empty data directory, or postgres:URL after pg_restore")
      ->type_name("PLACE")
      ->required();
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "  muniment restore --log /backup/log --keys /other/keys --to new-data \\\n"
      "    --master-key-path /third/master.key\n"
      "\n"
      "Checks every file, takes keys from the keys' backup alone, and proves the whole log at the\n"
      "end (hashes, trees, names). Keys older than the log are refused. The log may end earlier\n"
      "than it did: it gets a new epoch, so nothing that was built on the lost end counts. Who was\n"
      "erased stays erased, also in a log from before that. It may be killed at any moment: no\n"
      "server starts on what is unfinished, and the same command completes it.\n"
      "\n"
      "On PostgreSQL: stop the nodes, pg_restore the dump (which has no keys) into an empty schema,\n"
      "then restore --keys FILE --to postgres: (the configured URL).");
  sub->callback([&line, wanted] { line.result = RunRestore(line, *wanted); });
}

}  // namespace muniment::gateway
