// What an import reads: a file, or what comes in by a pipe, which is put aside sealed (sealed_pages.h)
// because it is read twice; and the lines in it, cut into batches that each become one commit. Where
// it is cut depends on the lines alone, so that an import that was broken off meets the same batches.
//
//   ASSIGN_OR_RETURN(const auto file, ImportFile::Open("-"));
//   RETURN_IF_ERROR(file->Measure(data_dir));
//   ImportReader reader(*file);
//   ParsedBatch batch;
//   while (reader.Next(batch)) ...
//
// One thread. Errors: NOT_FOUND or PERMISSION_DENIED "file.unreadable"; those of SealedPages;
// ABORTED "import.file_changed".
#ifndef MUNIMENT_GATEWAY_CLI_IMPORT_FILE_H_
#define MUNIMENT_GATEWAY_CLI_IMPORT_FILE_H_

#include <google/protobuf/arena.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "command/import/batch.h"
#include "gateway/cli/sealed_pages.h"

namespace muniment::gateway {

class ImportFile {
 public:
  // "-" is standard input. Opened before the process becomes the data directory's owner, who may not
  // read it.
  static absl::StatusOr<std::unique_ptr<ImportFile>> Open(const std::string& path);
  ~ImportFile();

  // Reads all of it once, and keeps it in the directory where it cannot be read again.
  absl::Status Measure(const std::string& directory);
  uint64_t size() const { return size_; }
  // SHA-256 over the SHA-256 of each piece of 64 KiB.
  const std::string& hash() const { return hash_; }
  // Fewer bytes only at the end.
  absl::StatusOr<std::string> Read(uint64_t at, size_t size);

 private:
  explicit ImportFile(int file) : file_(file) {}
  absl::StatusOr<std::string> ReadFile(uint64_t at, size_t size, bool seeks);

  const int file_;
  bool seekable_ = false;
  uint64_t size_ = 0;
  std::string hash_;
  std::unique_ptr<SealedPages> pages_;
  std::vector<uint64_t> places_;  // of the pieces
  uint64_t last_piece_ = ~uint64_t{0};
  std::string last_;
};

// Where a batch stands in its file.
struct BatchPlace {
  uint64_t at = 0, bytes = 0;
  uint64_t first_line = 0, line_count = 0;
  uint64_t check = 0;  // of the bytes
};

struct ParsedBatch {
  BatchPlace place;
  std::unique_ptr<google::protobuf::Arena> arena;  // has the requests
  std::vector<command::ImportLine> lines;          // that are well formed
  std::vector<std::pair<uint64_t, absl::Status>> faults;  // of the others, by line
};

class ImportReader {
 public:
  explicit ImportReader(ImportFile& file) : file_(file) {}

  // False at the end.
  absl::StatusOr<bool> Next(ParsedBatch& batch);
  // The batch that stands there, as it was when its place was told.
  static absl::StatusOr<ParsedBatch> Again(ImportFile& file, const BatchPlace& place);

 private:
  // A line's text, without its end; empty and `too_long` for one that is not to be held.
  struct Line {
    absl::string_view text;
    uint64_t bytes = 0;  // with its end
    bool too_long = false;
  };
  absl::StatusOr<Line> Peek();
  absl::Status Fill();

  ImportFile& file_;
  uint64_t at_ = 0, line_ = 0;
  std::string buffer_;
  uint64_t buffer_at_ = 0;
};

}  // namespace muniment::gateway

#endif  // MUNIMENT_GATEWAY_CLI_IMPORT_FILE_H_
