// What every store does with a commit before it touches its tables: its rules, the errors it is
// refused with, and the key of a stream.
//
// Thread-safe; no I/O.
#ifndef MUNIMENT_EVENTSTORE_COMMIT_H_
#define MUNIMENT_EVENTSTORE_COMMIT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// A commit that keeps the rules of store.h.
struct CheckedCommit {
  // For each event the index of its stream in Commit::reads.
  std::vector<uint32_t> read_of_event;
  size_t bytes = 0;
};

// RESOURCE_EXHAUSTED "store.commit_too_large" or INTERNAL "store.commit_invalid".
absl::StatusOr<CheckedCommit> CheckCommit(const Commit& commit);

absl::Status ConflictError();
absl::Status FencedError();
absl::Status ClaimTakenError(absl::string_view slot);
absl::Status UnavailableError(absl::string_view why);
absl::Status OutcomeUnknownError();
absl::Status ReadOnlyError();
absl::Status KeyNotFoundError();

// The wall clock's next stamp: whole microseconds, never before `last`.
absl::Time NextStamp(absl::Time now, absl::Time last);

// INVALID_ARGUMENT "store.keeps_forever" for a class that does not expire, FAILED_PRECONDITION
// "store.day_open" when events stamped from `next_stamp` on may fall on the day.
absl::Status CheckPrune(Keep keep, uint32_t day, absl::Time next_stamp);

// The key of a stream: no key is the beginning of another, and those of one instance stand
// together. instance u64, type u32, aggregate u32, length of id u32, all big-endian, id.
std::string EncodeStream(const StreamKey& stream);
// Takes a stream's key off the front of `in`; nullopt when there is none.
std::optional<StreamKey> ConsumeStream(absl::string_view& in);

// Where a stored event stands in its stream, as its body says.
struct StreamPlace {
  StreamKey stream;
  uint64_t version = 0;
};
// DATA_LOSS "store.damaged" for a body that does not parse.
absl::StatusOr<StreamPlace> PlaceOf(const StoredEvent& event);

void AppendU32(std::string& out, uint32_t value);
void AppendU64(std::string& out, uint64_t value);
// The number at the front of `in`, which has the bytes.
uint32_t ReadU32(absl::string_view in);
uint64_t ReadU64(absl::string_view in);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_COMMIT_H_
