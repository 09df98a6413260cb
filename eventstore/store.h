// The event store port: the only truth. Commands append events to it, everything else is folded
// from it. memory/, rocksdb/ and postgres/ implement it and pass one contract suite
// (tests/contract). What the bytes mean stands in FORMAT.md.
//
// Two numbers: `position` is store-wide, gapless and commit-ordered and never leaves the process;
// `sequence` is gapless per instance and is what callers see.
//
// Threads: every function may be called from any thread. Append never blocks on a disk or a
// network; its callback runs once, on a thread of the store, and must not block. Reads may block
// on a cold page or a network and belong in a pool. A visitor may read from the store; the store
// holds no lock of its own then. What a callback tells of, every read that starts after it sees;
// commits of one caller that are under way
// at the same time have no order. The store outlives its callers: it is destroyed when no other
// call is under way; what was appended is answered first.
// Errors: UNAVAILABLE "store.unavailable" when nothing was changed and trying again may help;
// ABORTED "store.conflict" when a read stream moved; ALREADY_EXISTS "store.claim_taken" when a
// unique value stands elsewhere (fact "slot" names it; every read stream stood where the commit
// said); ABORTED "store.fenced" when the commit's lease has a newer term; UNKNOWN
// "store.outcome_unknown" when only the log can tell; RESOURCE_EXHAUSTED
// "store.commit_too_large" above kMaxCommitEvents or kMaxCommitBytes; INTERNAL
// "store.commit_invalid" for a commit that breaks the rules told at Commit; DATA_LOSS
// "store.damaged" with the file's name; NOT_FOUND "store.key_not_found".
#ifndef MUNIMENT_EVENTSTORE_STORE_H_
#define MUNIMENT_EVENTSTORE_STORE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "muniment/options.pb.h"

namespace muniment::eventstore {

inline constexpr size_t kMaxCommitEvents = 500;
inline constexpr size_t kMaxCommitBytes = 1 << 20;
// The reserved instance of events that belong to none.
inline constexpr uint64_t kSystemInstance = 0;

// The unit of conflict.
struct StreamKey {
  uint64_t instance = 0;
  uint32_t type = 0;  // muniment.StreamType.number
  Aggregate aggregate = AGGREGATE_UNSPECIFIED;
  std::string id = {};  // of the aggregate

