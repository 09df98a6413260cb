#include "projections/generations.h"

#include <algorithm>

#include "base/check.h"
#include "base/error.h"
#include "projections/database_rep.h"
#include "rocksdb/write_batch.h"

namespace muniment::projections {
namespace {

constexpr Family kTableFamilies[] = {kRows, kIndex, kCounters, kHistory};

void DropGeneration(DatabaseRep& rep, uint16_t table, uint32_t generation,
                    rocksdb::WriteBatch* writes) {
  const std::string begin = GenerationHead(table, generation);
  const std::string end = GenerationHead(table, generation + 1);
  for (const Family family : kTableFamilies) {
    writes->DeleteRange(rep.family(family), begin, end);
  }
}

absl::Status Write(DatabaseRep& rep, rocksdb::WriteBatch* writes) {
  return rep.removals.Write(rep, writes, {});
}

absl::StatusOr<uint64_t> BuildPosition(const DatabaseRep& rep) {
  std::string value;
  const rocksdb::Status status =
      rep.disk->db->Get(rocksdb::ReadOptions(), rep.family(kMeta), kBuildPositionKey, &value);
  if (status.IsNotFound()) return uint64_t{0};
  RETURN_IF_ERROR(FromRocks(status));
  if (value.size() != 8) return Damaged("build position");
  return ReadU64(value);
}

// Whether the build under way is of the tables that need one, each as it is now.
absl::StatusOr<bool> Resumes(const DatabaseRep& rep, const Projections& projections,
                             const std::vector<bool>& changed, BuildPlan* plan) {
  bool same = true;
  for (size_t i = 0; i < projections.size(); ++i) {
    ASSIGN_OR_RETURN(const TableRecord building,
                     ReadRecord(*rep.disk, BuildKey(projections[i]->table().number())));
    plan->generations[i] = building.generation;
    if (changed[i] != (building.identity == projections[i]->identity())) same = false;
  }
  return same;
}

}  // namespace

bool BuildPlan::empty() const {
  return std::all_of(generations.begin(), generations.end(), [](uint32_t g) { return g == 0; });
}

absl::StatusOr<uint64_t> BuiltTo(const Database& database) { return BuildPosition(database.rep()); }

absl::StatusOr<bool> Matches(const Database& database, const Projections& projections) {
  for (const auto& projection : projections) {
    ASSIGN_OR_RETURN(const TableRecord record,
                     ReadRecord(*database.rep().disk, TableKey(projection->table().number())));
    if (record.identity != projection->identity()) return false;
  }
  return true;
}

absl::StatusOr<BuildPlan> PlanBuild(Database& database, const Projections& projections) {
  DatabaseRep& rep = database.rep();
  BuildPlan plan;
  plan.generations.assign(projections.size(), 0);
  MUNIMENT_CHECK(rep.tables.size() == projections.size());
  rocksdb::WriteBatch writes;
  std::vector<bool> changed;
  std::vector<uint32_t> newest;
  const bool fresh = rep.Current()->checkpoint.position == 0;
  for (const auto& projection : projections) {
    const uint16_t number = projection->table().number();
    ASSIGN_OR_RETURN(TableRecord record, ReadRecord(*rep.disk, TableKey(number)));
    changed.push_back(!fresh && record.identity != projection->identity());
    newest.push_back(record.generation);
    if (fresh && record.identity != projection->identity()) {
      record = {std::max<uint32_t>(record.generation, 1), projection->identity()};
      writes.Put(rep.family(kMeta), TableKey(number), EncodeRecord(record));
    }
  }
  ASSIGN_OR_RETURN(const bool resumes, Resumes(rep, projections, changed, &plan));
  if (resumes) {
    ASSIGN_OR_RETURN(plan.from, BuildPosition(rep));
  } else {
    writes.Delete(rep.family(kMeta), kBuildPositionKey);
    for (size_t i = 0; i < projections.size(); ++i) {
      const uint16_t number = projections[i]->table().number();
      const uint32_t abandoned = plan.generations[i];
      if (abandoned != 0) DropGeneration(rep, number, abandoned, &writes);
      writes.Delete(rep.family(kMeta), BuildKey(number));
      plan.generations[i] = changed[i] ? std::max(newest[i], abandoned) + 1 : 0;
      if (!changed[i]) continue;
      writes.Put(rep.family(kMeta), BuildKey(number),
                 EncodeRecord({plan.generations[i], projections[i]->identity()}));
    }
  }
  RETURN_IF_ERROR(Write(rep, &writes));
  return plan;
}

absl::Status SwapIn(Database& database, const Projections& projections, const BuildPlan& plan) {
  DatabaseRep& rep = database.rep();
  rocksdb::WriteBatch writes;
  std::vector<TableState> states = rep.Current()->tables;
  bool owners = false;
  for (size_t i = 0; i < projections.size(); ++i) {
    if (plan.generations[i] == 0) continue;
    const TablePlan& table = projections[i]->table();
    ASSIGN_OR_RETURN(const TableRecord old, ReadRecord(*rep.disk, TableKey(table.number())));
    // One that failed after its writing is done again.
    if (old.generation != 0 && old.generation != plan.generations[i]) {
      DropGeneration(rep, table.number(), old.generation, &writes);
    }
    writes.Put(rep.family(kMeta), TableKey(table.number()),
               EncodeRecord({plan.generations[i], projections[i]->identity()}));
    writes.Delete(rep.family(kMeta), BuildKey(table.number()));
    states[i].generation = plan.generations[i];
    states[i].ready = true;
    states[i].eta = absl::ZeroDuration();
    owners = owners || Owners::Holds(table.row());
  }
  writes.Delete(rep.family(kMeta), kBuildPositionKey);
  RETURN_IF_ERROR(Write(rep, &writes));
  auto next = rep.WithTables(std::move(states));
  // Before anybody takes the tables for ready.
  if (owners) {
    View view = database.ReadAt(next);
    RETURN_IF_ERROR(rep.owners.Load(view));
  }
  rep.Publish(std::move(next));
  return absl::OkStatus();
}

absl::Status Wipe(Database& database) {
  DatabaseRep& rep = database.rep();
  rocksdb::WriteBatch writes;
  const std::string end(64, '\xff');
  for (int family = 0; family < kFamilies; ++family) {
    if (family == kMeta) continue;
    writes.DeleteRange(rep.family(static_cast<Family>(family)), "", end);
  }
  std::unique_ptr<rocksdb::Iterator> it(
      rep.disk->db->NewIterator(rocksdb::ReadOptions(), rep.family(kMeta)));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    if (it->key() != kFormatKey && it->key() != kBulkKey) {
      writes.Delete(rep.family(kMeta), it->key());
    }
  }
  RETURN_IF_ERROR(FromRocks(it->status()));
  RETURN_IF_ERROR(Write(rep, &writes));
  auto empty = std::make_shared<Published>();
  empty->snapshot = std::make_shared<Snapshot>(rep.disk);
  empty->tables.assign(rep.tables.size(), TableState());
  for (auto& part : empty->sequences) part = std::make_shared<const Sequences>();
  // From all tables, those that will not answer too.
  View view = database.ReadAt(empty);
  RETURN_IF_ERROR(rep.owners.Load(view));
  auto next = std::make_shared<Published>(*empty);
  // What did not answer before does not answer with nothing.
  const auto current = rep.Current();
  for (size_t i = 0; i < next->tables.size(); ++i) {
    next->tables[i].ready = current->tables[i].ready;
  }
  rep.Publish(std::move(next));
  return absl::OkStatus();
}

}  // namespace muniment::projections
