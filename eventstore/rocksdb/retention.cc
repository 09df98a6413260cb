#include "eventstore/rocksdb/retention.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"
#include "muniment/store/v1/body.pb.h"

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

absl::Status StageDeletion(Database& database, Keep keep, const StoredEvent& event,
                           rocksdb::WriteBatch& batch) {
  store::v1::Body body;
  if (!body.ParseFromString(event.body)) {
    return DamagedError(absl::StrCat("the event at position ", event.position, " does not parse"));
  }
  const std::string stream = EncodeStream({.instance = event.instance,
                                           .type = body.stream_type(),
                                           .aggregate = static_cast<Aggregate>(body.aggregate()),
                                           .id = body.stream_id()});
  batch.Delete(database.log(keep), schema::U64(event.position));
  batch.Delete(database.table(schema::kStreams), schema::StreamVersionKey(stream, body.version()));
  batch.Delete(database.table(schema::kSequences),
               schema::SequenceKey(event.instance, event.sequence));
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
                       absl::FunctionRef<absl::Status(rocksdb::WriteBatch batch)> write) {
  ASSIGN_OR_RETURN(const auto range, DayRange(database, keep, day));
  const std::string first = schema::U64(range.first);
  const std::string end = schema::U64(range.second);
  const rocksdb::Slice upper(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &upper;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(database.db().NewIterator(options, database.log(keep)));
  rocksdb::WriteBatch batch;
  bool deleted = false;
  for (it->Seek(first); it->Valid(); it->Next()) {
    ASSIGN_OR_RETURN(const StoredEvent event,
                     ParseStored(ReadU64(ToView(it->key())), keep, ToView(it->value())));
    if (event.instance != instance) continue;
    RETURN_IF_ERROR(StageDeletion(database, keep, event, batch));
    deleted = true;
    if (batch.Count() < 3 * kBatch) continue;
    RETURN_IF_ERROR(write(std::exchange(batch, rocksdb::WriteBatch())));
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  if (batch.Count() > 0) RETURN_IF_ERROR(write(std::move(batch)));
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
