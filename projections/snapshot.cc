#include "projections/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "base/sealed_stream.h"
#include "projections/database_rep.h"
#include "rocksdb/write_batch.h"

namespace muniment::projections {
namespace {

constexpr absl::string_view kMagic = "MUNIMOD1";
constexpr size_t kIdBytes = 8;
constexpr size_t kSaltBytes = 32;
constexpr size_t kHeaderBytes = 8 + kIdBytes + kSaltBytes;
constexpr uint8_t kEnd = 255;
constexpr uint64_t kTellEvery = 1 << 14;  // entries
constexpr size_t kBatchBytes = 1 << 20;
constexpr uint32_t kMaxEntry = 64 << 20;

absl::Status FileError(absl::string_view reason, const std::string& path) {
  return Error(absl::StatusCode::kUnavailable, reason,
               absl::StrCat(path, ": ", std::strerror(errno)));
}

absl::Status DamagedFile(const std::string& path) {
  return Error(absl::StatusCode::kDataLoss, "snapshot.damaged",
               absl::StrCat(path, " is no whole snapshot of read models."));
}

SealedStream StreamOf(const MasterKey& master, absl::string_view header) {
  return SealedStream(Secret(HkdfSha256(master.Derive("muniment.models").reveal(),
                                        header.substr(kHeaderBytes - kSaltBytes), "snapshot")),
                      header);
}

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

class Writer {
 public:
  Writer(File file, std::string path, SealedStream stream)
      : file_(std::move(file)), path_(std::move(path)), stream_(std::move(stream)) {}

  absl::Status Add(absl::string_view bytes) {
    pending_.append(bytes.data(), bytes.size());
    while (pending_.size() > SealedStream::kPieceBytes) {
      RETURN_IF_ERROR(Put(stream_.Seal(
          absl::string_view(pending_).substr(0, SealedStream::kPieceBytes), false)));
      pending_.erase(0, SealedStream::kPieceBytes);
    }
    return absl::OkStatus();
  }
  absl::Status AddEntry(uint8_t family, absl::string_view key, absl::string_view value) {
    std::string entry(1, static_cast<char>(family));
    AppendU32(static_cast<uint32_t>(key.size()), &entry);
    absl::StrAppend(&entry, key);
    AppendU32(static_cast<uint32_t>(value.size()), &entry);
    absl::StrAppend(&entry, value);
    return Add(entry);
  }
  absl::Status Finish() {
    RETURN_IF_ERROR(Add(std::string(1, static_cast<char>(kEnd))));
    RETURN_IF_ERROR(Put(stream_.Seal(pending_, true)));
    if (std::fflush(file_.get()) != 0 || fsync(fileno(file_.get())) != 0) {
      return FileError("file.unwritable", path_);
    }
    return absl::OkStatus();
  }
  absl::Status Put(absl::string_view bytes) {
    if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
      return FileError("file.unwritable", path_);
    }
    written_ += bytes.size();
    return absl::OkStatus();
  }
  uint64_t written() const { return written_; }

 private:
  const File file_;
  const std::string path_;
  SealedStream stream_;
  std::string pending_;
  uint64_t written_ = 0;
};

// The entries' bytes, opened as they are asked for.
class Reader {
 public:
  Reader(File file, std::string path, SealedStream stream)
      : file_(std::move(file)), path_(std::move(path)), stream_(std::move(stream)) {}

  absl::StatusOr<std::string> Take(size_t bytes) {
    while (open_.size() - at_ < bytes) RETURN_IF_ERROR(OpenNext());
    std::string taken = open_.substr(at_, bytes);
    at_ += bytes;
    return taken;
  }
  absl::StatusOr<std::string> TakeText() {
    ASSIGN_OR_RETURN(const std::string length, Take(4));
    if (ReadU32(length) > kMaxEntry) return DamagedFile(path_);
    return Take(ReadU32(length));
  }
  // Nothing may stand behind the end.
  absl::Status Finish() {
    return ended_ && at_ == open_.size() ? absl::OkStatus() : DamagedFile(path_);
  }

 private:
  absl::Status OpenNext() {
    if (ended_) return DamagedFile(path_);
    std::string sealed(SealedStream::kSealedBytes, '\0');
    sealed.resize(std::fread(sealed.data(), 1, sealed.size(), file_.get()));
    const int next = std::fgetc(file_.get());
    if (std::ferror(file_.get()) != 0) return FileError("file.unreadable", path_);
    ended_ = next == EOF;
    if (!ended_) std::ungetc(next, file_.get());
    auto piece = stream_.Open(sealed, ended_);
    if (!piece.has_value()) return DamagedFile(path_);
    open_ = absl::StrCat(absl::string_view(open_).substr(at_), *piece);
    at_ = 0;
    return absl::OkStatus();
  }

