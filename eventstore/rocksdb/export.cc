#include "eventstore/rocksdb/export.h"

#include <limits>
#include <optional>
#include <utility>

#include "base/error.h"
#include "eventstore/commit.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/rocksdb/reading.h"
#include "eventstore/rocksdb/schema.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kNumber = 8;
constexpr size_t kClaimName = kNumber + 32;
constexpr size_t kKeyName = 1 + kNumber + 16;

// Where the rows of each kind stand, and the row that an entry is; nothing for one that is damaged.
struct Source {
  schema::Table table;
  absl::string_view prefix;
  std::optional<Row> (*row)(absl::string_view key, absl::string_view value);
};

std::optional<Row> HeadRow(absl::string_view key, absl::string_view value) {
  const auto version = schema::DecodeU64(value);
  if (!version.has_value()) return std::nullopt;
  return StreamHead{std::string(key), *version};
}

std::optional<Row> SequenceRow(absl::string_view key, absl::string_view value) {
  const auto sequence = schema::DecodeU64(value);
  if (key.size() != 1 + kNumber || !sequence.has_value()) return std::nullopt;
  return InstanceSequence{ReadU64(key.substr(1)), *sequence};
}

std::optional<Row> ClaimRow(absl::string_view key, absl::string_view value) {
  absl::string_view slot = value;
  if (key.size() != kClaimName || !ConsumeStream(slot).has_value()) return std::nullopt;
  return StandingClaim{ReadU64(key), std::string(key.substr(kNumber)),
                       std::string(value.substr(0, value.size() - slot.size())),
                       std::string(slot)};
}

std::optional<Row> KeyRow(absl::string_view key, absl::string_view value) {
  if (key.size() != kKeyName) return std::nullopt;
  auto decoded =
      schema::DecodeDataKey(ReadU64(key.substr(1)), key.substr(1 + kNumber), value);
  if (!decoded.has_value()) return std::nullopt;
  return *std::move(decoded);
}

std::optional<Row> ErasedRow(absl::string_view key, absl::string_view) {
  constexpr size_t kBefore = 1 + kNumber + 4;
  if (key.size() < kBefore) return std::nullopt;
  return ErasedSubject{ReadU64(key.substr(1)), std::string(key.substr(kBefore))};
}

constexpr Source kSources[kRowKinds] = {{schema::kHeads, "", HeadRow},
                                        {schema::kMeta, "i", SequenceRow},
                                        {schema::kClaims, "", ClaimRow},
                                        {schema::kKeys, "k", KeyRow},
                                        {schema::kKeys, "e", ErasedRow}};

}  // namespace

absl::StatusOr<std::unique_ptr<RocksExporter>> RocksExporter::Follow(const RocksOptions& options,
                                                                     const std::string& scratch) {
  ASSIGN_OR_RETURN(auto database, Database::Follow(options, scratch));
  auto exporter = std::make_unique<RocksExporter>(*database);
  exporter->followed_ = std::move(database);
  return exporter;
}

RocksExporter::RocksExporter(Database& database) : database_(database) {}

RocksExporter::~RocksExporter() = default;

absl::StatusOr<LogEnd> RocksExporter::ReadEnd() {
  if (followed_ != nullptr) RETURN_IF_ERROR(followed_->CatchUp());
  return LogEnd{database_.epoch(), database_.head().position, database_.head().stamp};
}

absl::Status RocksExporter::ReadLog(uint64_t after, EventVisitor visit) {
  return ReadPositions(database_, after, std::numeric_limits<uint64_t>::max() - 1, visit);
}

absl::Status RocksExporter::ReadRows(RowKind kind, RowVisitor visit) {
  const Source& source = kSources[kind];
  absl::Status status;
  RETURN_IF_ERROR(database_.Visit(
      source.table, source.prefix, [&](absl::string_view key, absl::string_view value) {
        const std::optional<Row> row = source.row(key, value);
        status = row.has_value() ? visit(*row) : DamagedError("a row does not parse");
        return status.ok();
      }));
  return status;
}

}  // namespace muniment::eventstore
