#include "eventstore/rocksdb/retention.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/codec.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

// Events whose deletion goes into one batch.
constexpr size_t kBatch = 1000;
// How long a file may be held by a reader before PurgeKeys gives up.
constexpr absl::Duration kPatience = absl::Seconds(30);

// Positions [first, second) hold a class's events of a day.
absl::StatusOr<std::pair<uint64_t, uint64_t>> DayRange(Database& database, Keep keep,
                                                       uint32_t day) {
  std::pair<uint64_t, uint64_t> range = {0, std::numeric_limits<uint64_t>::max()};
  const std::string wanted = schema::DayKey(keep, day);
  const std::string prefix = wanted.substr(0, 2);
  RETURN_IF_ERROR(database.Visit(
      schema::kMeta, prefix, [&](absl::string_view row, absl::string_view value) {
        const uint64_t position = schema::DecodeU64(value).value_or(0);
        if (row == wanted) range.first = position;
        if (row > wanted) range.second = position;
        return row <= wanted;
      }));
  if (range.first == 0) range.second = 0;
  return range;
}

// What a batch takes away.
struct Doomed {
  struct Stream {
    std::vector<uint64_t> versions;  // rising
    std::vector<std::string> keys;   // rows of its own keys, that go with its last event
  };
  rocksdb::WriteBatch events;
  size_t count = 0;
  absl::flat_hash_map<std::string, Stream> streams;
};

// The rows of a stream's own keys and of the mark of their destruction. One that comes later comes
// with an event of the stream.
absl::StatusOr<std::vector<std::string>> OwnKeyRows(Database& database, const StreamKey& stream) {
  const std::string subject = StreamSubject(stream);
  const std::string prefix = schema::SubjectPrefix(stream.instance, subject);
  std::vector<std::string> rows;
  RETURN_IF_ERROR(
      database.Visit(schema::kKeys, prefix, [&](absl::string_view row, absl::string_view) {
        rows.emplace_back(row);
        rows.push_back(schema::DataKeyKey(stream.instance, row.substr(prefix.size())));
        return true;
      }));
  std::string erased = schema::ErasedKey(stream.instance, subject);
  ASSIGN_OR_RETURN(const auto marked, database.Get(schema::kKeys, erased));
  if (marked.has_value()) rows.push_back(std::move(erased));
  return rows;
}

absl::Status Add(Database& database, const StoredEvent& event, Doomed& doomed) {
  ASSIGN_OR_RETURN(const StreamPlace place, PlaceOf(event));
  const std::string name = EncodeStream(place.stream);
  const auto [stream, first] = doomed.streams.try_emplace(name);
  if (first) {
    ASSIGN_OR_RETURN(stream->second.keys, OwnKeyRows(database, place.stream));
  }
  stream->second.versions.push_back(place.version);
  doomed.events.Delete(database.log(event.keep), schema::U64(event.position));
  doomed.events.Delete(database.table(schema::kStreams),
                       schema::StreamVersionKey(name, place.version));
  doomed.events.Delete(database.table(schema::kSequences),
                       schema::SequenceKey(event.instance, event.sequence));
  ++doomed.count;
  return absl::OkStatus();
}

// Whether a stream has events beside those versions.
absl::StatusOr<bool> HasOthers(Database& database, const std::string& stream,
                               const std::vector<uint64_t>& versions) {
  bool others = false;
  RETURN_IF_ERROR(
      database.Visit(schema::kStreams, stream, [&](absl::string_view row, absl::string_view) {
        const uint64_t version = schema::DecodeU64(row.substr(stream.size())).value_or(0);
        others = !std::binary_search(versions.begin(), versions.end(), version);
        return !others;
      }));
  return others;
}

absl::Status Stage(const Doomed& doomed, Database& database, rocksdb::WriteBatch& batch) {
  batch = doomed.events;
  for (const auto& [name, stream] : doomed.streams) {
    if (stream.keys.empty()) continue;
    ASSIGN_OR_RETURN(const bool stays, HasOthers(database, name, stream.versions));
    if (stays) continue;
    for (const std::string& row : stream.keys) batch.Delete(database.table(schema::kKeys), row);
  }
  return absl::OkStatus();
}

// Whatever may hold a key's bytes: write-ahead logs and the files of the table of keys.
absl::StatusOr<std::vector<std::string>> KeyFiles(Database& database) {
  rocksdb::VectorLogPtr logs;
  RETURN_IF_ERROR(FromRocks(database.db().GetSortedWalFiles(logs)));
  std::vector<std::string> files;
  for (const auto& log : logs) files.push_back(log->PathName());
  rocksdb::ColumnFamilyMetaData meta;
  database.db().GetColumnFamilyMetaData(database.table(schema::kKeys), &meta);
  for (const auto& level : meta.levels) {
    for (const auto& file : level.files) files.push_back(file.name);
  }
  return files;
}

}  // namespace

absl::Status PruneRows(Database& database, uint64_t instance, Keep keep, uint32_t day,
                       absl::FunctionRef<absl::Status(StageRows stage)> write) {
  ASSIGN_OR_RETURN(const auto range, DayRange(database, keep, day));
  const std::string first = schema::U64(range.first);
  const std::string end = schema::U64(range.second);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(database.db().NewIterator(options, database.log(keep)));
  bool deleted = false;
  Doomed doomed;
  const auto delete_them = [&]() -> absl::Status {
    if (doomed.count == 0) return absl::OkStatus();
    deleted = true;
    RETURN_IF_ERROR(write([&doomed](Database& written, rocksdb::WriteBatch& batch) {
      return Stage(doomed, written, batch);
    }));
    doomed = Doomed();
    return absl::OkStatus();
  };
  for (it->Seek(first); it->Valid(); it->Next()) {
    ASSIGN_OR_RETURN(const StoredEvent event,
                     ParseStored(ReadU64(ToView(it->key())), keep, ToView(it->value())));
    // Of the newest day the range is open: what comes meanwhile is of another.
    if (event.instance != instance || DayOf(event.created_at) != day) continue;
    RETURN_IF_ERROR(Add(database, event, doomed));
    if (doomed.count == kBatch) RETURN_IF_ERROR(delete_them());
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  RETURN_IF_ERROR(delete_them());
  if (!deleted) return absl::OkStatus();
  it.reset();  // or it would keep the old files
  rocksdb::CompactRangeOptions compact;
  compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const rocksdb::Slice from(first);
  return FromRocks(database.db().CompactRange(compact, database.log(keep), &from, &upper));
}

absl::Status PurgeKeys(Database& database) {
  ASSIGN_OR_RETURN(const std::vector<std::string> before, KeyFiles(database));
  // The head is in every group, so that each flush begins a new write-ahead log; a log goes when
  // every table that it holds changes of is flushed.
  RETURN_IF_ERROR(FromRocks(database.db().Flush({}, database.all())));
  rocksdb::CompactRangeOptions compact;
  compact.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  RETURN_IF_ERROR(FromRocks(
      database.db().CompactRange(compact, database.table(schema::kKeys), nullptr, nullptr)));
  const absl::Time until = absl::Now() + kPatience;
  for (absl::Duration wait = absl::Milliseconds(1);; wait = std::min(2 * wait, absl::Seconds(1))) {
    const bool standing =
        std::any_of(before.begin(), before.end(), [&](const std::string& file) {
          return database.db().GetEnv()->FileExists(database.db().GetName() + file).ok();
        });
    if (!standing) return absl::OkStatus();
    if (absl::Now() > until) return UnavailableError("A reader keeps files with destroyed keys.");
    absl::SleepFor(wait);
  }
}

}  // namespace muniment::eventstore
