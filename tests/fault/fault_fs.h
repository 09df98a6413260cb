// A file system that fails when it is told to: it stands between RocksDB and the machine's.
//
//   FaultFs fault;  options.env = fault.env();  fault.FailSyncs(1);
//
// Thread-safe.
#ifndef MUNIMENT_TESTS_FAULT_FAULT_FS_H_
#define MUNIMENT_TESTS_FAULT_FAULT_FS_H_

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <atomic>
#include <memory>
#include <string>

namespace muniment::eventstore {

class FaultFs {
 public:
  FaultFs();
  rocksdb::Env* env() { return env_.get(); }

  // The next `count` syncs of a write-ahead log fail after its bytes are written.
  void FailSyncs(int count) { faults_->log_syncs = count; }
  // From now on nothing can be written. The write that meets the end is cut in its middle.
  void FillDisk(bool full) { faults_->full = full; }
  // From now on everything fails: writes, syncs, new files.
  void BreakDisk(bool broken) { faults_->broken = broken; }
  int faults_met() const { return faults_->met; }

 private:
  struct Faults {
    std::atomic<int> log_syncs = 0;
    std::atomic<bool> full = false;
    std::atomic<bool> broken = false;
    std::atomic<int> met = 0;
  };
  class File;
  class System;

  const std::shared_ptr<Faults> faults_;
  std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_TESTS_FAULT_FAULT_FS_H_
