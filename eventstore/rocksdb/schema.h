// The tables of the embedded store and their keys. Only `log` and the segments hold facts, `keys`
// and `meta` what cannot be folded from them; all others are folds of the log.
//
//   log, segment.N  position u64                          envelope || body (FORMAT.md)
//   streams         stream || version u64                 position u64, keep u8
//   heads           stream                                version u64
//   sequences       instance u64 || sequence u64          position u64, keep u8
//   claims          instance u64 || claim key             slot's name
//   slots           stream || slot                        claim's name
//   keys            'k' instance u64 || key id            length u32, subject, wrapped key
//                   's' instance u64 || subject || key id
//                   'e' instance u64 || subject           (erased)
//   meta            "format"                              u64
//                   "epoch"                               u64
//                   "head"                                position u64, microseconds u64
//                   "filling"                             position u64, while an import goes on
//                   "filler"                              the command that does it
//                   'i' instance u64                      newest sequence u64
//                   'd' keep u8 || day u32                first position of the class that day
//                   'l' name                              newest term u64 of a lease
//
// Numbers are big-endian; a stream is EncodeStream of commit.h; a subject has its length u32 before
// it. A segment holds the events of one class that expires; N is the class's number.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_SCHEMA_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_SCHEMA_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "eventstore/store.h"

namespace muniment::eventstore::schema {

inline constexpr uint64_t kFormat = 1;

enum Table { kMeta, kLog, kStreams, kHeads, kSequences, kClaims, kSlots, kKeys, kTables };

// "default" for meta: RocksDB opens no database without it.
std::string TableName(Table table);
std::string SegmentName(Keep keep);
// Every class that expires.
const std::vector<Keep>& ExpiringKeeps();

inline constexpr absl::string_view kFormatKey = "format";
inline constexpr absl::string_view kEpochKey = "epoch";
inline constexpr absl::string_view kHeadKey = "head";
inline constexpr absl::string_view kImportKey = "filling";
inline constexpr absl::string_view kImporterKey = "filler";

// Where an event stands.
struct Place {
  uint64_t position = 0;
  Keep keep = FOREVER;
};

struct Head {
  uint64_t position = 0;
  absl::Time stamp = absl::UnixEpoch();
};

std::string U64(uint64_t value);
std::string StreamVersionKey(absl::string_view stream, uint64_t version);
std::string SequenceKey(uint64_t instance, uint64_t sequence);
std::string InstanceKey(uint64_t instance);
std::string DayKey(Keep keep, uint32_t day);
std::string LeaseKey(absl::string_view name);
std::string DataKeyKey(uint64_t instance, absl::string_view key_id);
std::string SubjectPrefix(uint64_t instance, absl::string_view subject);
std::string ErasedKey(uint64_t instance, absl::string_view subject);
// The first key behind all that begin with `prefix`; empty when there is none.
std::string PrefixEnd(absl::string_view prefix);

std::string EncodePlace(const Place& place);
std::optional<Place> DecodePlace(absl::string_view value);
std::string EncodeHead(const Head& head);
std::optional<Head> DecodeHead(absl::string_view value);
std::optional<uint64_t> DecodeU64(absl::string_view value);
std::string EncodeDataKey(const DataKey& key);
std::optional<DataKey> DecodeDataKey(uint64_t instance, absl::string_view key_id,
                                     absl::string_view value);

}  // namespace muniment::eventstore::schema

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_SCHEMA_H_
