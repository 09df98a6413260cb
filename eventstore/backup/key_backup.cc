#include "eventstore/backup/key_backup.h"

#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/backup/record_file.h"
#include "eventstore/codec.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kKeyIdBytes = 16;
using Name = KeyBackup::Name;

std::string EncodeDestroyed(const Name& name) {
  std::string out = "D";
  AppendU64(out, name.first);
  return out + name.second;
}

// The keys of a file in its order, one after the other.
class KeyCursor {
 public:
  static absl::StatusOr<KeyCursor> Open(const std::string& path) {
    KeyCursor cursor;
    ASSIGN_OR_RETURN(cursor.reader_, RecordReader::Open(path));
    RETURN_IF_ERROR(cursor.reader_->Next().status());  // what it says of itself
    RETURN_IF_ERROR(cursor.Advance());
    return cursor;
  }
  const std::optional<DataKey>& key() const { return key_; }
  absl::Status Advance() {
    key_.reset();
    ASSIGN_OR_RETURN(const auto record, reader_->Next());
    if (!record.has_value()) return absl::OkStatus();
    std::optional<Row> row = DecodeRow(*record);
    if (row.has_value() && KindOf(*row) == kKeyRows) key_ = std::get<DataKey>(*std::move(row));
    return absl::OkStatus();
  }

 private:
  std::unique_ptr<RecordReader> reader_;
  std::optional<DataKey> key_;
};

class Taker {
 public:
  Taker(Exporter& log, const std::string& path, absl::Time now)
      : log_(log), path_(path), now_(now) {}

