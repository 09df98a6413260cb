// Reads of the tables in chunks: no connection is held while a visitor runs, so that a visitor may
// read too. The functions of store.h by the same names; they block.
//
// Thread-safe. Errors: UNAVAILABLE "store.unavailable"; NOT_FOUND "store.key_not_found".
#ifndef MUNIMENT_EVENTSTORE_POSTGRES_READING_H_
#define MUNIMENT_EVENTSTORE_POSTGRES_READING_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/postgres/pool.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

absl::Status ReadStreamRows(Pool& pool, const StreamKey& stream, uint64_t after,
                            EventVisitor visit);
absl::Status ReadLogRows(Pool& pool, uint64_t after, EventVisitor visit);
absl::Status ReadInstanceRows(Pool& pool, uint64_t instance, uint64_t first, uint64_t last,
                              EventVisitor visit);
// The number a statement answers with its first column, 0 without a row.
absl::StatusOr<uint64_t> ReadNumber(Pool& pool, absl::string_view statement, const Params& params);
absl::StatusOr<SubjectKeys> ReadKeyRows(Pool& pool, uint64_t instance, absl::string_view subject);
absl::StatusOr<DataKey> ReadKeyRow(Pool& pool, uint64_t instance, absl::string_view key_id);
// All of one moment, over a connection of its own.
absl::Status ReadClaimRows(const PostgresOptions& options, EventStore::ClaimVisitor visit);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_POSTGRES_READING_H_
