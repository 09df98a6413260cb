#include "eventstore/rocksdb/reading.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/envelope.h"

namespace muniment::eventstore {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

absl::Status VisitPlace(Database& database, const rocksdb::Slice& value, EventVisitor visit,
                        bool& more) {
  const auto place = schema::DecodePlace(ToView(value));
  if (!place.has_value()) return DamagedError("an index entry does not parse");
  ASSIGN_OR_RETURN(const auto event, database.GetEvent(*place));
  if (event.has_value()) more = visit(*event);
  return absl::OkStatus();
}

// One of the log and its segments, read by position.
struct Lane {
  Keep keep;
  std::unique_ptr<rocksdb::Iterator> it;
  uint64_t position = kMax;

  void Read() {
    position = it->Valid() && it->key().size() == 8 ? ReadU64(ToView(it->key())) : kMax;
  }
};

}  // namespace

absl::Status ReadPositions(Database& database, uint64_t after, uint64_t until,
                           EventVisitor visit) {
  if (after >= until) return absl::OkStatus();
  rocksdb::ReadOptions options;
  options.readahead_size = until - after > 1000 ? 1 << 20 : 0;
  options.fill_cache = false;
  std::vector<Lane> lanes;
  for (const auto& [keep, handle] : database.logs()) {
    Lane& lane = lanes.emplace_back();
    lane.keep = keep;
    lane.it.reset(database.db().NewIterator(options, handle));
    lane.it->Seek(schema::U64(after + 1));
    lane.Read();
  }
  while (true) {
    Lane& next = *std::min_element(lanes.begin(), lanes.end(), [](const Lane& a, const Lane& b) {
      return a.position < b.position;
    });
    if (next.position > until || !next.it->Valid()) break;
    ASSIGN_OR_RETURN(const StoredEvent event,
                     ParseStored(next.position, next.keep, ToView(next.it->value())));
    if (!visit(event)) return absl::OkStatus();
    next.it->Next();
    next.Read();
  }
  for (const Lane& lane : lanes) RETURN_IF_ERROR(FromRocks(lane.it->status()));
  return absl::OkStatus();
}

absl::Status ReadStreamRows(Database& database, const std::string& stream, uint64_t after,
                            EventVisitor visit) {
  if (after == kMax) return absl::OkStatus();
  const std::string end = schema::PrefixEnd(stream);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = end.empty() ? nullptr : &bound;
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(options, database.table(schema::kStreams)));
  bool more = true;
  for (it->Seek(schema::StreamVersionKey(stream, after + 1)); it->Valid() && more; it->Next()) {
    RETURN_IF_ERROR(VisitPlace(database, it->value(), visit, more));
  }
  return FromRocks(it->status());
}

absl::Status ReadInstanceRows(Database& database, uint64_t instance, uint64_t first, uint64_t last,
                              EventVisitor visit) {
  const std::string low = schema::SequenceKey(instance, std::min(first, last));
  std::string high = schema::SequenceKey(instance, std::max(first, last));
  high += '\0';  // the first key behind it
  const rocksdb::Slice lower(low);
  const rocksdb::Slice upper(high);
  rocksdb::ReadOptions options;
  options.iterate_lower_bound = &lower;
  options.iterate_upper_bound = &upper;
  const std::unique_ptr<rocksdb::Iterator> it(
      database.db().NewIterator(options, database.table(schema::kSequences)));
  bool more = true;
  if (first <= last) {
    for (it->SeekToFirst(); it->Valid() && more; it->Next()) {
      RETURN_IF_ERROR(VisitPlace(database, it->value(), visit, more));
    }
  } else {
    for (it->SeekToLast(); it->Valid() && more; it->Prev()) {
      RETURN_IF_ERROR(VisitPlace(database, it->value(), visit, more));
    }
  }
  return FromRocks(it->status());
}

absl::StatusOr<SubjectKeys> ReadKeyRows(Database& database, uint64_t instance,
                                        absl::string_view subject) {
  SubjectKeys result;
  ASSIGN_OR_RETURN(const auto erased,
                   database.Get(schema::kKeys, schema::ErasedKey(instance, subject)));
  result.erased = erased.has_value();
  const std::string prefix = schema::SubjectPrefix(instance, subject);
  std::vector<std::string> ids;
  RETURN_IF_ERROR(database.Visit(schema::kKeys, prefix,
                                 [&](absl::string_view row, absl::string_view) {
                                   ids.emplace_back(row.substr(prefix.size()));
                                   return true;
                                 }));
  for (const std::string& id : ids) {
    auto key = ReadKeyRow(database, instance, id);
    // Destroyed since its row was seen.
    if (absl::IsNotFound(key.status())) continue;
    RETURN_IF_ERROR(key.status());
    result.keys.push_back(*std::move(key));
  }
  return result;
}

absl::StatusOr<DataKey> ReadKeyRow(Database& database, uint64_t instance,
                                   absl::string_view key_id) {
  ASSIGN_OR_RETURN(const auto value,
                   database.Get(schema::kKeys, schema::DataKeyKey(instance, key_id)));
  if (!value.has_value()) return KeyNotFoundError();
  auto key = schema::DecodeDataKey(instance, key_id, *value);
  if (!key.has_value()) return DamagedError("a data key does not parse");
  return *std::move(key);
}

absl::Status ReadClaimRows(Database& database, EventStore::ClaimVisitor visit) {
  absl::Status damage;
  RETURN_IF_ERROR(database.Visit(
      schema::kClaims, "", [&](absl::string_view claim, absl::string_view slot) {
        const auto stream = ConsumeStream(slot);
        if (!stream.has_value() || claim.size() < 8) {
          damage = DamagedError("a claim does not parse");
          return false;
        }
        return visit(*stream, slot, claim.substr(8));
      }));
  return damage;
}

}  // namespace muniment::eventstore
