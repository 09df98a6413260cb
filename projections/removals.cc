#include "projections/removals.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "projections/database_rep.h"
#include "rocksdb/convenience.h"
#include "rocksdb/metadata.h"
#include "rocksdb/write_batch.h"

namespace muniment::projections {
namespace {

constexpr std::array<Family, Removals::kFamiliesKept> kKept = {kRows, kIndex, kHistory};
// More in a family at once are not told apart: all of it is rewritten.
constexpr size_t kMaxKeys = 4096;
constexpr absl::Duration kHeldFor = absl::Seconds(20);
constexpr absl::Duration kLookAgain = absl::Milliseconds(20);
constexpr absl::Duration kRetryAfter = absl::Minutes(1);
constexpr absl::Duration kTellAgain = absl::Seconds(2);

// What kRemovedKey says.
constexpr char kRemoved[] = "1";
constexpr char kErased[] = "2";

struct Range {
  std::string first, last;
};

// The keys in runs that lie in one file of the lowest level, which is then rewritten once.
std::vector<Range> RangesOf(const std::set<std::string>& keys,
                            const rocksdb::ColumnFamilyMetaData& family) {
  std::vector<Range> ranges;
  const auto& files = family.levels.back().files;
  const auto file_of = [&files](const std::string& key) {
    const auto found = std::find_if(files.begin(), files.end(), [&key](const auto& file) {
      return file.smallestkey <= key && key <= file.largestkey;
    });
    return found - files.begin();
  };
  std::optional<ptrdiff_t> last;
  for (const std::string& key : keys) {
    const ptrdiff_t file = file_of(key);
    if (last != file) ranges.push_back({key, key});
    ranges.back().last = key;
    last = file;
  }
  return ranges;
}

absl::Status CompactAll(DatabaseRep& rep, Family family,
                        const rocksdb::CompactRangeOptions& options) {
  return FromRocks(rep.disk->db->CompactRange(options, rep.family(family), nullptr, nullptr));
}

absl::Status CompactKeys(DatabaseRep& rep, Family family, const std::set<std::string>& keys,
                         const rocksdb::CompactRangeOptions& options) {
  rocksdb::ColumnFamilyMetaData about;
  rep.disk->db->GetColumnFamilyMetaData(rep.family(family), &about);
  for (const Range& range : RangesOf(keys, about)) {
    const rocksdb::Slice first = ToSlice(range.first), last = ToSlice(range.last);
    RETURN_IF_ERROR(
        FromRocks(rep.disk->db->CompactRange(options, rep.family(family), &first, &last)));
  }
  return absl::OkStatus();
}

}  // namespace

// Tells what a batch takes away.
class Removals::Collector : public rocksdb::WriteBatch::Handler {
 public:
  Collector(const DatabaseRep& rep, About about) : rewrites_(about.rewrites) {
    for (size_t i = 0; i < kKept.size(); ++i) ids_[i] = rep.family(kKept[i])->GetID();
    touched.urgent = about.urgent;
    touched.erased = about.urgent && !about.building;
  }
  rocksdb::Status PutCF(uint32_t family, const rocksdb::Slice& key,
                        const rocksdb::Slice&) override {
    // Posting lists follow behind the rows.
    if (rewrites_ || (row_went_ && family == ids_[1])) Add(family, key);
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteCF(uint32_t family, const rocksdb::Slice& key) override {
    row_went_ = row_went_ || family == ids_[0];
    Add(family, key);
    return rocksdb::Status::OK();
  }
  rocksdb::Status DeleteRangeCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    touched.any = touched.all = true;
    return rocksdb::Status::OK();
  }
  rocksdb::Status MergeCF(uint32_t, const rocksdb::Slice&, const rocksdb::Slice&) override {
    return rocksdb::Status::OK();
  }

  Touched touched;

 private:
  void Add(uint32_t family, const rocksdb::Slice& key) {
    for (size_t i = 0; i < kKept.size(); ++i) {
      if (ids_[i] != family) continue;
      touched.any = true;
      if (touched.keys[i].size() <= kMaxKeys) touched.keys[i].insert(key.ToString());
    }
  }

