// The backup of a log: a folder with its events, the heads of its streams, and nothing that opens
// what is sealed. Taken again into the same folder it adds what came since (FORMAT.md, Backups).
//
//   ASSIGN_OR_RETURN(const LogBackedUp done, BackUpLog(exporter, folder, options));
//
//   ASSIGN_OR_RETURN(const auto backup, LogBackup::Open(folder));    // to restore, an Exporter
//   backup->about().position();
//
// The folder always holds one whole backup: files are added, then the manifest that names them is
// replaced. Reading proves every file against the manifest, and the events against the fingerprint
// in it.
//
// Threads: one at a time; one process at a folder (the caller sees to it). Blocks; memory does not
// grow with the log. Errors: those of record_file.h and of the exporter; FAILED_PRECONDITION
// "backup.other_log" for a folder with the backup of another log, or of another epoch of it,
// "backup.not_empty" for one with other files; DATA_LOSS "backup.damaged".
#ifndef MUNIMENT_EVENTSTORE_BACKUP_LOG_BACKUP_H_
#define MUNIMENT_EVENTSTORE_BACKUP_LOG_BACKUP_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/export.h"
#include "eventstore/fingerprint.h"
#include "muniment/store/v1/backup.pb.h"

namespace muniment::eventstore {

struct LogBackupOptions {
  absl::Time now;
  // Called every few thousand events with the position reached and that of the log's end.
  std::function<void(uint64_t position, uint64_t end)> progress = {};
};

struct LogBackedUp {
  store::v1::LogBackup about;
  uint64_t added = 0;        // events
  uint64_t added_bytes = 0;  // of their file
};

absl::StatusOr<LogBackedUp> BackUpLog(Exporter& log, const std::string& folder,
                                      const LogBackupOptions& options);

class LogBackup final : public Exporter {
 public:
  // Reads and proves all of it. NOT_FOUND "file.unreadable" where there is none.
  static absl::StatusOr<std::unique_ptr<LogBackup>> Open(const std::string& folder);

  const store::v1::LogBackup& about() const { return about_; }
  absl::StatusOr<LogEnd> ReadEnd() override;
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  // Has heads and sequences alone.
  absl::Status ReadRows(RowKind kind, RowVisitor visit) override;

 private:
  LogBackup(std::string folder, store::v1::LogBackup about)
      : folder_(std::move(folder)), about_(std::move(about)) {}

  const std::string folder_;
  const store::v1::LogBackup about_;
};

// Which log it is: the id of its claims key, which its first event names. NOT_FOUND
// "store.not_founded".
absl::StatusOr<std::string> ReadLogId(Exporter& log);

// One record that is a message, as a file of its own.
absl::Status WriteMessage(const std::string& path, const google::protobuf::Message& message);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_BACKUP_LOG_BACKUP_H_
