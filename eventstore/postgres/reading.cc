#include "eventstore/postgres/reading.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "eventstore/commit.h"

namespace muniment::eventstore {
namespace {

// Numbers of the log never reach further.
constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
constexpr uint64_t kFirstChunk = 64;
constexpr uint64_t kLargestChunk = 4096;
// A chunk of more bytes is followed by a smaller one.
constexpr size_t kChunkBytes = 1 << 20;

StoredEvent EventOf(const Rows& rows, int row) {
  return {.position = rows.Int(row, 0),
          .instance = rows.Int(row, 1),
          .sequence = rows.Int(row, 2),
          .created_at = absl::FromUnixMicros(static_cast<int64_t>(rows.Int(row, 3))),
          .keep = static_cast<Keep>(rows.Int(row, 4)),
          .body = std::string(rows.Bytes(row, 5))};
}

// Asks for one chunk after the other. `next` makes the parameters of a chunk of `limit` rows that
// follows what `seen` was told of.
absl::Status VisitChunks(Pool& pool, absl::string_view statement,
                         absl::FunctionRef<Params(uint64_t limit)> next,
                         absl::FunctionRef<void(const Rows& rows, int row)> seen,
                         EventVisitor visit) {
  uint64_t limit = kFirstChunk;
  while (true) {
    ASSIGN_OR_RETURN(const Rows rows, pool.Run(statement, next(limit)));
    size_t bytes = 0;
    for (int row = 0; row < rows.size(); ++row) {
      const StoredEvent event = EventOf(rows, row);
      bytes += event.body.size();
      if (!visit(event)) return absl::OkStatus();
    }
    if (static_cast<uint64_t>(rows.size()) < limit) return absl::OkStatus();
    seen(rows, rows.size() - 1);
    limit =
        bytes < kChunkBytes ? std::min(2 * limit, kLargestChunk) : std::max<uint64_t>(limit / 2, 1);
  }
}

}  // namespace

absl::Status ReadStreamRows(Pool& pool, const StreamKey& stream, uint64_t after,
                            EventVisitor visit) {
  const std::string key = EncodeStream(stream);
  uint64_t last = std::min(after, kMax);
  const auto next = [&](uint64_t limit) {
    Params params;
    params.AddBytes(key);
    params.AddInt8(last);
    params.AddInt8(limit);
    return params;
  };
  const auto seen = [&](const Rows& rows, int row) { last = rows.Int(row, 6); };
  return VisitChunks(pool, "read_stream", next, seen, visit);
}

absl::Status ReadLogRows(Pool& pool, uint64_t after, EventVisitor visit) {
  uint64_t last = std::min(after, kMax);
  const auto next = [&](uint64_t limit) {
    Params params;
    params.AddInt8(last);
    params.AddInt8(limit);
    return params;
  };
  const auto seen = [&](const Rows& rows, int row) { last = rows.Int(row, 0); };
  return VisitChunks(pool, "read_log", next, seen, visit);
}

absl::Status ReadInstanceRows(Pool& pool, uint64_t instance, uint64_t first, uint64_t last,
                              EventVisitor visit) {
  const bool up = first <= last;
  uint64_t low = std::min({first, last, kMax});
  uint64_t high = std::min(std::max(first, last), kMax);
  const auto next = [&](uint64_t limit) {
    Params params;
    params.AddInt8(instance);
    params.AddInt8(low);
    params.AddInt8(high);
    params.AddInt8(limit);
    return params;
  };
  // Sequences begin at 1, so there is always one below.
  const auto seen = [&](const Rows& rows, int row) {
    (up ? low : high) = up ? rows.Int(row, 2) + 1 : rows.Int(row, 2) - 1;
  };
  return VisitChunks(pool, up ? "read_instance_up" : "read_instance_down", next, seen, visit);
}

absl::StatusOr<uint64_t> ReadNumber(Pool& pool, absl::string_view statement, const Params& params) {
  ASSIGN_OR_RETURN(const Rows rows, pool.Run(statement, params));
  return rows.size() == 0 ? 0 : rows.Int(0, 0);
}

absl::StatusOr<SubjectKeys> ReadKeyRows(Pool& pool, uint64_t instance, absl::string_view subject) {
  Params params;
  params.AddInt8(instance);
  params.AddBytes(subject);
  ASSIGN_OR_RETURN(const Rows rows, pool.Run("read_subject_keys", params));
  SubjectKeys keys;
  for (int row = 0; row < rows.size(); ++row) {
    keys.erased = rows.Int(row, 0) != 0;
    if (rows.IsNull(row, 1)) continue;
    keys.keys.push_back({.id = std::string(rows.Bytes(row, 1)),
                         .instance = instance,
                         .subject = std::string(subject),
                         .wrapped = std::string(rows.Bytes(row, 2))});
  }
  return keys;
}

absl::StatusOr<DataKey> ReadKeyRow(Pool& pool, uint64_t instance, absl::string_view key_id) {
  Params params;
  params.AddInt8(instance);
  params.AddBytes(key_id);
  ASSIGN_OR_RETURN(const Rows rows, pool.Run("read_data_key", params));
  if (rows.size() == 0) return KeyNotFoundError();
  return DataKey{.id = std::string(key_id),
                 .instance = instance,
                 .subject = std::string(rows.Bytes(0, 0)),
                 .wrapped = std::string(rows.Bytes(0, 1))};
}

absl::Status ReadClaimRows(const PostgresOptions& options, EventStore::ClaimVisitor visit) {
  ASSIGN_OR_RETURN(const auto connection,
                   Connection::Open(options, Role::kRead, absl::Now() + options.connect_timeout));
  RETURN_IF_ERROR(connection->Execute(
      "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
      "DECLARE claim CURSOR FOR SELECT encode(stream, 'hex'), encode(slot, 'hex'),"
      " encode(key, 'hex') FROM claims ORDER BY instance, key",
      absl::Now() + options.read_timeout));
  while (true) {
    ASSIGN_OR_RETURN(const Rows rows,
                     connection->Ask("FETCH 1000 FROM claim", absl::Now() + options.read_timeout));
    for (int row = 0; row < rows.size(); ++row) {
      const std::string bytes = absl::HexStringToBytes(rows.Bytes(row, 0));
      absl::string_view rest = bytes;
      const auto stream = ConsumeStream(rest);
      if (!stream.has_value() || !rest.empty()) {
        return Error(absl::StatusCode::kDataLoss, "store.damaged", "A claim does not parse.");
      }
      if (!visit(*stream, absl::HexStringToBytes(rows.Bytes(row, 1)),
                 absl::HexStringToBytes(rows.Bytes(row, 2)))) {
        return absl::OkStatus();
      }
    }
    if (rows.size() == 0) return absl::OkStatus();
  }
}

}  // namespace muniment::eventstore