  const bool rewrites_;
  bool row_went_ = false;
  std::array<uint32_t, kFamiliesKept> ids_;  // as kKept: rows, index, history
};

void Removals::Touched::Merge(Touched other) {
  any = any || other.any;
  all = all || other.all;
  urgent = urgent || other.urgent;
  erased = erased || other.erased;
  sequence = std::max(sequence, other.sequence);
  since = std::min(since, other.since);
  for (size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].size() <= kMaxKeys) keys[i].merge(other.keys[i]);
  }
}

absl::Status Removals::Write(DatabaseRep& rep, rocksdb::WriteBatch* batch, About about) {
  const auto write = [&] {
    return FromRocks(rep.disk->db->Write(rep.write_options(), batch));
  };
  if (!about.rewrites && !about.urgent && !batch->HasDelete() && !batch->HasDeleteRange()) {
    return write();
  }
  Collector collector(rep, about);
  RETURN_IF_ERROR(FromRocks(batch->Iterate(&collector)));
  if (!collector.touched.any && !about.urgent) return write();
  // Purge takes the mark away only when it finds nothing here.
  absl::MutexLock lock(&mutex_);
  batch->Put(rep.family(kMeta), kRemovedKey,
             about.urgent || touched_.urgent || purging_urgent_ ? kErased : kRemoved);
  RETURN_IF_ERROR(write());
  collector.touched.sequence = rep.disk->db->GetLatestSequenceNumber();
  collector.touched.since = absl::Now();
  touched_.Merge(std::move(collector.touched));
  changed_.SignalAll();
  return absl::OkStatus();
}

void Removals::AddAll(absl::string_view mark) {
  Touched touched;
  touched.any = touched.all = true;
  touched.urgent = touched.erased = mark == kErased;
  touched.since = absl::Now();
  absl::MutexLock lock(&mutex_);
  touched_.Merge(std::move(touched));
  changed_.SignalAll();
}

void Removals::Hurry() {
  absl::MutexLock lock(&mutex_);
  touched_.urgent = true;
  touched_.since = std::min(touched_.since, absl::Now());
  changed_.SignalAll();
}

bool Removals::urgent() {
  absl::MutexLock lock(&mutex_);
  return touched_.erased || purging_erased_;
}

void Removals::OnHeld(std::function<void()> held) {
  absl::MutexLock lock(&mutex_);
  held_ = std::move(held);
}

// Until no view is left that saw what is to go.
absl::Status Removals::AwaitViews(const DatabaseRep& rep, uint64_t sequence,
                                  const std::atomic<bool>* stop) {
  const absl::Time until = absl::Now() + kHeldFor;
  absl::MutexLock lock(&mutex_);
  for (;;) {
    uint64_t oldest = 0;
    const bool known = rep.disk->db->GetIntProperty(
        rocksdb::DB::Properties::kOldestSnapshotSequence, &oldest);
    if (!known || oldest == 0 || oldest >= sequence) return absl::OkStatus();
    if (absl::Now() > until || (stop != nullptr && stop->load())) {
      return Error(absl::StatusCode::kUnavailable, "models.held",
                   "What was removed is still being read.");
    }
    if (held_ != nullptr) held_();
    changed_.WaitWithTimeout(&mutex_, kLookAgain);
  }
}

absl::Status Removals::Rewrite(DatabaseRep& rep, const Touched& touched,
                               std::atomic<bool>* stop) {
  RETURN_IF_ERROR(AwaitViews(rep, touched.sequence, stop));
  const std::vector<rocksdb::ColumnFamilyHandle*> families(rep.disk->families.begin(),
                                                           rep.disk->families.end());
  // With every memtable the write-ahead log goes too.
  RETURN_IF_ERROR(FromRocks(rep.disk->db->Flush(rocksdb::FlushOptions(), families)));
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  // A mark that was moved down and stands alone in its file names what it marked.
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  options.canceled = stop;
  for (size_t i = 0; i < kKept.size(); ++i) {
    if (stop != nullptr && stop->load()) return FromRocks(rocksdb::Status::Aborted("stopping"));
    const bool all = touched.all || touched.keys[i].size() > kMaxKeys;
    RETURN_IF_ERROR(all ? CompactAll(rep, kKept[i], options)
                        : CompactKeys(rep, kKept[i], touched.keys[i], options));
  }
  return absl::OkStatus();
}

