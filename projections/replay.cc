#include "projections/replay.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/check.h"
#include "base/error.h"
#include "projections/batch.h"
#include "projections/database_rep.h"
#include "projections/generations.h"

namespace muniment::projections {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kReportEvery = absl::Milliseconds(250);

absl::Status Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "models.unavailable",
               "Cannot remove " + path + ": " + error.message());
}

absl::Status Rename(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, "models.unavailable",
               "Cannot rename " + from + " to " + to + ": " + error.message());
}

bool Exists(const std::string& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

std::vector<const Projection*> Pointers(const Projections& projections) {
  std::vector<const Projection*> pointers;
  for (const auto& projection : projections) pointers.push_back(projection.get());
  return pointers;
}

class Meter {
 public:
  Meter(uint64_t total, const std::function<void(const ReplayProgress&)>& report)
      : total_(total), report_(report), started_(absl::Now()), reported_(started_) {}

  void At(uint64_t done) {
    const absl::Time now = absl::Now();
    if (!report_ || (now - reported_ < kReportEvery && done < total_)) return;
    reported_ = now;
    ReplayProgress progress{done, total_, now - started_, absl::ZeroDuration()};
    if (done > 0 && done < total_) {
      progress.eta = progress.elapsed * (static_cast<double>(total_ - done) / done);
    }
    report_(progress);
  }

 private:
  const uint64_t total_;
  const std::function<void(const ReplayProgress&)>& report_;
  const absl::Time started_;
  absl::Time reported_;
};

// One side of a comparison: entries of a column family with one beginning, in order.
class Side {
 public:
  Side(const DatabaseRep& rep, const Published& at, Family family, std::string head)
      : head_(std::move(head)), end_(PrefixEnd(head_)), end_slice_(end_) {
    rocksdb::ReadOptions options;
    options.snapshot = at.snapshot->at;
    options.fill_cache = false;
    if (!end_.empty()) options.iterate_upper_bound = &end_slice_;
    it_.reset(rep.disk->db->NewIterator(options, rep.family(family)));
    it_->Seek(head_);
  }

  bool Valid() const { return it_->Valid(); }
  void Next() {
    // A chain of hashes: entries are told apart from each other.
    std::string lengths;
    AppendU64(key().size(), &lengths);
    AppendU64(value().size(), &lengths);
    hash_ = Sha256(hash_.view(), lengths, key(), value());
    ++entries_;
    it_->Next();
  }
  absl::string_view key() const { return FromSlice(it_->key()).substr(head_.size()); }
  absl::string_view value() const { return FromSlice(it_->value()); }
  absl::Status status() const { return FromRocks(it_->status()); }
  uint64_t entries() const { return entries_; }
  std::string hash() const { return hash_.str(); }

 private:
  const std::string head_;
  const std::string end_;
  const rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> it_;
  Digest hash_;
  uint64_t entries_ = 0;
};

absl::StatusOr<Part> ComparePart(Side a, Side b, std::string table, Family family) {
  Part part;
  part.table = std::move(table);
  part.family = kFamilyNames[family];
  while (a.Valid() || b.Valid()) {
    const bool same = a.Valid() && b.Valid() && a.key() == b.key() && a.value() == b.value();
    if (!same && part.first_difference.empty()) {
      const bool from_a = a.Valid() && (!b.Valid() || a.key() <= b.key());
      part.first_difference = HexEncode(from_a ? a.key() : b.key());
    }
    if (a.Valid()) a.Next();
    if (b.Valid()) b.Next();
  }
  RETURN_IF_ERROR(a.status());
  RETURN_IF_ERROR(b.status());
  part.entries_a = a.entries();
  part.entries_b = b.entries();
  part.hash_a = a.hash();
  part.hash_b = b.hash();
  return part;
}

// A crash between two renames left the place empty.
absl::Status Restore(const std::string& path) {
  const std::string old = path + ".old";
  if (!Exists(old)) return absl::OkStatus();
  if (!Exists(path)) return Rename(old, path);
  return Remove(old);
}

// Whether the models there are complete, of this build, and at which checkpoint.
absl::StatusOr<bool> IsOfThisBuild(const DatabaseOptions& options, const std::string& path,
                                   const Projections& projections) {
  if (!Exists(path)) return false;
  DatabaseOptions reading = options;
  reading.path = path;
  reading.read_only = true;
  auto database = Database::Open(reading, PlansOf(projections));
  if (!database.ok()) return false;
  ASSIGN_OR_RETURN(const bool matches, Matches(**database, projections));
  return matches && (*database)->checkpoint().position > 0;
}

absl::Status Adopt(const DatabaseOptions& options, const Projections& projections) {
  const std::string prepared = PreparedPath(options.path);
  if (!Exists(prepared)) return absl::OkStatus();
  ASSIGN_OR_RETURN(const bool wanted, IsOfThisBuild(options, prepared, projections));
  ASSIGN_OR_RETURN(const bool present, IsOfThisBuild(options, options.path, projections));
  if (!wanted || present) return Remove(prepared);
  const std::string old = options.path + ".old";
  if (Exists(options.path)) RETURN_IF_ERROR(Rename(options.path, old));
  RETURN_IF_ERROR(Rename(prepared, options.path));
  return Remove(old);
}

}  // namespace