  friend bool operator==(const StreamKey& a, const StreamKey& b) {
    return std::tie(a.instance, a.type, a.aggregate, a.id) ==
           std::tie(b.instance, b.type, b.aggregate, b.id);
  }
  template <typename H>
  friend H AbslHashValue(H h, const StreamKey& k) {
    return H::combine(std::move(h), k.instance, k.type, static_cast<int>(k.aggregate), k.id);
  }
};

// A stream as a command saw it; 0: it has no event.
struct ReadVersion {
  StreamKey stream;
  uint64_t version = 0;
};

// Sets or, with an empty key, releases one slot of the event's stream. A slot holds one claim; a
// new one gives the old back. Changes take effect in the order in which they stand in the commit,
// so a value is released before another slot takes it. Claims of two instances never meet.
struct ClaimChange {
  std::string slot;
  std::string key;  // 32 bytes (FORMAT.md, Claims) or empty
};

struct NewEvent {
  StreamKey stream = {};
  Keep keep = FOREVER;
  std::string body = {};  // an encoded muniment.store.v1.Body; never re-encoded
  std::vector<ClaimChange> claims = {};
  bool releases_claims = false;  // of the whole stream, before `claims`
};

// A data key, wrapped by the master key. Several may stand for one subject.
struct DataKey {
  std::string id = {};  // 16 random bytes
  uint64_t instance = 0;
  std::string subject = {};
  std::string wrapped = {};
};

// True for one record that two commits carry: a store takes it again without a word. Another record
// under a standing id is a commit_invalid.
inline bool SameKey(const DataKey& a, const DataKey& b) {
  return std::tie(a.id, a.instance, a.subject, a.wrapped) ==
         std::tie(b.id, b.instance, b.subject, b.wrapped);
}

// Names the term of a lease under which a commit was decided.
struct Fence {
  std::string lease;
  uint64_t term = 0;
};

// What one command changes: all of it or nothing. With no events it only checks `reads`, and has
// neither keys nor erased subjects. A commit that names a key of a subject whose keys were destroyed
// is refused like a conflict.
struct Commit {
  uint64_t instance = 0;
  // Every stream that was read or is written, each once. The store compares all with its heads;
  // the events of a written stream get the versions that follow, in order.
  std::vector<ReadVersion> reads = {};
  std::vector<NewEvent> events = {};
  // Whatever is sealed under a stream's own key carries it, also where it stands: it may be pruned
  // meanwhile.
  std::vector<DataKey> keys = {};
  // Subjects whose data keys are destroyed with this commit, those of `keys` too; they get none
  // again, a stream not as long as it has an event.
  std::vector<std::string> erased_subjects = {};
  // Refused, before anything else is looked at, unless this is the lease's newest term. Whether the
  // term's time is over is not asked: until somebody else has taken the lease nothing can collide.
  std::optional<Fence> fence = std::nullopt;
  // In which what was read stood (SeenEpoch): in another it is a conflict. 0: in any.
  uint64_t epoch = 0;
};

// Where a commit stands. Without events: the newest position and the instance's newest sequence, all
// seen by the check, and the store's time of it.
struct Committed {
  uint64_t position = 0;        // of its last event
  uint64_t first_sequence = 0;  // of its events, which are consecutive in its instance
  uint64_t last_sequence = 0;
  absl::Time created_at;
};

using CommitDone = absl::AnyInvocable<void(absl::StatusOr<Committed>)>;

struct StoredEvent {
  uint64_t position = 0;
  uint64_t instance = 0;
  uint64_t sequence = 0;
  absl::Time created_at;  // whole microseconds
  Keep keep = FOREVER;
  std::string body = {};
};

// Return false to stop. The event is only valid during the call.
using EventVisitor = absl::FunctionRef<bool(const StoredEvent&)>;

struct LogHead {
  // Raised by a restore to an earlier prefix: a number of another epoch says nothing of this log.
  uint64_t epoch = 0;
  uint64_t position = 0;
  // Leaf hash of the event at `position`; empty for an empty log, and where that event expired.
  std::string hash = {};
};

struct SubjectKeys {
  std::vector<DataKey> keys = {};
  bool erased = false;
};

// What TakeLease found.
struct Lease {
  // The newest. Terms of a lease only rise, also when the store is opened again.
  uint64_t term = 0;
  bool held = false;  // by whom asked, from now on
  // Until it ends, by the store's clock; of another's lease, when to ask again.
  absl::Duration left = absl::ZeroDuration();
};

class EventStore {
 public:
  virtual ~EventStore() = default;

  virtual void Append(Commit commit, CommitDone done) = 0;

  // Events of a stream with version > `after`, in order; expired ones are absent.
  virtual absl::Status ReadStream(const StreamKey& stream, uint64_t after,
                                  EventVisitor visit) = 0;
  // The newest version of a stream, 0 for none.
  virtual absl::StatusOr<uint64_t> ReadHead(const StreamKey& stream) = 0;
  // Events of all instances with position > `after`, in order; gaps only where events expired. Goes
  // at least as far as the log stood when the call began.
  virtual absl::Status ReadLog(uint64_t after, EventVisitor visit) = 0;
  // Events of one instance with first <= sequence <= last, upwards, or downwards from `last` when
  // first > last (then last <= sequence <= first).
  virtual absl::Status ReadInstance(uint64_t instance, uint64_t first, uint64_t last,
                                    EventVisitor visit) = 0;
  virtual absl::StatusOr<uint64_t> ReadSequence(uint64_t instance) = 0;

