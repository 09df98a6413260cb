// Opens RocksDB's files and tells a torn tail of the write-ahead log from damage.
//
// A group of commits is written in one record and synced before the next is begun, so a record
// behind a damaged one proves that the damaged one was acknowledged: such a log is refused, with
// the file's name. Damage with nothing behind it is the last write of a machine that lost its
// power, which nobody was told of: it is cut off.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_RECOVERY_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_RECOVERY_H_

#include <rocksdb/db.h>

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "eventstore/rocksdb/options.h"

namespace muniment::eventstore {

struct OpenedRocks {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

// `options.cache` is set. Errors as in database.h.
absl::StatusOr<OpenedRocks> OpenRocks(const RocksOptions& options);

// What `found`, damage, means: OK for a torn tail of a write that nobody was told of; else the damage,
// with the file's name where it is a write-ahead log that RocksDB does not name.
absl::Status NameDamage(const RocksOptions& options, const absl::Status& found);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_RECOVERY_H_
