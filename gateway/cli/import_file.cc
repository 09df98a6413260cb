#include "gateway/cli/import_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/crypto.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "gateway/rpc/json_reader.h"
#include "muniment/api/imports/v1/line.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Arena;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kPiece = 64 << 10;
constexpr size_t kBuffer = 2 << 20;
constexpr uint64_t kMaxLineBytes = 1 << 20;
// A commit holds 500 events and 1 MB (eventstore/store.h), of which one is the batch's mark.
constexpr uint64_t kMaxBatchBytes = 256 << 10;
constexpr size_t kMaxBatchWeight = 480;
constexpr size_t kOrganizationEvents = 4;

absl::Status Unreadable(absl::StatusCode code) {
  return Error(code, "file.unreadable",
               absl::StrCat("The file to import cannot be read: ", std::strerror(errno), "."));
}

// At least as many as the events that it becomes: one for the message and each in it.
size_t WeightOf(const Message& message) {
  size_t weight = 1;
  std::vector<const FieldDescriptor*> set;
  const auto* reflection = message.GetReflection();
  reflection->ListFields(message, &set);
  for (const FieldDescriptor* field : set) {
    const bool message_field = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    const int count = field->is_repeated() ? reflection->FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (!message_field) {
        weight += field->is_repeated() ? 1 : 0;
      } else {
        weight += WeightOf(field->is_repeated() ? reflection->GetRepeatedMessage(message, field, i)
                                                : reflection->GetMessage(message, field));
      }
    }
  }
  return weight;
}

struct Parsed {
  command::ImportLine line;
  size_t weight = 1;
  absl::Status fault;
};

Parsed Parse(absl::string_view text, uint64_t number, Arena& arena) {
  Parsed parsed;
  auto* message = Arena::CreateMessage<api::imports::v1::Line>(&arena);
  rpc::DecodeLimits limits;
  limits.known_only = true;
  parsed.fault = rpc::ReadJson(text, *message, limits);
  if (!parsed.fault.ok()) return parsed;
  const command::ImportRule* rule = command::ImportRules::Get().Find(*message);
  if (rule == nullptr) {
    parsed.fault = Error(absl::StatusCode::kInvalidArgument, "import.says_nothing",
                         "The line does not say what it brings.");
    return parsed;
  }
  const Message& request = message->GetReflection()->GetMessage(*message, rule->field);
  parsed.line = {number, rule, &request};
  parsed.weight = WeightOf(request) + (rule->field->number() ==
                                               api::imports::v1::Line::kOrganizationFieldNumber
                                           ? kOrganizationEvents
                                           : 0);
  return parsed;
}

uint64_t CheckOf(absl::string_view bytes) {
  return eventstore::ReadU64(Sha256(bytes).view().substr(0, 8));
}

// Adds a line to the batch.
void Add(Parsed parsed, uint64_t number, ParsedBatch& batch) {
  if (parsed.fault.ok()) {
    batch.lines.push_back(parsed.line);
  } else {
    batch.faults.emplace_back(number, std::move(parsed.fault));
  }
}

absl::string_view WithoutEnd(absl::string_view text) {
  return absl::StripTrailingAsciiWhitespace(text);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImportFile>> ImportFile::Open(const std::string& path) {
  const int file = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Unreadable(errno == EACCES ? absl::StatusCode::kPermissionDenied
                                      : absl::StatusCode::kNotFound);
  }
  std::unique_ptr<ImportFile> opened(new ImportFile(file));
  struct stat about = {};
  if (fstat(file, &about) != 0) return Unreadable(absl::StatusCode::kNotFound);
  if (S_ISDIR(about.st_mode)) {
    errno = EISDIR;
    return Unreadable(absl::StatusCode::kNotFound);
  }
  opened->seekable_ = S_ISREG(about.st_mode);
  return opened;
}

ImportFile::~ImportFile() { close(file_); }