  absl::StatusOr<KeysBackedUp> Run() {
    ASSIGN_OR_RETURN(const LogEnd end, log_.ReadEnd());
    ASSIGN_OR_RETURN(const std::string log_id, ReadLogId(log_));
    auto before = KeyBackup::Open(path_);
    if (before.ok()) {
      before_ = *std::move(before);
      RETURN_IF_ERROR(before_->CheckOlder(log_id, end));
      erased_ = before_->erased();
      destroyed_ = before_->destroyed();
      done_.about.set_generation(before_->about().generation() + 1);
    } else if (!absl::IsNotFound(before.status())) {
      return before.status();
    }
    done_.about.set_log_id(log_id);
    done_.about.set_epoch(end.epoch);
    done_.about.set_position(end.position);
    done_.about.set_taken_at(absl::ToUnixMicros(now_));
    RETURN_IF_ERROR(log_.ReadRows(kErasedRows, [this](const Row& row) {
      const auto& erased = std::get<ErasedSubject>(row);
      erased_.emplace(erased.instance, erased.subject);
      standing_.emplace(erased.instance, erased.subject);
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(Write());
    done_.erased = erased_.size();
    done_.destroyed = destroyed_.size();
    return std::move(done_);
  }

 private:
  absl::Status Write() {
    ASSIGN_OR_RETURN(const auto writer, RecordWriter::Make(path_));
    RETURN_IF_ERROR(writer->Add(done_.about.SerializeAsString()));
    if (before_ != nullptr) {
      ASSIGN_OR_RETURN(cursor_, KeyCursor::Open(path_));
    }
    RETURN_IF_ERROR(log_.ReadRows(kKeyRows, [&](const Row& row) {
      return Add(std::get<DataKey>(row), *writer);
    }));
    while (cursor_.has_value() && cursor_->key().has_value()) RETURN_IF_ERROR(Missing());
    // A stream's mark that the store has no more went with the stream.
    std::erase_if(erased_, [this](const Name& name) {
      return IsStreamSubject(name.second) && !standing_.contains(name);
    });
    for (const Name& name : erased_) {
      RETURN_IF_ERROR(writer->Add(EncodeRow(ErasedSubject{name.first, name.second})));
    }
    for (const Name& name : destroyed_) RETURN_IF_ERROR(writer->Add(EncodeDestroyed(name)));
    return writer->Finish().status();
  }

  absl::Status Add(const DataKey& key, RecordWriter& writer) {
    const auto place = [](const DataKey& k) { return std::tie(k.instance, k.id); };
    while (cursor_.has_value() && cursor_->key().has_value() &&
           place(*cursor_->key()) < place(key)) {
      RETURN_IF_ERROR(Missing());
    }
    if (cursor_.has_value() && cursor_->key().has_value() &&
        place(*cursor_->key()) == place(key)) {
      RETURN_IF_ERROR(cursor_->Advance());
    }
    if (destroyed_.contains({key.instance, key.id})) {
      ++done_.revived;
      return absl::OkStatus();
    }
    if (const Name subject(key.instance, key.subject); erased_.contains(subject)) {
      if (IsStreamSubject(key.subject)) {
        standing_.insert(subject);
      } else {
        destroyed_.emplace(key.instance, key.id);
      }
      ++done_.revived;
      return absl::OkStatus();
    }
    ++done_.keys;
    return writer.Add(EncodeRow(key));
  }

  // The cursor's key does not stand in the store. A stream's own was destroyed, which its mark says,
  // or went with the stream.
  absl::Status Missing() {
    const DataKey& key = *cursor_->key();
    if (!IsStreamSubject(key.subject)) destroyed_.emplace(key.instance, key.id);
    return cursor_->Advance();
  }

  Exporter& log_;
  const std::string& path_;
  const absl::Time now_;
  std::unique_ptr<KeyBackup> before_;
  std::optional<KeyCursor> cursor_;
  std::set<Name> erased_;
  std::set<Name> destroyed_;
  std::set<Name> standing_;  // erased subjects that the store still knows of, or has keys of
  KeysBackedUp done_;
};

}  // namespace

absl::StatusOr<KeysBackedUp> BackUpKeys(Exporter& log, const std::string& path, absl::Time now) {
  return Taker(log, path, now).Run();
}

absl::StatusOr<std::unique_ptr<KeyBackup>> KeyBackup::Open(const std::string& path) {
  std::unique_ptr<KeyBackup> backup(new KeyBackup(path));
  bool first = true;
  RETURN_IF_ERROR(backup->ReadAll([&](absl::string_view record) -> absl::Status {
    if (std::exchange(first, false)) {
      const bool parsed =
          backup->about_.ParseFromArray(record.data(), static_cast<int>(record.size()));
      return parsed ? absl::OkStatus() : BackupDamaged(path, "it does not parse");
    }
    if (record.size() == 1 + sizeof(uint64_t) + kKeyIdBytes && record[0] == 'D') {
      backup->destroyed_.emplace(ReadU64(record.substr(1)),
                                 std::string(record.substr(1 + sizeof(uint64_t))));
      return absl::OkStatus();
    }
    const std::optional<Row> row = DecodeRow(record);
    if (!row.has_value()) return BackupDamaged(path, "a record is none");
    if (const auto* erased = std::get_if<ErasedSubject>(&*row)) {
      backup->erased_.emplace(erased->instance, erased->subject);
      return absl::OkStatus();
    }
    return KindOf(*row) == kKeyRows ? absl::OkStatus() : BackupDamaged(path, "a record is no key");
  }));
  if (first || backup->about_.log_id().empty()) {
    return BackupDamaged(path, "it is no backup of keys");
  }
  return backup;
}

absl::Status KeyBackup::ReadAll(
    absl::FunctionRef<absl::Status(absl::string_view record)> visit) const {
  ASSIGN_OR_RETURN(const auto reader, RecordReader::Open(path_));
  while (true) {
    ASSIGN_OR_RETURN(const auto record, reader->Next());
    if (!record.has_value()) return absl::OkStatus();
    RETURN_IF_ERROR(visit(*record));
  }
}

absl::Status KeyBackup::CheckOlder(const std::string& log_id, const LogEnd& end) const {
  if (about_.log_id() != log_id) {
    return Error(absl::StatusCode::kFailedPrecondition, "backup.other_log",
                 absl::StrCat(path_, " holds the keys of another log."));
  }
  if (std::tuple(about_.epoch(), about_.position()) <= std::tuple(end.epoch, end.position)) {
    return absl::OkStatus();
  }
  return Error(absl::StatusCode::kFailedPrecondition, "backup.newer",
               absl::StrCat(path_, " was taken at position ", about_.position(), " of epoch ",
                            about_.epoch(), ", the log ends at ", end.position, " of epoch ",
                            end.epoch, ". Put the log back by `muniment restore`."));
}

bool KeyBackup::IsDestroyed(const DataKey& key) const {
  return destroyed_.contains({key.instance, key.id}) ||
         erased_.contains({key.instance, key.subject});
}

absl::Status KeyBackup::ReadKeys(
    absl::FunctionRef<absl::Status(const DataKey& key)> visit) const {
  bool first = true;
  return ReadAll([&](absl::string_view record) -> absl::Status {
    if (std::exchange(first, false)) return absl::OkStatus();
    const std::optional<Row> row = DecodeRow(record);
    if (!row.has_value() || KindOf(*row) != kKeyRows) return absl::OkStatus();
    const auto& key = std::get<DataKey>(*row);
    return IsDestroyed(key) ? absl::OkStatus() : visit(key);
  });
}

}  // namespace muniment::eventstore