absl::StatusOr<Projections> Named(Projections all, const std::vector<std::string>& names) {
  Projections chosen;
  for (const std::string& name : names) {
    const auto it = std::find_if(all.begin(), all.end(), [&](const auto& projection) {
      return projection != nullptr && (projection->table().name() == name ||
                                       absl::EndsWith(projection->table().name(), "." + name));
    });
    if (it == all.end()) {
      return Error(absl::StatusCode::kNotFound, "replay.unknown_table",
                   "There is no table " + name + ".");
    }
    chosen.push_back(std::move(*it));
  }
  return chosen;
}

absl::StatusOr<std::unique_ptr<Database>> Replay(const Source& source,
                                                 const Projections& projections,
                                                 const std::string& path,
                                                 const ReplayOptions& options) {
  RETURN_IF_ERROR(Remove(path));
  ASSIGN_OR_RETURN(const eventstore::LogHead head, source.store.ReadLogHead());
  DatabaseOptions opening;
  opening.path = path;
  opening.cache = options.cache;
  opening.bulk = true;
  ASSIGN_OR_RETURN(auto database, Database::Open(opening, PlansOf(projections)));
  ASSIGN_OR_RETURN(const BuildPlan plan, PlanBuild(*database, projections));
  MUNIMENT_CHECK(plan.empty());
  const uint64_t until = std::min(options.until, head.position);
  Meter meter(until, options.progress);
  Batch batch(*database, {options.cache_rows, {}});
  LogFold fold(source, Pointers(projections),
               {.live = true, .batch_events = options.batch_events, .stop = options.stop});
  RETURN_IF_ERROR(fold.Run(batch, 0, until, [&](Checkpoint at) {
    at.epoch = head.epoch;
    RETURN_IF_ERROR(batch.Commit(at));
    meter.At(at.position);
    return absl::OkStatus();
  }));
  if (options.stop != nullptr && options.stop->load()) {
    return Error(absl::StatusCode::kCancelled, "replay.stopped", "The replay was stopped.");
  }
  RETURN_IF_ERROR(database->Finish());
  return database;
}

bool Comparison::equal() const {
  return std::all_of(parts.begin(), parts.end(), [](const Part& part) { return part.equal(); });
}

absl::StatusOr<Comparison> Compare(const View& a, const View& b) {
  if (a.position() != b.position()) {
    return Error(absl::StatusCode::kFailedPrecondition, "replay.other_position",
                 "The read models stand at different positions of the log.");
  }
  const auto& [rep_a, at_a] = a.behind();
  const auto& [rep_b, at_b] = b.behind();
  Comparison comparison;
  for (const TablePlan* table : rep_a->tables) {
    if (!rep_b->Has(*table)) continue;
    RETURN_IF_ERROR(a.Ready(*table));
    RETURN_IF_ERROR(b.Ready(*table));
    const auto head = [&](const DatabaseRep& rep, const Published& at) {
      return GenerationHead(table->number(), at.tables[rep.Slot(*table)].generation);
    };
    for (const Family family : {kRows, kIndex, kCounters, kHistory}) {
      ASSIGN_OR_RETURN(Part part, ComparePart(Side(*rep_a, *at_a, family, head(*rep_a, *at_a)),
                                              Side(*rep_b, *at_b, family, head(*rep_b, *at_b)),
                                              table->name(), family));
      comparison.parts.push_back(std::move(part));
    }
  }
  ASSIGN_OR_RETURN(Part trees, ComparePart(Side(*rep_a, *at_a, kTree, ""),
                                           Side(*rep_b, *at_b, kTree, ""), "", kTree));
  comparison.parts.push_back(std::move(trees));
  return comparison;
}

std::string PreparedPath(const std::string& path) { return path + ".prepared"; }

absl::Status PrepareModels(const Source& source, const Projections& projections,
                           const std::string& path, const ReplayOptions& options) {
  return Replay(source, projections, PreparedPath(path), options).status();
}

absl::StatusOr<std::unique_ptr<Database>> OpenModels(const DatabaseOptions& options,
                                                     const Projections& projections) {
  RETURN_IF_ERROR(Restore(options.path));
  RETURN_IF_ERROR(Adopt(options, projections));
  auto database = Database::Open(options, PlansOf(projections));
  if (database.ok()) return database;
  const std::string reason = Reason(database.status());
  if (reason != "models.unfinished" && reason != "models.other_format" &&
      reason != "models.damaged") {
    return database.status();
  }
  RETURN_IF_ERROR(Remove(options.path));
  return Database::Open(options, PlansOf(projections));
}

}  // namespace muniment::projections
