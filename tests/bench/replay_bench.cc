// Replays against a loop that reads and decrypts the same events and writes the same entries, found
// out beforehand, in batches of the same size into a database of the same options; those of indexes
// sorted into a file at the end, as a replay does.
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "projections/database_rep.h"
#include "projections/replay.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"

namespace muniment::bench {
namespace {

using projections::Database;
using projections::Projections;

const size_t kBatchEvents = projections::ReplayOptions().batch_events;
// Enough to tell a pace; entries of the bare loop stand in memory.
constexpr uint64_t kMostEvents = 50'000;

// All that a replay wrote, in the order in which folds would come to it: what was keyed by time of
// writing in order, the rest scattered.
class Entries {
 public:
  explicit Entries(const Database& database) {
    const projections::View view = database.Read();
    const auto [rep, at] = view.behind();
    for (int family = projections::kRows; family < projections::kFamilies; ++family) {
      const auto which = static_cast<projections::Family>(family);
      const size_t first = entries_.size();
      std::unique_ptr<rocksdb::Iterator> it(
          rep->disk->db->NewIterator(rocksdb::ReadOptions(), rep->family(which)));
      for (it->SeekToFirst(); it->Valid(); it->Next()) Add(which, it->key(), it->value());
      if (which == projections::kIndex) {
        std::shuffle(entries_.begin() + first, entries_.end(), std::mt19937(7));
      }
      ends_.push_back(entries_.size());
    }
  }
  size_t size() const { return entries_.size(); }
  // What comes with the `number`th of `events`: its part of each family.
  void Write(const projections::DatabaseRep& rep, uint64_t number, uint64_t events,
             rocksdb::WriteBatch& batch) const {
    size_t begin = 0;
    for (const size_t end : ends_) {
      const size_t count = end - begin;
      for (size_t i = begin + count * number / events; i < begin + count * (number + 1) / events;
           ++i) {
        const Entry& entry = entries_[i];
        if (entry.family == projections::kIndex) continue;
        batch.Put(rep.family(entry.family), KeyOf(entry), ValueOf(entry));
      }
      begin = end;
    }
  }
  // Those of indexes, which the above leaves out.
  void WriteIndex(const projections::DatabaseRep& rep, const std::string& file) const {
    std::vector<const Entry*> index;
    for (const Entry& entry : entries_) {
      if (entry.family == projections::kIndex) index.push_back(&entry);
    }
    if (index.empty()) return;
    std::sort(index.begin(), index.end(),
              [&](const Entry* a, const Entry* b) { return KeyOf(*a).compare(KeyOf(*b)) < 0; });
    rocksdb::DB& db = *rep.disk->db;
    rocksdb::ColumnFamilyHandle* const family = rep.family(projections::kIndex);
    rocksdb::SstFileWriter writer(rocksdb::EnvOptions(), db.GetOptions(family), family);
    bool written = writer.Open(file).ok();
    for (const Entry* entry : index) {
      written = written && writer.Put(KeyOf(*entry), ValueOf(*entry)).ok();
    }
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    if (!written || !writer.Finish().ok() || !db.IngestExternalFile(family, {file}, ingest).ok()) {
      Fail("a file of index entries");
    }
  }

 private:
  struct Entry {
    uint64_t at;
    uint32_t key, value;
    projections::Family family;
  };
  rocksdb::Slice KeyOf(const Entry& entry) const { return {bytes_.data() + entry.at, entry.key}; }
  rocksdb::Slice ValueOf(const Entry& entry) const {
    return {bytes_.data() + entry.at + entry.key, entry.value};
  }
  void Add(projections::Family family, const rocksdb::Slice& key, const rocksdb::Slice& value) {
    entries_.push_back({bytes_.size(), static_cast<uint32_t>(key.size()),
                        static_cast<uint32_t>(value.size()), family});
    bytes_.append(key.data(), key.size());
    bytes_.append(value.data(), value.size());
  }

