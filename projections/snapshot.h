// The read models of one node in a sealed file, from which another starts instead of folding the
// whole log. The file is as secret as the models and proves by the master key that a node of the same
// store wrote it; what comes of it is compared with the log as any read models are (runner.h).
//
//   ASSIGN_OR_RETURN(const SnapshotInfo info, WriteSnapshot(models, scratch, master, file));
//   RETURN_IF_ERROR(TakeSnapshot(file, master, models));  // in a directory that does not exist
//
// Layout: "MUNIMOD1", the master key's id (8 hex digits), a salt of 32 bytes; then a sealed stream
// (base/sealed_stream.h) of entries: family u8, key and value each with its length u32, big-endian;
// a family of 255 is the end. Entries are RocksDB's, the format mark and the tables' identities among
// them.
//
// WriteSnapshot reads beside a server that runs; the state is of one moment. The file takes its name
// when it is whole and on the disk. TakeSnapshot leaves nothing behind when it fails.
// Threads: each runs on its caller's, as long as it takes.
// Errors: NOT_FOUND "snapshot.no_models"; ALREADY_EXISTS "snapshot.exists"; UNAVAILABLE
// "file.unreadable" and "file.unwritable"; FAILED_PRECONDITION "master_key.other"; DATA_LOSS
// "snapshot.damaged" for a file that is cut off, changed, or none of ours; those of database.h.
#ifndef MUNIMENT_PROJECTIONS_SNAPSHOT_H_
#define MUNIMENT_PROJECTIONS_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/keyring.h"

namespace muniment::projections {

struct SnapshotInfo {
  uint64_t position = 0;  // of the log
  uint64_t entries = 0;
  uint64_t bytes = 0;  // of the file
};

// Entries written, of about so many; now and then, and at the end.
using SnapshotProgress = std::function<void(uint64_t done, uint64_t total)>;

// `scratch`: an empty directory of the caller's.
absl::StatusOr<SnapshotInfo> WriteSnapshot(const std::string& models, const std::string& scratch,
                                           const MasterKey& master, const std::string& file,
                                           const SnapshotProgress& progress = nullptr);

absl::Status TakeSnapshot(const std::string& file, const MasterKey& master,
                          const std::string& models);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_SNAPSHOT_H_
