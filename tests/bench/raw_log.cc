#include "tests/bench/raw_log.h"

#include <rocksdb/options.h>
#include <rocksdb/write_batch.h>

#include "eventstore/commit.h"
#include "tests/bench/bench.h"

namespace muniment::bench {

RawLog::RawLog(const std::string& folder, std::string body) : body_(std::move(body)) {
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* db = nullptr;
  if (!rocksdb::DB::Open(options, folder, &db).ok()) Fail("the raw log cannot be opened");
  db_.reset(db);
}

void RawLog::Append() {
  std::string key;
  eventstore::AppendU64(key, next_.fetch_add(1));
  rocksdb::WriteBatch batch;
  batch.Put(key, body_);
  rocksdb::WriteOptions synced;
  synced.sync = true;
  if (!db_->Write(synced, &batch).ok()) Fail("the raw log cannot be written");
}

}  // namespace muniment::bench
