// Reads the log, decodes each event once and folds it into every table that reads its stream: what
// the runner, the builder of changed tables and a replay share.
//
//   LogFold fold({store, codec, keys}, projections, {.live = true});
//   RETURN_IF_ERROR(fold.Run(batch, after, kToHead, commit));
//
// Threads: one.
// Errors: the store's and the codec's. "store.kind_unknown" and "store.level_too_high" come after
// everything before that event was committed: what a newer release wrote is not skipped. What
// `commit` returns ends the run.
#ifndef MUNIMENT_PROJECTIONS_LOG_FOLD_H_
#define MUNIMENT_PROJECTIONS_LOG_FOLD_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "eventstore/codec.h"
#include "eventstore/store.h"
#include "projections/batch.h"
#include "projections/projection.h"

namespace muniment::projections {

// Where events come from and how they are read. All outlive what is given a Source.
struct Source {
  eventstore::EventStore& store;
  const eventstore::Codec& codec;
  eventstore::KeySource& keys;
};

inline constexpr uint64_t kToHead = ~uint64_t{0};

class LogFold {
 public:
  struct Options {
    // Counts leaves and hashes, and decodes every event, read by a table or not. Otherwise events
    // of streams that no table reads are passed over unread.
    bool live = false;
    // Events between two commits.
    size_t batch_events = 1000;
    // Ends the run after the event at hand, with all folded committed.
    const std::atomic<bool>* stop = nullptr;
    // Called for each subject whose keys' destruction is read, after its commit: those in memory
    // must go.
    std::function<void(uint64_t instance, absl::string_view subject)> erased = {};
    // Called for each event that is read.
    std::function<void(const eventstore::EventMeta& event)> seen = {};
  };

  LogFold(const Source& source, std::vector<const Projection*> projections, Options options);

  // Folds the events with after < position <= until. Commits at the latest every batch_events
  // events and at the end; the checkpoint it is given has no epoch, and a hash only when live.
  using CommitBatch = absl::FunctionRef<absl::Status(Checkpoint)>;
  absl::Status Run(Batch& batch, uint64_t after, uint64_t until, CommitBatch commit);

  // The tables folded into, from the next run on.
  void SetProjections(std::vector<const Projection*> projections);

 private:
  absl::Status FoldOne(Batch& batch, const eventstore::StoredEvent& stored);
  absl::Status CommitAt(uint64_t position, CommitBatch commit);
  bool Reads(absl::string_view body) const;

  const Source source_;
  const Options options_;
  std::vector<std::vector<const Projection*>> by_stream_;
  std::string hash_;
  std::vector<std::pair<uint64_t, std::string>> erased_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_LOG_FOLD_H_
