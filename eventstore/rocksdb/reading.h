// Reads of an open database, shared by the store and by whoever reads its files beside it.
//
// Threads: thread-safe. Errors: DATA_LOSS and UNAVAILABLE as in database.h.
#ifndef MUNIMENT_EVENTSTORE_ROCKSDB_READING_H_
#define MUNIMENT_EVENTSTORE_ROCKSDB_READING_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "eventstore/rocksdb/database.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// Events with after < position <= until, from the log and all segments.
absl::Status ReadPositions(Database& database, uint64_t after, uint64_t until, EventVisitor visit);
// As EventStore's functions of these names.
absl::Status ReadStreamRows(Database& database, const std::string& stream, uint64_t after,
                            EventVisitor visit);
absl::Status ReadInstanceRows(Database& database, uint64_t instance, uint64_t first, uint64_t last,
                              EventVisitor visit);
absl::StatusOr<SubjectKeys> ReadKeyRows(Database& database, uint64_t instance,
                                        absl::string_view subject);
absl::StatusOr<DataKey> ReadKeyRow(Database& database, uint64_t instance,
                                   absl::string_view key_id);
absl::Status ReadClaimRows(Database& database, EventStore::ClaimVisitor visit);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ROCKSDB_READING_H_
