#include "eventstore/backup/log_backup.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/error.h"
#include "eventstore/backup/record_file.h"
#include "eventstore/envelope.h"
#include "muniment/event/v1/log.pb.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr char kManifest[] = "MANIFEST";
constexpr uint64_t kProgressStep = 8192;

std::string In(const std::string& folder, absl::string_view name) {
  return absl::StrCat(folder, "/", name);
}

absl::Status OtherLog(const std::string& folder, absl::string_view what) {
  return Error(absl::StatusCode::kFailedPrecondition, "backup.other_log",
               absl::StrCat(folder, " holds a backup of ", what,
                            ". Take this one into a folder of its own."));
}

bool IsOurs(const std::string& name) {
  return name == kManifest || absl::EndsWith(name, ".part") || absl::EndsWith(name, ".new");
}

absl::Status PrepareFolder(const std::string& folder) {
  if (mkdir(folder.c_str(), 0700) == 0) return absl::OkStatus();
  std::error_code error;
  if (errno != EEXIST || !fs::is_directory(folder, error)) {
    return Error(absl::StatusCode::kUnavailable, "file.unwritable",
                 absl::StrCat(folder, ": ", std::strerror(errno), "."));
  }
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (IsOurs(entry.path().filename().string())) continue;
    return Error(absl::StatusCode::kFailedPrecondition, "backup.not_empty",
                 absl::StrCat(folder, " holds files that are no backup, such as ",
                              entry.path().filename().string(), "."));
  }
  return absl::OkStatus();
}

// What a run before this one did not come to, and what the manifest names no more.
void RemoveStrays(const std::string& folder, const store::v1::LogBackup& about) {
  std::set<std::string> named = {kManifest, about.rows().name()};
  for (const auto& part : about.events()) named.insert(part.name());
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (IsOurs(name) && !named.contains(name)) fs::remove(entry.path(), ignored);
  }
}

absl::StatusOr<store::v1::LogBackup> ReadManifest(const std::string& folder) {
  const std::string path = In(folder, kManifest);
  ASSIGN_OR_RETURN(const auto reader, RecordReader::Open(path));
  ASSIGN_OR_RETURN(const auto record, reader->Next());
  store::v1::LogBackup about;
  const bool parsed = record.has_value() && about.ParseFromArray(record->data(),
                                                                 static_cast<int>(record->size()));
  if (!parsed) return BackupDamaged(path, "it does not parse");
  ASSIGN_OR_RETURN(const auto end, reader->Next());
  if (end.has_value()) return BackupDamaged(path, "it does not parse");
  return about;
}

void Describe(const std::string& name, const RecordFile& file, store::v1::BackupPart& part) {
  part.set_name(name);
  part.set_bytes(file.bytes);
  part.set_hash(file.hash.str());
  part.set_records(file.records);
}

// Reads a part to its end and proves it.
absl::Status VisitPart(const std::string& folder, const store::v1::BackupPart& part,
                       absl::FunctionRef<absl::StatusOr<bool>(absl::string_view record)> visit) {
  const std::string path = In(folder, part.name());
  // A name from a file: it stays in the folder.
  if (absl::StrContains(part.name(), '/')) return BackupDamaged(folder, "a part's name is none");
  ASSIGN_OR_RETURN(const auto reader, RecordReader::Open(path));
  while (true) {
    ASSIGN_OR_RETURN(const auto record, reader->Next());
    if (!record.has_value()) break;
    ASSIGN_OR_RETURN(const bool more, visit(*record));
    if (!more) return absl::OkStatus();
  }
  if (reader->file().hash.view() == part.hash()) return absl::OkStatus();
  return BackupDamaged(path, "it is not the file that the backup was made with");
}

class Taker {
 public:
  Taker(Exporter& log, const std::string& folder, const LogBackupOptions& options)
      : log_(log), folder_(folder), options_(options) {}

  absl::StatusOr<LogBackedUp> Run() {
    RETURN_IF_ERROR(PrepareFolder(folder_));
    ASSIGN_OR_RETURN(end_, log_.ReadEnd());
    ASSIGN_OR_RETURN(const std::string log_id, ReadLogId(log_));
    auto before = ReadManifest(folder_);
    if (before.ok()) {
      done_.about = *std::move(before);
      ASSIGN_OR_RETURN(print_, Fingerprint::RestoreEvents(done_.about.print()));
      RETURN_IF_ERROR(CheckSameLog(log_id));
    } else if (!absl::IsNotFound(before.status())) {
      return before.status();
    }
    done_.about.set_log_id(log_id);
    done_.about.set_epoch(end_.epoch);
    RETURN_IF_ERROR(AddEvents());
    RETURN_IF_ERROR(AddRows());
    done_.about.set_position(end_.position);
    done_.about.set_stamp(absl::ToUnixMicros(end_.stamp));
    done_.about.set_taken_at(absl::ToUnixMicros(options_.now));
    *done_.about.mutable_print() = print_.SaveEvents();
    RETURN_IF_ERROR(WriteMessage(In(folder_, kManifest), done_.about));
    RemoveStrays(folder_, done_.about);
    return std::move(done_);
  }

 private:
  // That the folder holds how this log begins.
  absl::Status CheckSameLog(const std::string& log_id) {
    if (done_.about.log_id() != log_id) return OtherLog(folder_, "another log");
    if (done_.about.epoch() != end_.epoch) return OtherLog(folder_, "another epoch of this log");
    if (done_.about.position() > end_.position) {
      return OtherLog(folder_, "this log when it was longer");
    }
    const uint64_t position = print_.kept_position();
    bool same = position == 0;
    RETURN_IF_ERROR(log_.ReadLog(position == 0 ? 0 : position - 1, [&](const StoredEvent& event) {
      same |= event.position == position && LeafHash(event) == print_.kept_leaf().view();
      return false;
    }));
    return same ? absl::OkStatus() : OtherLog(folder_, "another log");
  }