// Takes the mark away, if nothing was removed since.
absl::Status Removals::Forget(DatabaseRep& rep) {
  absl::MutexLock lock(&mutex_);
  if (touched_.any) return absl::OkStatus();
  return FromRocks(rep.disk->db->Delete(rep.write_options(), rep.family(kMeta), kRemovedKey));
}

absl::Status Removals::Purge(DatabaseRep& rep, std::atomic<bool>* stop) {
  absl::MutexLock one(&purging_);
  Touched touched;
  {
    absl::MutexLock lock(&mutex_);
    std::swap(touched, touched_);
    purging_urgent_ = touched.urgent;
    purging_erased_ = touched.erased;
  }
  // When the last of its files has gone.
  const absl::Cleanup over = [this] {
    absl::MutexLock lock(&mutex_);
    purging_urgent_ = purging_erased_ = false;
  };
  const absl::Status status = touched.any ? Rewrite(rep, touched, stop) : absl::OkStatus();
  if (!status.ok()) {
    absl::MutexLock lock(&mutex_);
    touched_.Merge(std::move(touched));
    return status;
  }
  if (!touched.any) return touched.urgent ? Forget(rep) : absl::OkStatus();
  RETURN_IF_ERROR(Forget(rep));
  // A MANIFEST begins with the files as they were before the change that it was begun for, and
  // names their first and last keys: one more change, and those are gone too.
  RETURN_IF_ERROR(FromRocks(rep.disk->db->Flush(rocksdb::FlushOptions(), rep.family(kMeta))));
  // Files that are no more are deleted behind our back; this does it before it returns.
  RETURN_IF_ERROR(FromRocks(rep.disk->db->DisableFileDeletions()));
  return FromRocks(rep.disk->db->EnableFileDeletions(/*force=*/false));
}

bool Removals::Await(absl::Duration soon, absl::Duration after, absl::Time earliest,
                     absl::Time retry, const std::atomic<bool>& stop) {
  absl::MutexLock lock(&mutex_);
  for (;;) {
    if (stop.load()) return false;
    const absl::Time now = absl::Now();
    absl::Time due = absl::InfiniteFuture();
    if (touched_.urgent) {
      due = std::max(touched_.since + soon, retry);
    } else if (touched_.any) {
      due = std::max({touched_.since + after, earliest, retry});
    }
    if (due <= now) return true;
    changed_.WaitWithDeadline(&mutex_, due);
  }
}

void Removals::Wake() {
  absl::MutexLock lock(&mutex_);
  changed_.SignalAll();
}

absl::Status Purge(Database& database) {
  DatabaseRep& rep = database.rep();
  return rep.removals.Purge(rep, nullptr);
}

Purger::Purger(Database& database, PurgerOptions options)
    : database_(database), options_(options), thread_([this] { Work(); }) {}

Purger::~Purger() {
  stop_.store(true);
  database_.rep().removals.Wake();
  thread_.join();
}

void Purger::Work() {
  DatabaseRep& rep = database_.rep();
  absl::Time earliest = absl::InfinitePast(), retry = earliest;
  while (rep.removals.Await(options_.soon, options_.after, earliest, retry, stop_)) {
    const absl::Time begun = absl::Now();
    const Checkpoint at = database_.checkpoint();
    const absl::Status status = rep.removals.Purge(rep, &stop_);
    const absl::Time now = absl::Now();
    earliest = now + (now - begun) * (1 / options_.share - 1);
    if (!status.ok()) retry = now + kRetryAfter;
    if (!status.ok() || options_.purged == nullptr) continue;
    // What was folded while the purge began went with it, where nothing waits for the next.
    const Checkpoint folded = database_.checkpoint();
    if (options_.purged(rep.removals.urgent() ? at : folded).ok()) continue;
    retry = absl::Now() + kTellAgain;
    rep.removals.Hurry();
  }
}

}  // namespace muniment::projections