absl::StatusOr<std::string> ImportFile::ReadFile(uint64_t at, size_t size, bool seeks) {
  std::string bytes(size, '\0');
  size_t done = 0;
  while (done < size) {
    const ssize_t count = seeks ? pread(file_, bytes.data() + done, size - done,
                                        static_cast<off_t>(at + done))
                                : read(file_, bytes.data() + done, size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unreadable(absl::StatusCode::kNotFound);
    if (count == 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

absl::Status ImportFile::Measure(const std::string& directory) {
  if (!seekable_) {
    ASSIGN_OR_RETURN(pages_, SealedPages::Open(directory));
  }
  std::string hashes;
  while (true) {
    ASSIGN_OR_RETURN(const std::string piece, ReadFile(size_, kPiece, seekable_));
    if (!piece.empty()) {
      size_ += piece.size();
      absl::StrAppend(&hashes, Sha256(piece).view());
      if (pages_ != nullptr) {
        ASSIGN_OR_RETURN(const uint64_t place, pages_->Keep(piece));
        places_.push_back(place);
      }
    }
    if (piece.size() < kPiece) break;
  }
  hash_ = Sha256(hashes).str();
  return absl::OkStatus();
}

absl::StatusOr<std::string> ImportFile::Read(uint64_t at, size_t size) {
  if (pages_ == nullptr) return ReadFile(at, size, true);
  std::string bytes;
  while (bytes.size() < size && at + bytes.size() < size_) {
    const uint64_t from = at + bytes.size();
    if (from / kPiece != last_piece_) {
      ASSIGN_OR_RETURN(last_, pages_->Read(places_[from / kPiece]));
      last_piece_ = from / kPiece;
    }
    bytes.append(last_, from % kPiece, size - bytes.size());
  }
  return bytes;
}

absl::Status ImportReader::Fill() {
  ASSIGN_OR_RETURN(buffer_, file_.Read(at_, kBuffer));
  buffer_at_ = at_;
  return absl::OkStatus();
}

absl::StatusOr<ImportReader::Line> ImportReader::Peek() {
  const auto rest = [this] { return absl::string_view(buffer_).substr(at_ - buffer_at_); };
  const auto ends = [&] { return buffer_at_ + buffer_.size() >= file_.size(); };
  size_t end = at_ - buffer_at_ <= buffer_.size() ? rest().find('\n') : absl::string_view::npos;
  if (end == absl::string_view::npos && !ends()) {
    RETURN_IF_ERROR(Fill());
    end = rest().find('\n');
  }
  Line line;
  if (end == absl::string_view::npos && ends()) end = rest().size();
  if (end != absl::string_view::npos && end <= kMaxLineBytes) {
    line.text = WithoutEnd(rest().substr(0, end));
    line.bytes = std::min<uint64_t>(end + 1, rest().size());
    return line;
  }
  line.too_long = true;
  // What is not held is looked through for its end.
  uint64_t at = at_ + (end == absl::string_view::npos ? rest().size() : end);
  while (end == absl::string_view::npos) {
    ASSIGN_OR_RETURN(const std::string more, file_.Read(at, kBuffer));
    end = more.find('\n');
    at += end == std::string::npos ? more.size() : end;
    if (more.size() < kBuffer) break;
  }
  line.bytes = std::min(at + 1, file_.size()) - at_;
  return line;
}

absl::StatusOr<bool> ImportReader::Next(ParsedBatch& batch) {
  batch = ParsedBatch();
  batch.arena = std::make_unique<Arena>();
  batch.place.at = at_;
  batch.place.first_line = line_ + 1;
  size_t weight = 0;
  while (at_ < file_.size()) {
    ASSIGN_OR_RETURN(const Line line, Peek());
    const uint64_t number = line_ + 1;
    Parsed parsed;
    if (line.too_long) {
      parsed.fault = Error(absl::StatusCode::kResourceExhausted, "import.line_too_long",
                           "The line is longer than 1 MiB.");
    } else if (!line.text.empty()) {
      parsed = Parse(line.text, number, *batch.arena);
    }
    const bool full = weight + parsed.weight > kMaxBatchWeight ||
                      batch.place.bytes + line.bytes > kMaxBatchBytes;
    if (batch.place.line_count > 0 && full) break;
    weight += parsed.weight;
    at_ += line.bytes;
    ++line_;
    batch.place.bytes += line.bytes;
    ++batch.place.line_count;
    if (line.too_long || !line.text.empty()) Add(std::move(parsed), number, batch);
  }
  if (batch.place.line_count == 0) return false;
  if (batch.place.bytes <= kMaxBatchBytes + kMaxLineBytes) {
    ASSIGN_OR_RETURN(const std::string bytes, file_.Read(batch.place.at, batch.place.bytes));
    batch.place.check = CheckOf(bytes);
  }
  return true;
}

absl::StatusOr<ParsedBatch> ImportReader::Again(ImportFile& file, const BatchPlace& place) {
  ASSIGN_OR_RETURN(const std::string bytes, file.Read(place.at, place.bytes));
  if (CheckOf(bytes) != place.check) {
    return Error(absl::StatusCode::kAborted, "import.file_changed",
                 "The file changed while it was imported.");
  }
  ParsedBatch batch;
  batch.place = place;
  batch.arena = std::make_unique<Arena>();
  absl::string_view rest = bytes;
  for (uint64_t number = place.first_line; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const absl::string_view text = WithoutEnd(rest.substr(0, end));
    if (!text.empty()) Add(Parse(text, number, *batch.arena), number, batch);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return batch;
}

}  // namespace muniment::gateway
