// Folds the whole log anew into a directory of its own: to prove that the read models are what the
// log says (`muniment replay`), and to have a new binary's tables ready before it takes over
// (`muniment prepare`).
//
//   ASSIGN_OR_RETURN(auto rebuilt, Replay({store, codec, keys}, AllProjections(), dir, options));
//   View a = live.Read(), b = rebuilt->Read();
//   ASSIGN_OR_RETURN(Comparison same, Compare(a, b));
//
// A replay writes without a log of its own and counts only when it has ended; one that was broken
// off begins again. It reads the store alone: one that is open in another process serves as a
// secondary or read-only one.
//
// Threads: each function runs on its caller's thread and takes as long as it takes.
// Errors: the store's, the codec's, and those of database.h; CANCELLED "replay.stopped".
#ifndef MUNIMENT_PROJECTIONS_REPLAY_H_
#define MUNIMENT_PROJECTIONS_REPLAY_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "projections/database.h"
#include "projections/log_fold.h"
#include "projections/projection.h"

namespace muniment::projections {

struct ReplayProgress {
  uint64_t done = 0;  // positions
  uint64_t total = 0;
  absl::Duration elapsed;
  absl::Duration eta;
};

struct ReplayOptions {
  // Where to end; the log's head by default.
  uint64_t until = kToHead;
  size_t batch_events = 4000;
  size_t cache_rows = 200'000;
  std::shared_ptr<rocksdb::Cache> cache = nullptr;
  // Called about four times a second.
  std::function<void(const ReplayProgress&)> progress = {};
  const std::atomic<bool>* stop = nullptr;
};

// The projections of the named tables ("User" or "muniment.row.v1.User"); NOT_FOUND
// "replay.unknown_table" names one that there is not.
absl::StatusOr<Projections> Named(Projections all, const std::vector<std::string>& names);

// Fills the directory, which must not hold read models that count; what an earlier try left there
// is removed.
absl::StatusOr<std::unique_ptr<Database>> Replay(const Source& source,
                                                 const Projections& projections,
                                                 const std::string& path,
                                                 const ReplayOptions& options = {});

// What one column family holds of one table.
struct Part {
  std::string table;   // "" for the trees
  std::string family;  // "rows", "index", "counters", "history", "tree"
  uint64_t entries_a = 0;
  uint64_t entries_b = 0;
  // SHA-256 over all keys, without the generation, and values.
  std::string hash_a;
  std::string hash_b;
  // Of the first entry that differs, in hexadecimal; empty when all are equal.
  std::string first_difference;

  bool equal() const { return hash_a == hash_b; }
};

struct Comparison {
  std::vector<Part> parts;
  bool equal() const;
};

// Byte for byte, of the tables that both have. The views must stand at the same position:
// FAILED_PRECONDITION "replay.other_position".
absl::StatusOr<Comparison> Compare(const View& a, const View& b);

// Where `muniment prepare` builds for the models at `path`.
std::string PreparedPath(const std::string& path);
// Replays into PreparedPath and notes the tables' identities and the epoch.
absl::Status PrepareModels(const Source& source, const Projections& projections,
                           const std::string& path, const ReplayOptions& options = {});

// Opens the models at `path` for this build: prepared ones take their place when they are complete
// and of this build while the present ones are not; models that are unfinished, damaged or of
// another format are dropped, to be folded again by the runner.
absl::StatusOr<std::unique_ptr<Database>> OpenModels(const DatabaseOptions& options,
                                                     const Projections& projections);

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_REPLAY_H_