  virtual absl::StatusOr<SubjectKeys> ReadSubjectKeys(uint64_t instance,
                                                      absl::string_view subject) = 0;
  virtual absl::StatusOr<DataKey> ReadDataKey(uint64_t instance, absl::string_view key_id) = 0;

  // Every standing claim: (instance, claim key, stream, slot); for verification.
  using ClaimVisitor = absl::FunctionRef<bool(const StreamKey& stream, absl::string_view slot,
                                              absl::string_view key)>;
  virtual absl::Status ReadClaims(ClaimVisitor visit) = 0;

  virtual absl::StatusOr<LogHead> ReadLogHead() = 0;
  // The newest epoch that this store saw, where other processes write to its log and may raise it:
  // whoever kept something of an earlier one forgets it. 0 for a log of this process alone. Asks
  // nobody; who reads or commits after a change sees it.
  virtual uint64_t SeenEpoch() const { return 0; }
  // Where the caller's read models stand. The store raises the epoch of a shared log that is found
  // to end before it or to have another event there.
  virtual void Acknowledge(const LogHead&) {}
  // Calls back once, on a thread of the store, when the log stands beyond `position` (at once if it
  // does), SeenEpoch changes or the store closes. The handle's destruction forgets the call and waits for one under
  // way.
  class Waiter {
   public:
    virtual ~Waiter() = default;
  };
  [[nodiscard]] virtual std::unique_ptr<Waiter> WaitBeyond(uint64_t position,
                                                           absl::AnyInvocable<void()> wake) = 0;

  // Deletes a closed day of an expiring class; its DayClosed event stands already. With the last event
  // of a stream go the stream's own keys (StreamSubject) and the mark that they were destroyed. `day`
  // counts from 1970-01-01 UTC by created_at. Idempotent. Blocks; FAILED_PRECONDITION "store.day_open" while
  // events may still fall on that day.
  virtual absl::Status PruneDay(uint64_t instance, Keep keep, uint32_t day) = 0;

  // Makes destroyed keys unreadable in whatever the store writes: when it returns OK, every key
  // destroyed by a commit answered before the call stands in none of its files. Blocks, may take
  // seconds.
  virtual absl::Status PurgeErased() = 0;

  // Of several nodes over one log, this one says how far its own files hold nothing of what the log
  // removed and erased; a position of an epoch. Blocks.
  virtual absl::Status ReportPurged(uint64_t epoch, uint64_t position) {
    (void)epoch;
    (void)position;
    return absl::OkStatus();
  }
  // How far every node that lives has said so; of a log of this process alone nobody has to. Blocks.
  virtual absl::StatusOr<uint64_t> PurgedByAll() { return std::numeric_limits<uint64_t>::max(); }

  // A lease is the right to act for all who share the store, held by one at a time. It is no event
  // and leaves no trace in the log. Taken when it is free, released, or over; held by `holder`
  // already, it is renewed with its term, even when it is over. Another holder always gets a higher
  // term, and when he has it no commit fenced with a lower one is stored any more. A lease of the
  // embedded stores ends with the process that opened them. A holder counts `ttl` from before he
  // asked, by a clock that is not set, and stops acting then. Where the store's clock was set back a
  // standing lease ends at most its ttl after the next who asks for it.
  // `name` and `holder`: 1 to 64 bytes, the holder's unlike those of all others (random); 0 < `ttl`
  // <= 1 h; INTERNAL "store.lease_invalid". Blocks.
  virtual absl::StatusOr<Lease> TakeLease(absl::string_view name, absl::string_view holder,
                                          absl::Duration ttl) = 0;
  // Gives back what `holder` holds, else does nothing. Blocks.
  virtual absl::Status ReleaseLease(absl::string_view name, absl::string_view holder) = 0;
};

}  // namespace muniment::eventstore

#endif  // MUNIMENT_EVENTSTORE_STORE_H_
