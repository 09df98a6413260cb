#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/backup/key_backup.h"
#include "eventstore/backup/log_backup.h"
#include "gateway/cli/command_line.h"
#include "gateway/cli/counted.h"
#include "gateway/cli/place.h"
#include "gateway/cli/progress.h"
#include "gateway/private_file.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;

struct Wanted {
  std::string from = "rocksdb:";
  std::string log;
  std::string keys;
};

// Whoever takes the one away has the other.
absl::Status CheckApart(const Wanted& wanted) {
  std::error_code error;
  const fs::path folder = fs::weakly_canonical(wanted.log, error);
  const fs::path file = fs::weakly_canonical(wanted.keys, error);
  const auto [in, unused] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
  if (error || in != folder.end()) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "backup.together",
               "Keys are kept apart from the log: name a file outside of the log's folder.");
}

// Held for the whole backup: taken before its first byte, when all is checked.
struct Locks {
  std::unique_ptr<DataLock> log;
  std::unique_ptr<DataLock> keys;
};

std::string FolderOf(const std::string& file) {
  const std::string parent = fs::path(file).parent_path().string();
  return parent.empty() ? "." : parent;
}

absl::Status Unwritable(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kUnavailable, "file.unwritable", absl::StrCat(path, ": ", why));
}

// Whether a file of these keys can be made there, in place of one that stands.
absl::Status CheckKeysFile(eventstore::Exporter& log, const std::string& path) {
  const std::string folder = FolderOf(path);
  if (access(folder.c_str(), W_OK | X_OK) != 0) return Unwritable(folder, std::strerror(errno));
  std::error_code error;
  if (fs::is_directory(path, error)) {
    return Unwritable(path, "it is a directory; --keys names a file.");
  }
  ASSIGN_OR_RETURN(const std::string log_id, eventstore::ReadLogId(log));
  ASSIGN_OR_RETURN(const eventstore::LogEnd end, log.ReadEnd());
  const auto before = eventstore::KeyBackup::Open(path);
  if (absl::IsNotFound(before.status())) return absl::OkStatus();
  RETURN_IF_ERROR(before.status());
  return (*before)->CheckOlder(log_id, end);
}

absl::StatusOr<Locks> Prepare(eventstore::Exporter& log, const Wanted& wanted, bool shared) {
  Locks locks;
  if (!wanted.keys.empty()) {
    RETURN_IF_ERROR(CheckKeys(log, shared));
    RETURN_IF_ERROR(CheckKeysFile(log, wanted.keys));
  }
  // Two at once would each forget what the other learned.
  if (!wanted.keys.empty()) {
    ASSIGN_OR_RETURN(locks.keys, DataLock::Take(FolderOf(wanted.keys)));
  }
  if (!wanted.log.empty()) {
    RETURN_IF_ERROR(MakePrivateDirectory(wanted.log));
    ASSIGN_OR_RETURN(locks.log, DataLock::Take(wanted.log));
  }
  return locks;
}

absl::Status TakeLog(eventstore::Exporter& log, const std::string& folder) {
  Progress progress("backing up");
  eventstore::LogBackupOptions options;
  options.now = absl::Now();
  options.progress = [&progress](uint64_t done, uint64_t total) { progress.Show(done, total); };
  ASSIGN_OR_RETURN(const auto done, eventstore::BackUpLog(log, folder, options));
  progress.End();
  absl::PrintF("log       %d events up to position %d in %s, %d of them new (%d bytes)\n",
               done.about.print().events(), done.about.position(), folder, done.added,
               done.added_bytes);
  return absl::OkStatus();
}

absl::Status TakeKeys(eventstore::Exporter& log, const std::string& path) {
  ASSIGN_OR_RETURN(const auto done, eventstore::BackUpKeys(log, path, absl::Now()));
  absl::PrintF("keys      %d in %s; destroyed and remembered: %s, %s\n", done.keys, path,
               Counted(done.destroyed, "key"), Counted(done.erased, "subject"));
  if (done.revived == 0) return absl::OkStatus();
  return Error(absl::StatusCode::kDataLoss, "backup.revived",
               absl::StrCat("Of the keys in the store ", done.revived, " had been destroyed: an older "
                            "copy of it was put back otherwise than by `muniment restore`. "
                            "The backup leaves them out, the store still has them."));
}

absl::Status RunBackup(const CommandLine& line, const Wanted& wanted) {
  ASSIGN_OR_RETURN(const Config config, line.LoadConfig());
  ASSIGN_OR_RETURN(const Place from, ParsePlace(wanted.from, config));
  if (wanted.log.empty() && wanted.keys.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "backup.nothing",
                 "Say what to back up: --log DIR, --keys FILE, or both.");
  }
  if (!wanted.log.empty() && !wanted.keys.empty()) RETURN_IF_ERROR(CheckApart(wanted));
  if (from.shared && !wanted.log.empty()) {
    return Error(absl::StatusCode::kInvalidArgument, "backup.shared_log",
                 "PostgreSQL backs up its own tables (pg_dump without the keys: see below --help); "
                 "take --keys alone from here.");
  }
  ASSIGN_OR_RETURN(const OpenSource source, OpenPlace(from, /*beside=*/true));
  ASSIGN_OR_RETURN(const Locks locks, Prepare(*source.log, wanted, from.shared));
  // The keys last: they are never older than the log they belong to.
  if (!wanted.log.empty()) RETURN_IF_ERROR(TakeLog(*source.log, wanted.log));
  return wanted.keys.empty() ? absl::OkStatus() : TakeKeys(*source.log, wanted.keys);
}

}  // namespace

void AddBackup(CLI::App& app, CommandLine& line) {
  CLI::App* sub = app.add_subcommand("backup", "Backs up the log, and apart from it the keys");
  const auto wanted = std::make_shared<Wanted>();
  sub->add_option("--log", wanted->log, "Folder for the log; taken again, it gets what is new")
      ->type_name("DIR");
  sub->add_option("--keys", wanted->keys, "File for the data keys; a newer one replaces it")
      ->type_name("FILE");
  sub->add_option("--from", wanted->from, "rocksdb:DATADIR or, for --keys, postgres:URL")
      ->capture_default_str()
      ->type_name("STORE");
  AddConfigFlags(*sub, line, Shown::kStore);
  sub->footer(
      "  muniment backup --log /backup/log --keys /other/keys          beside a running server\n"
      "  muniment restore --log /backup/log --keys /other/keys --to new-data\n"
      "\n"
      "The log's backup is the log up to one position and opens nothing: it may be copied and kept\n"
      "as often as you like. Keys are kept apart, in one file that each backup replaces: it lists\n"
      "what was ever destroyed, so that no older log brings an erased person back. Take the keys\n"
      "again after every erasure, and keep no older copies of that file: a copy from before an\n"
      "erasure undoes it. Both stay wrapped by the master key, which belongs somewhere else again.\n"
      "\n"
      "On PostgreSQL the log is backed up by PostgreSQL, without the table of keys:\n"
      "  pg_dump -Fc -n muniment --exclude-table-data=muniment.data_keys \\\n"
      "    --exclude-table-data=muniment.nodes -f log.dump \"$URL\"\n"
      "  muniment backup --from postgres: --keys keys\n"
      "and put back by pg_restore, then `muniment restore --keys keys --to postgres:`.");
  sub->callback([&line, wanted] { line.result = RunBackup(line, *wanted); });
}

}  // namespace muniment::gateway
