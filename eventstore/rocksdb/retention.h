// What leaves the files: days of events that expired, and destroyed keys.
//
// Threads: thread-safe. Both block for as long as RocksDB compacts.
// Errors: those of database.h.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_RETENTION_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_RETENTION_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// Deletes an instance's events of a class and day with their index entries through `write`, and
// compacts the segment so that they are gone from it. In the batch with a stream's last event go the
// stream's own keys and the mark of their destruction: `write` has it made where no commit comes
// between. Their bytes leave the files when RocksDB rewrites their place, or with PurgeKeys.
absl::Status PruneRows(Database& database, uint64_t instance, Keep keep, uint32_t day,
                       absl::FunctionRef<absl::Status(StageRows stage)> write);

// Rewrites the table of keys and drops the write-ahead logs that held them; OK when no file from
// before is left. A key's wrapped bytes stand only in values, so the MANIFEST, which names the
// first and last keys of files, never holds them. UNAVAILABLE when a reader keeps a file for long.
absl::Status PurgeKeys(Database& database);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_RETENTION_H_
