// The first event of a store. It brings in the claims key, without which no codec can be made
// (FORMAT.md, Unique values).
//
//   DataKeys keys(store, master);
//   ASSIGN_OR_RETURN(const Secret claims_key, OpenOrFound(store, keys));
//   const Codec codec(claims_key.reveal());
//
// Called once at start, before other threads use the store; blocks.
// Errors: the store's and the master key's; DATA_LOSS "store.damaged" for a store that was founded
// and has lost its claims key.
#ifndef MUNIMENT_EVENTSTORE_FOUNDING_H_
#define MUNIMENT_EVENTSTORE_FOUNDING_H_

#include "absl/status/statusor.h"
#include "base/secret.h"
#include "eventstore/keys.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// The subject of the system instance whose data key is the claims key.
inline constexpr absl::string_view kClaimsSubject = "claims";

// 32 bytes.
absl::StatusOr<Secret> OpenOrFound(EventStore& store, DataKeys& keys);
// NOT_FOUND "store.not_founded" for a store without events; writes nothing.
absl::StatusOr<Secret> OpenClaimsKey(EventStore& store, KeySource& keys);

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_FOUNDING_H_
