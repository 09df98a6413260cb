#include "eventstore/backup/record_file.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

constexpr absl::string_view kMagic = "muniment records 1\n";
constexpr uint32_t kEnd = 0xffffffff;
// The largest that anybody writes is a little over a commit's limit.
constexpr uint32_t kMaxRecord = 16 << 20;
constexpr size_t kBuffer = 1 << 20;

absl::Status Failed(absl::StatusCode code, absl::string_view reason, const std::string& path) {
  return Error(code, reason, absl::StrCat(path, ": ", std::strerror(errno), "."));
}

std::string Fresh(const std::string& path) { return path + ".new"; }

Digest FirstHash() { return Sha256(kMagic); }

Digest NextHash(const Digest& hash, absl::string_view record) {
  std::string length;
  AppendU32(length, static_cast<uint32_t>(record.size()));
  return Sha256(hash, length, record);
}

// The folder's entry for a new file is on the disk only after this.
absl::Status SyncFolder(const std::string& path) {
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string folder = parent.empty() ? "." : parent.string();
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && fsync(descriptor) == 0;
  absl::Status status;
  if (!synced) status = Failed(absl::StatusCode::kUnavailable, "file.unwritable", folder);
  if (descriptor >= 0) close(descriptor);
  return status;
}

}  // namespace

absl::Status BackupDamaged(const std::string& path, absl::string_view what) {
  return Error(absl::StatusCode::kDataLoss, "backup.damaged", absl::StrCat(path, ": ", what));
}

absl::StatusOr<std::unique_ptr<RecordWriter>> RecordWriter::Make(const std::string& path) {
  const std::string fresh = Fresh(path);
  if (unlink(fresh.c_str()) != 0 && errno != ENOENT) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", fresh);
  }
  const int descriptor = open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return Failed(absl::StatusCode::kUnavailable, "file.unwritable", fresh);
  return absl::WrapUnique(new RecordWriter(path, descriptor));
}

RecordWriter::RecordWriter(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor), buffer_(kMagic) {
  file_.hash = FirstHash();
}

RecordWriter::~RecordWriter() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(Fresh(path_).c_str());
}

absl::Status RecordWriter::Add(absl::string_view record) {
  if (record.size() > kMaxRecord) return BackupDamaged(path_, "a record is too large to be one");
  AppendU32(buffer_, static_cast<uint32_t>(record.size()));
  absl::StrAppend(&buffer_, record);
  file_.hash = NextHash(file_.hash, record);
  ++file_.records;
  return buffer_.size() < kBuffer ? absl::OkStatus() : Write();
}

absl::Status RecordWriter::Write() {
  absl::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t count = write(descriptor_, left.data(), left.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path_);
    left.remove_prefix(static_cast<size_t>(count));
    file_.bytes += static_cast<uint64_t>(count);
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::StatusOr<RecordFile> RecordWriter::Finish() {
  AppendU32(buffer_, kEnd);
  absl::StrAppend(&buffer_, file_.hash.view());
  RETURN_IF_ERROR(Write());
  if (fsync(descriptor_) != 0) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path_);
  }
  if (rename(Fresh(path_).c_str(), path_.c_str()) != 0) {
    return Failed(absl::StatusCode::kUnavailable, "file.unwritable", path_);
  }
  close(std::exchange(descriptor_, -1));
  RETURN_IF_ERROR(SyncFolder(path_));
  return file_;
}

absl::StatusOr<std::unique_ptr<RecordReader>> RecordReader::Open(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) {
    // Only what is not there may be begun anew.
    const bool missing = errno == ENOENT || errno == ENOTDIR;
    return Failed(missing ? absl::StatusCode::kNotFound : absl::StatusCode::kUnavailable,
                  "file.unreadable", path);
  }
  auto reader = absl::WrapUnique(new RecordReader(path, descriptor));
  ASSIGN_OR_RETURN(const absl::string_view magic, reader->Take(kMagic.size()));
  if (magic != kMagic) return BackupDamaged(path, "it is no file of a backup");
  return reader;
}

RecordReader::RecordReader(std::string path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {
  file_.hash = FirstHash();
}

RecordReader::~RecordReader() { close(descriptor_); }

absl::StatusOr<absl::string_view> RecordReader::Take(size_t size) {
  if (buffer_.size() - taken_ < size) {
    buffer_.erase(0, taken_);
    taken_ = 0;
    const size_t want = size > kBuffer ? size : kBuffer;
    size_t have = buffer_.size();
    buffer_.resize(want);
    while (have < size) {
      const ssize_t count = read(descriptor_, buffer_.data() + have, want - have);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return Failed(absl::StatusCode::kUnavailable, "file.unreadable", path_);
      if (count == 0) break;
      have += static_cast<size_t>(count);
    }
    buffer_.resize(have);
  }
  const absl::string_view bytes = absl::string_view(buffer_).substr(taken_, size);
  taken_ += bytes.size();
  file_.bytes += bytes.size();
  return bytes;
}

absl::StatusOr<std::optional<absl::string_view>> RecordReader::Next() {
  ASSIGN_OR_RETURN(const absl::string_view length, Take(4));
  if (length.size() < 4) return BackupDamaged(path_, "it ends too early");
  const uint32_t size = ReadU32(length);
  if (size == kEnd) {
    ASSIGN_OR_RETURN(const absl::string_view hash, Take(Digest::kSize));
    if (hash != file_.hash.view()) return BackupDamaged(path_, "its bytes are not what was written");
    ASSIGN_OR_RETURN(const absl::string_view more, Take(1));
    if (!more.empty()) return BackupDamaged(path_, "something stands behind its end");
    return std::nullopt;
  }
  if (size > kMaxRecord) return BackupDamaged(path_, "its bytes are not what was written");
  ASSIGN_OR_RETURN(const absl::string_view record, Take(size));
  if (record.size() < size) return BackupDamaged(path_, "it ends too early");
  file_.hash = NextHash(file_.hash, record);
  ++file_.records;
  return record;
}

}  // namespace muniment::eventstore
