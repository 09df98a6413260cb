// How RocksDB is set up for the store: small, checked, and quiet when idle.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_TUNING_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_TUNING_H_

#include <rocksdb/options.h>

#include <memory>
#include <string>

#include "eventstore/rocksdb/options.h"

namespace muniment::eventstore {

rocksdb::DBOptions DatabaseOptions(const RocksOptions& options);
// `name`: as TableName and SegmentName give it.
rocksdb::ColumnFamilyOptions TableOptions(const std::string& name,
                                          const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_TUNING_H_