  absl::Status AddEvents() {
    const uint64_t after = done_.about.position();
    if (after >= end_.position) return absl::OkStatus();
    const std::string name = absl::StrFormat("events-%020d.part", after + 1);
    ASSIGN_OR_RETURN(const auto writer, RecordWriter::Make(In(folder_, name)));
    absl::Status failed;
    RETURN_IF_ERROR(log_.ReadLog(after, [&](const StoredEvent& event) {
      if (event.position > end_.position) return false;
      print_.Add(event);
      failed = writer->Add(EncodeEventRow(event));
      if (options_.progress && print_.events() % kProgressStep == 0) {
        options_.progress(event.position, end_.position);
      }
      return failed.ok();
    }));
    RETURN_IF_ERROR(failed);
    ASSIGN_OR_RETURN(const RecordFile file, writer->Finish());
    Describe(name, file, *done_.about.add_events());
    done_.added = file.records;
    done_.added_bytes = file.bytes;
    return absl::OkStatus();
  }

  absl::Status AddRows() {
    const std::string name = absl::StrFormat("rows-%020d-%d.part", end_.position,
                                             absl::ToUnixMicros(options_.now));
    ASSIGN_OR_RETURN(const auto writer, RecordWriter::Make(In(folder_, name)));
    for (const RowKind kind : {kHeadRows, kSequenceRows}) {
      RETURN_IF_ERROR(log_.ReadRows(kind, [&](const Row& row) {
        return writer->Add(EncodeRow(row));
      }));
    }
    ASSIGN_OR_RETURN(const RecordFile file, writer->Finish());
    Describe(name, file, *done_.about.mutable_rows());
    return absl::OkStatus();
  }

  Exporter& log_;
  const std::string& folder_;
  const LogBackupOptions& options_;
  LogEnd end_;
  Fingerprint print_;
  LogBackedUp done_;
};

}  // namespace

absl::StatusOr<LogBackedUp> BackUpLog(Exporter& log, const std::string& folder,
                                      const LogBackupOptions& options) {
  return Taker(log, folder, options).Run();
}

absl::Status WriteMessage(const std::string& path, const google::protobuf::Message& message) {
  ASSIGN_OR_RETURN(const auto writer, RecordWriter::Make(path));
  RETURN_IF_ERROR(writer->Add(message.SerializeAsString()));
  return writer->Finish().status();
}

absl::StatusOr<std::unique_ptr<LogBackup>> LogBackup::Open(const std::string& folder) {
  ASSIGN_OR_RETURN(auto about, ReadManifest(folder));
  std::unique_ptr<LogBackup> backup(new LogBackup(folder, std::move(about)));
  // All of it is proven before anything is made of any of it.
  RETURN_IF_ERROR(backup->ReadLog(backup->about_.position(),
                                  [](const StoredEvent&) { return true; }));
  RETURN_IF_ERROR(backup->ReadRows(kHeadRows, [](const Row&) { return absl::OkStatus(); }));
  return backup;
}

absl::StatusOr<LogEnd> LogBackup::ReadEnd() {
  return LogEnd{about_.epoch(), about_.position(), absl::FromUnixMicros(about_.stamp())};
}

absl::Status LogBackup::ReadLog(uint64_t after, EventVisitor visit) {
  // Proven as it is read, by the fingerprint that was noted.
  Fingerprint print;
  bool more = true;
  for (const auto& part : about_.events()) {
    const std::string path = In(folder_, part.name());
    RETURN_IF_ERROR(VisitPart(folder_, part,
                              [&](absl::string_view record) -> absl::StatusOr<bool> {
      const auto event = DecodeEventRow(record);
      const bool sound = event.has_value() && event->position > print.position() &&
                         event->position <= about_.position();
      if (!sound) return BackupDamaged(path, "a record is no event, or out of order");
      print.Add(*event);
      if (event->position > after) more = visit(*event);
      return more;
    }));
    if (!more) return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Fingerprint noted, Fingerprint::RestoreEvents(about_.print()));
  const std::string difference = print.Difference(noted);
  if (difference.empty()) return absl::OkStatus();
  return BackupDamaged(folder_, absl::StrCat("its events are not those it was made of: ",
                                             difference));
}

absl::Status LogBackup::ReadRows(RowKind kind, RowVisitor visit) {
  if (kind != kHeadRows && kind != kSequenceRows) return absl::OkStatus();
  return VisitPart(folder_, about_.rows(), [&](absl::string_view record) -> absl::StatusOr<bool> {
    const auto row = DecodeRow(record);
    if (!row.has_value()) return BackupDamaged(In(folder_, about_.rows().name()), "a row is none");
    if (KindOf(*row) == kind) RETURN_IF_ERROR(visit(*row));
    return true;
  });
}

absl::StatusOr<std::string> ReadLogId(Exporter& log) {
  std::string id;
  RETURN_IF_ERROR(log.ReadLog(0, [&id](const StoredEvent& event) {
    store::v1::Body body;
    event::v1::StoreFounded founded;
    if (event.instance == kSystemInstance && body.ParseFromString(event.body) &&
        body.kind() == event::v1::LogEvent::kStoreFounded &&
        founded.ParseFromString(body.clear())) {
      id = founded.claims_key_id();
    }
    return false;
  }));
  if (!id.empty()) return id;
  return Error(absl::StatusCode::kNotFound, "store.not_founded",
               "The log has no first event that founds it.");
}

}  // namespace muniment::eventstore
