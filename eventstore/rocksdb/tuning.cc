#include "eventstore/rocksdb/tuning.h"

#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include "eventstore/rocksdb/quiet_log.h"
#include "eventstore/rocksdb/schema.h"

namespace muniment::eventstore {

rocksdb::DBOptions DatabaseOptions(const RocksOptions& options) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  if (options.env != nullptr) db.env = options.env;
  db.paranoid_checks = true;
  db.track_and_verify_wals_in_manifest = true;
  // There is one writer.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;
  // Old write-ahead logs would keep destroyed keys readable.
  db.recycle_log_file_num = 0;
  db.max_total_wal_size = 128 << 20;
  db.db_write_buffer_size = 64 << 20;
  db.max_background_jobs = 2;
  db.bytes_per_sync = 1 << 20;
  db.max_open_files = 512;
  db.info_log = QuietLog::New();
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  db.skip_stats_update_on_db_open = true;
  return db;
}

rocksdb::ColumnFamilyOptions TableOptions(const std::string& name,
                                          const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  table.format_version = 5;
  // Where most questions are for what is not there.
  for (const schema::Table asked :
       {schema::kHeads, schema::kClaims, schema::kSlots, schema::kKeys}) {
    if (name == schema::TableName(asked)) {
      table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    }
  }
  rocksdb::ColumnFamilyOptions column;
  // In memory, too: a commit asks for each new head, claim and key, and a skip list is dear to ask.
  if (table.filter_policy != nullptr) {
    column.memtable_prefix_bloom_size_ratio = 0.05;
    column.memtable_whole_key_filtering = true;
  }
  column.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  column.write_buffer_size = name == schema::TableName(schema::kLog) ? 32 << 20 : 16 << 20;
  // Wrapped keys are random bytes, and a test looks for them in the files.
  column.compression = name == schema::TableName(schema::kKeys) ? rocksdb::kNoCompression
                                                                : rocksdb::kLZ4Compression;
  column.level_compaction_dynamic_level_bytes = true;
  return column;
}

}  // namespace muniment::eventstore
