// Makes destroyed data keys unreadable in the server's files: the table of keys is written anew and
// the write-ahead log before that is given up.
//
// Blocks; commits that bring or destroy keys wait while the table is written (about a second for a
// million keys). The server has to run with wal_recycle = off and without wal_keep_size or lagging
// slots, and the store's role needs pg_checkpoint and pg_monitor, and EXECUTE on pg_switch_wal();
// base backups and archived logs are outside of its reach.
// Errors: UNAVAILABLE "store.unavailable"; FAILED_PRECONDITION "store.purge_incomplete" when the
// tables are written anew, but the server keeps old write-ahead log, or the role may not ask.
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_PURGE_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_PURGE_H_

#include "absl/status/status.h"
#include "eventstore/postgres/options.h"

namespace muniment::eventstore {

absl::Status PurgeKeys(const PostgresOptions& options);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_PURGE_H_
