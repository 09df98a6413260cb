// The backup of a log's data keys, apart from the log's: one file, replaced by each newer one. Keys
// stand in it as in the store, wrapped by the master key. What was destroyed is remembered for
// good: the ids of destroyed keys and the erased subjects of the file that stands there are taken
// over, so no older copy of the store can bring them back (FORMAT.md, Backups). Of streams it knows
// no more than the store: what is theirs expires.
//
//   ASSIGN_OR_RETURN(const KeysBackedUp done, BackUpKeys(exporter, path, now));
//
//   ASSIGN_OR_RETURN(const auto keys, KeyBackup::Open(path));
//   keys->ReadRows(kKeyRows, visit);
//
// Threads: one at a time; one process at a file (the caller sees to it). Blocks. Memory: about 100
// bytes an erased subject and a destroyed key. Errors: those of record_file.h and of the exporter;
// FAILED_PRECONDITION "backup.other_log" when the file that stands there is of another log,
// "backup.newer" when it is of a later state than the store's; DATA_LOSS "backup.damaged".
#ifndef MUNIMENT_EVENTSTORE_BACKUP_KEY_BACKUP_H_
#define MUNIMENT_EVENTSTORE_BACKUP_KEY_BACKUP_H_

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "eventstore/export.h"
#include "muniment/store/v1/backup.pb.h"

namespace muniment::eventstore {

struct KeysBackedUp {
  store::v1::KeyBackup about;
  uint64_t keys = 0;
  uint64_t erased = 0;     // subjects
  uint64_t destroyed = 0;  // keys, known by their ids
  // Keys that stand in the store although they were destroyed: somebody put an older copy back.
  // They are left out.
  uint64_t revived = 0;
};

absl::StatusOr<KeysBackedUp> BackUpKeys(Exporter& log, const std::string& path, absl::Time now);

class KeyBackup {
 public:
  // Reads the file once and proves it.
  static absl::StatusOr<std::unique_ptr<KeyBackup>> Open(const std::string& path);

  const store::v1::KeyBackup& about() const { return about_; }
  // Instance and subject, or key id.
  using Name = std::pair<uint64_t, std::string>;
  const std::set<Name>& erased() const { return erased_; }
  const std::set<Name>& destroyed() const { return destroyed_; }
  // Whether the key may not come back.
  bool IsDestroyed(const DataKey& key) const;
  // Whether a backup of this log at this end may follow it. A key of the file that the store has no
  // more was destroyed; of a store that is behind the file that could not be said. Errors:
  // FAILED_PRECONDITION "backup.other_log", "backup.newer".
  absl::Status CheckOlder(const std::string& log_id, const LogEnd& end) const;
  const std::string& path() const { return path_; }
  // Keys that were not destroyed, by instance and id.
  absl::Status ReadKeys(absl::FunctionRef<absl::Status(const DataKey& key)> visit) const;

 private:
  explicit KeyBackup(std::string path) : path_(std::move(path)) {}
  absl::Status ReadAll(absl::FunctionRef<absl::Status(absl::string_view record)> visit) const;

  const std::string path_;
  store::v1::KeyBackup about_;
  std::set<Name> erased_;
  std::set<Name> destroyed_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_BACKUP_KEY_BACKUP_H_
