// A log as it comes back: events from its backup, keys from the newest backup of keys and from
// nowhere else. Who was erased after the log was backed up stays erased: his keys are not there,
// what they sealed reads as absent, his names are free. An Exporter, for move.h to put it into an
// empty store.
//
//   ASSIGN_OR_RETURN(const auto log, RestoredLog::Open(backup, keys, master));
//   ASSIGN_OR_RETURN(const Moved moved, Move(*log, importer));
//
// The epoch is one above all that are known, since the log may end earlier than it once did. Claims
// are folded anew from the events that can still be read.
//
// Memory: about 400 bytes a key and a claim. Threads: one at a time. Errors: those of the two;
// FAILED_PRECONDITION "backup.other_log" for keys of another log, "backup.keys_too_old" for keys
// older than the log (they cannot be the newest, and would revive whom later ones forgot),
// "master_key.other" for another master key than theirs; "store.level_too_high" and the like for a
// log that a newer release wrote.
#ifndef MUNIMENT_EVENTSTORE_BACKUP_RESTORED_LOG_H_
#define MUNIMENT_EVENTSTORE_BACKUP_RESTORED_LOG_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "base/keyring.h"
#include "eventstore/backup/key_backup.h"
#include "eventstore/codec.h"
#include "eventstore/export.h"

namespace muniment::eventstore {

class BackupKeySource;

class RestoredLog final : public Exporter {
 public:
  // All outlive it. `log` holds heads and sequences; whatever it has of keys and claims is not
  // asked, its erased subjects are added to those of the keys.
  static absl::StatusOr<std::unique_ptr<RestoredLog>> Open(Exporter& log, const KeyBackup& keys,
                                                           const MasterKey& master,
                                                           CodecOptions codec = {});
  ~RestoredLog() override;

  absl::StatusOr<LogEnd> ReadEnd() override { return end_; }
  absl::Status ReadLog(uint64_t after, EventVisitor visit) override;
  absl::Status ReadRows(RowKind kind, RowVisitor visit) override;

  // How many subjects are erased.
  uint64_t erased() const { return erased_.size(); }

 private:
  RestoredLog(Exporter& log, const KeyBackup& keys);
  absl::Status ReadClaims(RowVisitor visit);

  Exporter& log_;
  const KeyBackup& keys_;
  LogEnd end_;
  std::set<KeyBackup::Name> erased_;
  std::unique_ptr<BackupKeySource> source_;
  std::unique_ptr<Codec> codec_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_BACKUP_RESTORED_LOG_H_
