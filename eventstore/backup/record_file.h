// A file of records that tells when it is whole: what backups are made of (FORMAT.md, Backups).
//
//   ASSIGN_OR_RETURN(const auto writer, RecordWriter::Make(path));
//   RETURN_IF_ERROR(writer->Add(record));  ...
//   ASSIGN_OR_RETURN(const RecordFile file, writer->Finish());     // now it stands at `path`
//
//   ASSIGN_OR_RETURN(const auto reader, RecordReader::Open(path));
//   while (true) { ASSIGN_OR_RETURN(const auto record, reader->Next()); if (!record) break; }
//
// A file has mode 0600, is written beside its place, synced and renamed: at `path` stands a whole
// one or what stood there before. Any changed or missing byte is told by the reader at the latest
// when it comes to the end; what is read before that is not proven yet.
//
// Threads: one at a time. Blocks. Errors: UNAVAILABLE "file.unwritable" (a full disk, too),
// NOT_FOUND "file.unreadable" where there is no such file, UNAVAILABLE "file.unreadable" where it
// cannot be read; DATA_LOSS "backup.damaged"; each with the file's name.
#ifndef MUNIMENT_EVENTSTORE_BACKUP_RECORD_FILE_H_
#define MUNIMENT_EVENTSTORE_BACKUP_RECORD_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/crypto.h"

namespace muniment::eventstore {

struct RecordFile {
  uint64_t bytes = 0;
  uint64_t records = 0;
  Digest hash;  // over all records
};

absl::Status BackupDamaged(const std::string& path, absl::string_view what);

class RecordWriter {
 public:
  static absl::StatusOr<std::unique_ptr<RecordWriter>> Make(const std::string& path);
  // Removes what is not finished.
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  absl::Status Add(absl::string_view record);
  absl::StatusOr<RecordFile> Finish();

 private:
  RecordWriter(std::string path, int descriptor);
  absl::Status Write();

  const std::string path_;
  int descriptor_;
  std::string buffer_;
  RecordFile file_;
};

class RecordReader {
 public:
  static absl::StatusOr<std::unique_ptr<RecordReader>> Open(const std::string& path);
  ~RecordReader();
  RecordReader(const RecordReader&) = delete;
  RecordReader& operator=(const RecordReader&) = delete;

  // Valid until the next call. Nothing at the end of a file that is whole.
  absl::StatusOr<std::optional<absl::string_view>> Next();
  const std::string& path() const { return path_; }
  // Of what was read; of the file, after Next answered nothing.
  const RecordFile& file() const { return file_; }

 private:
  RecordReader(std::string path, int descriptor);
  // Bytes in the file's order; fewer at its end.
  absl::StatusOr<absl::string_view> Take(size_t size);

  const std::string path_;
  const int descriptor_;
  std::string buffer_;
  size_t taken_ = 0;
  RecordFile file_;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_BACKUP_RECORD_FILE_H_
