// Proves a store sound from nothing but its bytes: walks the whole log and makes anew whatever the
// store derives from it. FORMAT.md is what it holds the store to:
//
//   - positions, sequences and stream versions without gaps, but for pruned days that the log
//     itself tells of; times that never run backwards; heads where the streams end;
//   - bodies that decode, sealed parts that open, keys that stand or whose subject was erased, or
//     that went with a stream whose days are over (an older log under newer keys);
//   - day trees equal to the roots that closed them; per instance the root of the main tree, to be
//     held against one kept elsewhere (VerifyOptions.trusted);
//   - the claims table equal to the fold of the log.
//
//   ASSIGN_OR_RETURN(const VerifyReport report, Verify(store, codec, keys));
//   if (!report.ok()) for (const VerifyFault& fault : report.faults) ...
//
// Memory: about 300 bytes a stream and a claim. Threads: blocks; any thread but the store's. The
// store may be written meanwhile: the walk goes on to where it stands still.
// Errors: those of reading the store, ABORTED "verify.moving" when the log does not stand still
// long enough to compare claims. Damage is no error but a fault in the report.
#ifndef MUNIMENT_EVENTSTORE_VERIFY_H_
#define MUNIMENT_EVENTSTORE_VERIFY_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"

namespace muniment::eventstore {

// A root of an instance's main tree that was noted before.
struct TrustedRoot {
  uint64_t instance = 0;
  uint64_t leaves = 0;
  std::string root = {};  // 32 bytes
};

struct VerifyOptions {
  // Called every few thousand events with the position reached and that of the log's end.
  std::function<void(uint64_t position, uint64_t end)> progress = {};
  std::vector<TrustedRoot> trusted = {};
  // Further faults are only counted.
  size_t max_faults = 100;
  // What is to be pruned by then may have lost its keys already.
  absl::Time now = absl::Now();
};

struct VerifyFault {
  uint64_t position = 0;  // 0: of no event
  std::string what = {};
};

struct VerifiedInstance {
  uint64_t instance = 0;
  uint64_t sequence = 0;
  uint64_t leaves = 0;
  std::string root = {};  // of the main tree, 32 bytes
};

struct VerifyReport {
  uint64_t events = 0;
  uint64_t streams = 0;
  uint64_t claims = 0;
  // Sealed parts whose keys are destroyed or have expired.
  uint64_t shredded = 0;
  // Of classes that expire, still there.
  uint64_t expiring_events = 0;
  uint64_t closed_days = 0;
  uint64_t pruned_days = 0;
  // Claims of streams whose sealed parts are gone: nobody can tell.
  uint64_t unknowable_claims = 0;
  LogHead head = {};
  std::vector<VerifiedInstance> instances = {};
  uint64_t fault_count = 0;
  std::vector<VerifyFault> faults = {};

  bool ok() const { return fault_count == 0; }
};

absl::StatusOr<VerifyReport> Verify(EventStore& store, const Codec& codec, KeySource& keys,
                                    const VerifyOptions& options = {});

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_VERIFY_H_