  File file_;
  std::string path_;
  SealedStream stream_;
  std::string open_;
  size_t at_ = 0;
  bool ended_ = false;
};

uint64_t AboutEntries(const Disk& disk) {
  uint64_t all = 0;
  for (uint8_t family = 0; family < kFamilies; ++family) {
    uint64_t keys = 0;
    (void)disk.db->GetIntProperty(disk.families[family], "rocksdb.estimate-num-keys", &keys);
    all += keys;
  }
  return all;
}

absl::StatusOr<uint64_t> WriteEntries(const Disk& disk, Writer& writer,
                                      const SnapshotProgress& progress) {
  uint64_t entries = 0;
  const uint64_t about = progress == nullptr ? 0 : AboutEntries(disk);
  // An estimate may be too low.
  const auto tell = [&] {
    if (progress != nullptr) progress(entries, std::max(entries, about));
  };
  for (uint8_t family = 0; family < kFamilies; ++family) {
    rocksdb::ReadOptions reading;
    reading.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> it(
        disk.db->NewIterator(reading, disk.families[family]));
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      RETURN_IF_ERROR(writer.AddEntry(family, FromSlice(it->key()), FromSlice(it->value())));
      if (++entries % kTellEvery == 0) tell();
    }
    RETURN_IF_ERROR(FromRocks(it->status()));
  }
  tell();
  return entries;
}

absl::Status ReadEntries(Reader& reader, const std::string& path, Disk& disk) {
  rocksdb::WriteOptions writing;
  writing.disableWAL = true;
  rocksdb::WriteBatch batch;
  while (true) {
    ASSIGN_OR_RETURN(const std::string family, reader.Take(1));
    const auto number = static_cast<uint8_t>(family[0]);
    const bool end = number == kEnd;
    if (!end && number >= kFamilies) return DamagedFile(path);
    if (!end) {
      ASSIGN_OR_RETURN(const std::string key, reader.TakeText());
      ASSIGN_OR_RETURN(const std::string value, reader.TakeText());
      batch.Put(disk.families[number], key, value);
    }
    if (end || batch.GetDataSize() > kBatchBytes) {
      RETURN_IF_ERROR(FromRocks(disk.db->Write(writing, &batch)));
      batch.Clear();
    }
    if (end) break;
  }
  RETURN_IF_ERROR(reader.Finish());
  const std::vector<rocksdb::ColumnFamilyHandle*> families(disk.families.begin(),
                                                           disk.families.end());
  return FromRocks(disk.db->Flush(rocksdb::FlushOptions(), families));
}

// The file behind its header, which was looked at.
absl::StatusOr<Reader> OpenFile(const std::string& path, const MasterKey& master) {
  File file(std::fopen(path.c_str(), "rbe"), std::fclose);
  if (file == nullptr) return FileError("file.unreadable", path);
  std::string header(kHeaderBytes, '\0');
  if (std::fread(header.data(), 1, header.size(), file.get()) != header.size() ||
      absl::string_view(header).substr(0, kMagic.size()) != kMagic) {
    return DamagedFile(path);
  }
  if (header.substr(kMagic.size(), kIdBytes) != master.Id()) {
    return Error(absl::StatusCode::kFailedPrecondition, "master_key.other",
                 absl::StrCat(path, " was sealed under another master key than ", master.Id(), "."));
  }
  return Reader(std::move(file), path, StreamOf(master, header));
}

absl::Status Renamed(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return FileError("file.unwritable", to);
}

}  // namespace

absl::StatusOr<SnapshotInfo> WriteSnapshot(const std::string& models, const std::string& scratch,
                                           const MasterKey& master, const std::string& file,
                                           const SnapshotProgress& progress) {
  if (!std::filesystem::exists(models + "/CURRENT")) {
    return Error(absl::StatusCode::kNotFound, "snapshot.no_models",
                 absl::StrCat("There are no read models in ", models, "."));
  }
  DatabaseOptions options;
  options.path = models;
  options.follow = scratch;
  ASSIGN_OR_RETURN(const auto disk, OpenDisk(options));
  const std::string header = absl::StrCat(kMagic, master.Id(), RandomBytes(kSaltBytes));
  const std::string part = file + ".part";
  const int descriptor = open(part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor < 0) return FileError("file.unwritable", part);
  absl::Cleanup unlinked = [&part] { unlink(part.c_str()); };
  Writer writer(File(fdopen(descriptor, "wb"), std::fclose), part, StreamOf(master, header));
  SnapshotInfo info;
  RETURN_IF_ERROR(writer.Put(header));
  ASSIGN_OR_RETURN(info.entries, WriteEntries(*disk, writer, progress));
  RETURN_IF_ERROR(writer.Finish());
  RETURN_IF_ERROR(Renamed(part, file));
  std::move(unlinked).Cancel();
  info.bytes = writer.written();
  std::string checkpoint;
  RETURN_IF_ERROR(FromRocks(disk->db->Get(rocksdb::ReadOptions(), disk->families[kMeta],
                                          kCheckpointKey, &checkpoint)));
  if (checkpoint.size() >= 16) info.position = ReadU64(absl::string_view(checkpoint).substr(8));
  return info;
}

absl::Status TakeSnapshot(const std::string& file, const MasterKey& master,
                          const std::string& models) {
  if (std::filesystem::exists(models)) {
    return Error(absl::StatusCode::kAlreadyExists, "snapshot.exists",
                 absl::StrCat("There are read models in ", models, " already."));
  }
  ASSIGN_OR_RETURN(Reader reader, OpenFile(file, master));
  const std::string part = models + ".part";
  std::error_code ignored;
  std::filesystem::remove_all(part, ignored);
  absl::Cleanup removed = [&] { std::filesystem::remove_all(part, ignored); };
  {
    DatabaseOptions options;
    options.path = part;
    options.bulk = true;
    ASSIGN_OR_RETURN(const auto disk, OpenDisk(options));
    RETURN_IF_ERROR(ReadEntries(reader, file, *disk));
  }
  return Renamed(part, models);
}

}  // namespace muniment::projections
