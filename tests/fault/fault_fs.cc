#include "fault/fault_fs.h"

#include <utility>

#include "absl/strings/match.h"

namespace muniment::eventstore {

using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class FaultFs::File final : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  File(std::unique_ptr<FSWritableFile> file, std::shared_ptr<Faults> faults, bool is_log)
      : FSWritableFileOwnerWrapper(std::move(file)), faults_(std::move(faults)), is_log_(is_log) {}

  IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
    if (faults_->broken) return Met(IOStatus::IOError("the disk is broken"));
    if (!faults_->full) return FSWritableFileOwnerWrapper::Append(data, options, debug);
    const IOStatus status = FSWritableFileOwnerWrapper::Append(
        Slice(data.data(), data.size() / 2), options, debug);
    return status.ok() ? Met(IOStatus::NoSpace("the disk is full")) : status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = SyncFault();
    return fault.ok() ? FSWritableFileOwnerWrapper::Sync(options, debug) : fault;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    const IOStatus fault = SyncFault();
    return fault.ok() ? FSWritableFileOwnerWrapper::Fsync(options, debug) : fault;
  }

 private:
  IOStatus Met(IOStatus status) {
    ++faults_->met;
    return status;
  }
  IOStatus SyncFault() {
    if (faults_->broken) return Met(IOStatus::IOError("the disk is broken"));
    if (!is_log_) return IOStatus::OK();
    int left = faults_->log_syncs;
    while (left > 0 && !faults_->log_syncs.compare_exchange_weak(left, left - 1)) {
    }
    return left > 0 ? Met(IOStatus::IOError("the sync failed")) : IOStatus::OK();
  }

  const std::shared_ptr<Faults> faults_;
  const bool is_log_;
};

class FaultFs::System final : public rocksdb::FileSystemWrapper {
 public:
  explicit System(std::shared_ptr<Faults> faults)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), faults_(std::move(faults)) {}
  const char* Name() const override { return "FaultFs"; }

  IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions& options,
                           std::unique_ptr<FSWritableFile>* result,
                           IODebugContext* debug) override {
    if (faults_->broken) {
      ++faults_->met;
      return IOStatus::IOError("the disk is broken");
    }
    std::unique_ptr<FSWritableFile> file;
    const IOStatus status = FileSystemWrapper::NewWritableFile(name, options, &file, debug);
    if (!status.ok()) return status;
    *result = std::make_unique<File>(std::move(file), faults_, absl::EndsWith(name, ".log"));
    return status;
  }

 private:
  const std::shared_ptr<Faults> faults_;
};

FaultFs::FaultFs()
    : faults_(std::make_shared<Faults>()),
      env_(rocksdb::NewCompositeEnv(std::make_shared<System>(faults_))) {}

}  // namespace muniment::eventstore
