// The envelope: the 24 bytes that the store puts before a body (FORMAT.md, Envelope), and the leaf
// hash over both. A stored value is envelope || body; position and keep stand outside it.
//
// Thread-safe; no I/O.
// Errors: DATA_LOSS "store.damaged" for a value that is too short.
#ifndef MUNIMENT_EVENTSTORE_ENVELOPE_H_
#define MUNIMENT_EVENTSTORE_ENVELOPE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

inline constexpr size_t kEnvelopeBytes = 24;

// Instance, sequence and created_at in microseconds since 1970-01-01 UTC; 8 bytes each, big-endian.
std::string EncodeEnvelope(uint64_t instance, uint64_t sequence, absl::Time created_at);

// An event of its stored value.
absl::StatusOr<StoredEvent> ParseStored(uint64_t position, Keep keep, absl::string_view value);

// SHA-256(0x00 || envelope || body), 32 bytes: the event's leaf (RFC 6962 section 2.1).
std::string LeafHash(const StoredEvent& event);

// The day of a time in UTC, counted from 1970-01-01.
uint32_t DayOf(absl::Time time);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_ENVELOPE_H_