  std::string bytes_;
  std::vector<Entry> entries_;
  std::vector<size_t> ends_;
};

Projections Chosen(const std::vector<std::string>& names) {
  return names.empty()
             ? projections::AllProjections()
             : Require(projections::Named(projections::AllProjections(), names), "tables");
}

struct Pace {
  double per_second = 0;
  double per_core_second = 0;
};

template <typename Run>
Pace Timed(uint64_t events, Run run) {
  const absl::Time began = absl::Now();
  const absl::Duration cpu = ProcessCpu();
  run();
  return {events / absl::ToDoubleSeconds(absl::Now() - began),
          events / absl::ToDoubleSeconds(ProcessCpu() - cpu)};
}

Pace Ours(Platform& platform, const std::vector<std::string>& names, uint64_t events,
          const std::string& path, std::unique_ptr<Database>* made) {
  std::filesystem::remove_all(path);
  projections::ReplayOptions options;
  options.until = events;
  return Timed(events, [&] {
    *made =
        Require(projections::Replay(platform.source(), Chosen(names), path, options), "a replay");
  });
}

Pace Bare(Platform& platform, const std::vector<std::string>& names, uint64_t events,
          const std::string& path, const Entries& entries) {
  std::filesystem::remove_all(path);
  projections::DatabaseOptions opening;
  opening.path = path;
  opening.bulk = true;
  const auto database =
      Require(Database::Open(opening, projections::PlansOf(Chosen(names))), "a database");
  const projections::View view = database->Read();
  const auto [rep, at] = view.behind();
  const auto source = platform.source();
  return Timed(events, [&, &rep = rep] {
    rocksdb::WriteBatch batch;
    const auto write = [&] {
      if (!rep->disk->db->Write(rep->write_options(), &batch).ok()) Fail("a write");
      batch.Clear();
    };
    uint64_t number = 0;
    Require(source.store.ReadLog(0,
                                 [&](const eventstore::StoredEvent& stored) {
                                   Require(source.codec.Decode(stored, source.keys).status(),
                                           "an event");
                                   entries.Write(*rep, number, events, batch);
                                   if (++number % kBatchEvents == 0) write();
                                   return number < events;
                                 }),
            "the log");
    write();
    entries.WriteIndex(*rep, path + "/index.sst");
    const std::vector<rocksdb::ColumnFamilyHandle*> families(rep->disk->families.begin(),
                                                             rep->disk->families.end());
    if (!rep->disk->db->Flush(rocksdb::FlushOptions(), families).ok()) Fail("a flush");
  });
}

void TellReplay(Platform& platform, const std::string& name, std::vector<std::string> names,
                uint64_t events, const Options& options, std::optional<double> budget) {
  const std::string ours_path = options.folder + "/replay", raw_path = options.folder + "/raw";
  std::unique_ptr<Database> made;
  Ours(platform, names, events, ours_path, &made);
  const Entries entries(*made);
  made.reset();
  int number = 0;
  double per_core = 0;
  const Round round = Median(options.rounds, [&] {
    Meter meter(absl::StrCat(name, ", round ", ++number, " of ", options.rounds), 1);
    const Pace ours = Ours(platform, names, events, ours_path, &made);
    made.reset();
    const Pace raw = Bare(platform, names, events, raw_path, entries);
    per_core = ours.per_core_second;
    return Round{ours.per_second, raw.per_second};
  });
  std::filesystem::remove_all(ours_path);
  std::filesystem::remove_all(raw_path);
  Tell({.name = absl::StrCat(name, " (", entries.size() / events, " entries an event)"),
        .value = round.value,
        .unit = "events/s",
        .raw = round.raw,
        .raw_name = "read, decrypt, write",
        .at_least_ratio = budget});
  Tell({.name = name + ", a second of one core", .value = per_core, .unit = "events/s"});
}

// How a replay of all fares where people are not only added.
void TellMixed(const Options& options, uint64_t events_each) {
  Options mixed = options;
  mixed.folder = absl::StrCat(options.folder, ".each", events_each);
  std::filesystem::create_directories(mixed.folder);
  MakeInstance(mixed.folder);
  {
    Platform platform(mixed.folder, false);
    platform.Populate(std::min(options.users, kMostEvents) / events_each, events_each);
    const uint64_t events =
        Require(platform.storage().store().ReadLogHead(), "the log's head").position;
    TellReplay(platform, absl::StrCat("replay of all tables, every ", events_each, "th adds one"), {},
               events, mixed, std::nullopt);
  }
  std::filesystem::remove_all(mixed.folder);
}

}  // namespace

void ReplayPart(const Options& options) {
  MakeInstance(options.folder);
  Platform platform(options.folder, false);
  const absl::Time began = absl::Now();
  platform.Populate(options.users);
  const uint64_t head =
      Require(platform.storage().store().ReadLogHead(), "the log's head").position;
  Tell({.name = "people written through the store, in commits of 250",
        .value = head / absl::ToDoubleSeconds(absl::Now() - began),
        .unit = "events/s"});
  const uint64_t events = std::min(head, kMostEvents);
  TellReplay(platform, "replay of one table (members)", {"Member"}, events, options, 0.6);
  TellReplay(platform, "replay of one table (users)", {"User"}, events, options, 0.6);
  TellReplay(platform, "replay of all tables", {}, events, options, std::nullopt);
  TellMixed(options, 4);
  TellMixed(options, 100);

  const Pace all = Timed(head, [&] { platform.BuildModels(); });
  Tell({.name = absl::StrCat("replay of all tables, ", options.users, " people"),
        .value = all.per_second,
        .unit = "events/s"});
  Tell({.name = "replay of all tables, a second of one core",
        .value = all.per_core_second,
        .unit = "events/s",
        .at_least = 60'000});
}

}  // namespace muniment::bench
