// RocksDB's own log, unwritten: it would stand on the disk that it tells of, and Debian's RocksDB ends
// the process when that one is full; it names keys besides, and keys hold names. What goes wrong comes
// back as the status of whatever was asked.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_QUIET_LOG_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_QUIET_LOG_H_

#include <rocksdb/env.h>

#include <cstdarg>
#include <memory>

namespace muniment::eventstore {

class QuietLog final : public rocksdb::Logger {
 public:
  static std::shared_ptr<rocksdb::Logger> New() { return std::make_shared<QuietLog>(); }
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_QUIET_LOG_H_
