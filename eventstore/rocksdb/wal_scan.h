// Looks through a write-ahead log that RocksDB refused, and tells damage that has whole records
// behind it from a torn tail. The format is RocksDB's: blocks of 32 KiB with fragments of records,
// each with a masked CRC-32C, a length and a type before it.
//
// Thread-safe; no I/O.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_WAL_SCAN_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_WAL_SCAN_H_

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace muniment::eventstore {

struct WalScan {
  // Where the first fragment begins that does not hold; nothing in a sound file.
  std::optional<size_t> damage;
  // The file has a whole fragment that begins a record, behind the damage if there is any.
  bool record_behind = false;
};

WalScan ScanWal(absl::string_view file);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_WAL_SCAN_H_
