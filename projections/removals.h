// What was removed from the read models and still stands in their files: RocksDB marks it as gone
// and drops it when it next rewrites the place, which may be never. So the keys that each commit
// removes are kept in mind, and their places are rewritten soon after: some minutes, for ordinary
// removals, which are gathered; at once where a person was erased.
//
//   RETURN_IF_ERROR(rep.removals.Write(rep, &batch, {}));   // instead of DB::Write
//   RETURN_IF_ERROR(Purge(database));   // now, for whoever says that something is gone for good
//
// Gone after Purge, from tables, write-ahead log and MANIFEST: the values and index entries of
// removed rows, the posting lists that named them, and whatever an erasure rewrote. What a change
// merely replaced in a row goes with RocksDB's own compactions, or with the row. A mark in the
// database, written with the removal, says after a crash that there is something to purge, and
// whether somebody was erased; then all is rewritten once.
//
// Threads: thread-safe. Purge blocks for as long as the rewriting takes. Errors: UNAVAILABLE
// "models.held" when views from before the removal are still in use after some seconds,
// "models.unavailable" for what the disk says; what was to be purged then still is.
#ifndef MUNIMENT_PROJECTIONS_REMOVALS_H_
#define MUNIMENT_PROJECTIONS_REMOVALS_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "projections/database.h"

namespace rocksdb {
class WriteBatch;
}  // namespace rocksdb

namespace muniment::projections {

struct DatabaseRep;

class Removals {
 public:
  struct About {
    bool rewrites = false;  // what the batch puts replaces what is to be forgotten
    bool urgent = false;
    bool building = false;  // of tables that nobody reads yet
  };
  // Writes the batch and keeps in mind what it removes.
  absl::Status Write(DatabaseRep& rep, rocksdb::WriteBatch* batch, About about);
  // As a mark says that was found in the database: something was removed, nobody knows what.
  void AddAll(absl::string_view mark);
  // What was removed so far is purged at once.
  void Hurry();
  // An erasure from tables that are read waits to be purged.
  bool urgent();
  // Called, on the thread that purges, while views from before a removal are in use: whoever gives
  // out views gives out newer ones. Null: nobody does.
  void OnHeld(std::function<void()> held);
  // `stop` may be null.
  absl::Status Purge(DatabaseRep& rep, std::atomic<bool>* stop);

  // Waits until something is to be purged: what is urgent `soon` after it went, all else `after` and
  // not before `earliest`, and nothing before `retry`. False when `stop` was set, which Wake tells of.
  bool Await(absl::Duration soon, absl::Duration after, absl::Time earliest, absl::Time retry,
             const std::atomic<bool>& stop);
  void Wake();

  // In families whose keys or values tell of people.
  static constexpr int kFamiliesKept = 3;

 private:
  struct Touched {
    bool any = false;  // something is to be rewritten
    bool all = false;
    bool urgent = false;
    bool erased = false;   // urgent, and from tables that are read
    uint64_t sequence = 0;  // of the database, when the last of it was removed
    absl::Time since = absl::InfiniteFuture();
    std::array<std::set<std::string>, kFamiliesKept> keys;

    void Merge(Touched other);
  };
  class Collector;

  absl::Status Rewrite(DatabaseRep& rep, const Touched& touched, std::atomic<bool>* stop);
  absl::Status AwaitViews(const DatabaseRep& rep, uint64_t sequence,
                          const std::atomic<bool>* stop);
  absl::Status Forget(DatabaseRep& rep);

  absl::Mutex purging_;
  absl::Mutex mutex_;
  absl::CondVar changed_;
  Touched touched_ ABSL_GUARDED_BY(mutex_);
  // Of the purge that is under way.
  bool purging_urgent_ ABSL_GUARDED_BY(mutex_) = false;
  bool purging_erased_ ABSL_GUARDED_BY(mutex_) = false;
  std::function<void()> held_ ABSL_GUARDED_BY(mutex_);
};

absl::Status Purge(Database& database);

struct PurgerOptions {
  // How long an erasure may wait: not at all.
  absl::Duration soon = absl::ZeroDuration();
  // How long an ordinary removal may wait for others to join it.
  absl::Duration after = absl::Minutes(5);
  // No more of the time than this is spent on it, so a large database waits longer.
  double share = 0.05;
  // Called after each purge: what was folded up to there and removed stands in no file. An error has
  // it called again.
  std::function<absl::Status(const Checkpoint& at)> purged = nullptr;
};

// A thread that purges what was removed; its end is not waited for longer than RocksDB takes to
// stop.
class Purger {
 public:
  Purger(Database& database, PurgerOptions options);
  ~Purger();

 private:
  void Work();

  Database& database_;
  const PurgerOptions options_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace muniment::projections

#endif  // MUNIMENT_PROJECTIONS_REMOVALS_H_
