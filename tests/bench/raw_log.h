// The bare loop that appends and creates are held against: a RocksDB in a folder of its own, each
// thread syncs its own WriteBatch with one event's bytes.
//
// Thread-safe.
#ifndef MUNIMENT_TESTS_BENCH_RAW_LOG_H_
#define MUNIMENT_TESTS_BENCH_RAW_LOG_H_

#include <rocksdb/db.h>

#include <atomic>
#include <memory>
#include <string>

namespace muniment::bench {

class RawLog {
 public:
  RawLog(const std::string& folder, std::string body);
  // One synced batch.
  void Append();

 private:
  const std::string body_;
  std::atomic<uint64_t> next_{0};
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace muniment::bench

#endif  // MUNIMENT_TESTS_BENCH_RAW_LOG_H_
