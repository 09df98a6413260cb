// Files that were cut, changed or lost between two runs: a torn tail is cut off, everything else is
// refused with the file's name.
#include <rocksdb/db.h>

#include <filesystem>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "fault/place.h"

namespace muniment::eventstore {
namespace {

// Commits of 3 events of about 1 kB each; returns the last position.
uint64_t Fill(const Place& place, int commits, bool flushed = false) {
  auto store = RocksStore::Open(place.options());
  REQUIRE(store.ok());
  uint64_t head = (*store)->ReadLogHead()->position;
  for (int i = 0; i < commits; ++i) {
    const uint64_t version = *(*store)->ReadHead(User("1"));
    Commit commit = Change(User("1"), version, 3);
    for (size_t j = 0; j < 3; ++j) {
      commit.events[j].body =
          BodyOf(User("1"), version + 1 + j, std::string(1000, static_cast<char>('a' + i % 26)));
    }
    const auto done = AppendTo(**store, commit);
    REQUIRE(done.ok());
    head = done->position;
  }
  if (flushed) REQUIRE((*store)->PurgeErased().ok());
  return head;
}

// The write-ahead log that holds the events.
std::string BigLog(const Place& place) {
  std::string big;
  for (const std::string& name : place.Files(".log")) {
    if (big.empty() || place.Read(name).size() > place.Read(big).size()) big = name;
  }
  return big;
}

void CheckRefused(const absl::Status& status, absl::string_view name) {
  INFO(status);
  CHECK(status.code() == absl::StatusCode::kDataLoss);
  CHECK(Reason(status) == "store.damaged");
  CHECK(absl::StrContains(status.message(), name));
}

// What a folder answers that is opened and read through.
absl::Status OpenAndRead(const RocksOptions& options) {
  const auto store = RocksStore::Open(options);
  if (!store.ok()) return store.status();
  RETURN_IF_ERROR((*store)->ReadLog(0, [](const StoredEvent&) { return true; }));
  RETURN_IF_ERROR((*store)->ReadStream(User("1"), 0, [](const StoredEvent&) { return true; }));
  return (*store)->ReadInstance(kInstance, 1, ~uint64_t{0},
                                [](const StoredEvent&) { return true; });
}

TEST_CASE("a torn tail of the write-ahead log is cut off at the last whole commit") {
  for (const size_t cut : {1, 7, 100, 1000, 3000, 5000, 20000, 70000}) {
    Place place;
    const uint64_t head = Fill(place, 40);
    const std::string name = BigLog(place);
    const std::string bytes = place.Read(name);
    REQUIRE(bytes.size() > 100000);
    place.Write(name, absl::string_view(bytes).substr(0, bytes.size() - cut));
    {
      const auto store = RocksStore::Open(place.options());
      INFO(store.status() << " cut " << cut);
      REQUIRE(store.ok());
      const auto log = SoundLog(**store);
      CHECK(log.size() < head);
      CHECK(log.size() % 3 == 0);
      CHECK(log.size() + 3 * (cut / 3000 + 2) >= head);
      CHECK(*(*store)->ReadHead(User("1")) == log.size());
      CHECK(*(*store)->ReadSequence(kInstance) == log.size());
    }
    Fill(place, 2);
    const auto store = RocksStore::Open(place.options());
    REQUIRE(store.ok());
    SoundLog(**store);
  }
}

TEST_CASE("a last write of which only some pages reached the disk is a torn tail") {
  for (const char filler : {'\0', 'x'}) {
    Place place;
    const uint64_t head = Fill(place, 40);
    const std::string name = BigLog(place);
    std::string bytes = place.Read(name);
    for (size_t i = bytes.size() - 1500; i < bytes.size() - 700; ++i) bytes[i] = filler;
    place.Write(name, bytes);
    const auto store = RocksStore::Open(place.options());
    INFO(store.status());
    REQUIRE(store.ok());
    CHECK(SoundLog(**store).size() == head - 3);
  }
}

TEST_CASE("a changed byte before the tail of the write-ahead log is refused by the file's name") {
  for (const double where : {0.1, 0.3, 0.5, 0.7}) {
    Place place;
    Fill(place, 80);
    const std::string name = BigLog(place);
    std::string bytes = place.Read(name);
    bytes[static_cast<size_t>(where * static_cast<double>(bytes.size()))] ^= 0x40;
    place.Write(name, bytes);
    CheckRefused(RocksStore::Open(place.options()).status(), name);
    // And nothing was changed by trying.
    CheckRefused(RocksStore::Open(place.options()).status(), name);
    CHECK(place.Read(name) == bytes);
  }
}

TEST_CASE("a changed byte shortly before the tail is refused too") {
  for (const size_t before : {4000, 8000, 12000}) {
    Place place;
    Fill(place, 40);
    const std::string name = BigLog(place);
    std::string bytes = place.Read(name);
    bytes[bytes.size() - before] ^= 0x40;
    place.Write(name, bytes);
    CheckRefused(RocksStore::Open(place.options()).status(), name);
  }
}

TEST_CASE("a log that ends before what was acknowledged is refused") {
  Place place;
  const uint64_t head = Fill(place, 10);
  const std::string name = BigLog(place);
  const std::string bytes = place.Read(name);
  place.Write(name, absl::string_view(bytes).substr(0, bytes.size() - 100));
  RocksOptions options = place.options();
  options.mark = {.epoch = 1, .position = head};
  CheckRefused(RocksStore::Open(options).status(), place.path());
  options.mark.position = head - 3;
  CHECK(RocksStore::Open(options).ok());
}

TEST_CASE("a lost write-ahead log or a lost folder is refused by the acknowledged mark") {
  Place place;
  const uint64_t head = Fill(place, 10);
  RocksOptions options = place.options();
  options.mark = {.epoch = 1, .position = head};
  std::filesystem::remove(place.path() + "/" + BigLog(place));
  CheckRefused(RocksStore::Open(options).status(), place.path());
  std::filesystem::remove_all(place.path());
  CheckRefused(RocksStore::Open(options).status(), place.path());
}

TEST_CASE("a restored log may end before the mark and gets a new epoch") {
  Place place;
  const uint64_t head = Fill(place, 10);
  RocksOptions options = place.options();
  options.mark = {.epoch = 1, .position = head + 100};
  REQUIRE_FALSE(RocksStore::Open(options).ok());
  options.restored = true;
  {
    const auto store = RocksStore::Open(options);
    REQUIRE(store.ok());
    CHECK((*store)->ReadLogHead()->epoch == 2);
    CHECK((*store)->ReadLogHead()->position == head);
  }
  // The old mark says nothing of the new epoch.
  options.restored = false;
  const auto store = RocksStore::Open(options);
  REQUIRE(store.ok());
  CHECK((*store)->ReadLogHead()->epoch == 2);
  CHECK(AppendTo(**store, Change(User("2"), 0))->position == head + 1);
}

TEST_CASE("a changed byte in a table's file is found by whoever reads it, by the file's name") {
  Place place;
  Fill(place, 40, true);
  const auto files = place.Files(".sst");
  REQUIRE(files.size() >= 4);
  int refused = 0;
  for (const std::string& name : files) {
    const std::string good = place.Read(name);
    std::string bytes = good;
    bytes[bytes.size() / 3] ^= 0x01;
    place.Write(name, bytes);
    const absl::Status status = OpenAndRead(place.options());
    // Tables that the reads above do not touch say nothing.
    if (!status.ok()) {
      CheckRefused(status, name);
      ++refused;
    }
    place.Write(name, good);
  }
  CHECK(refused >= 3);
  CHECK(OpenAndRead(place.options()).ok());
}

TEST_CASE("a store in whose files damage was met takes nothing more, and tells everybody where") {
  Place place;
  Fill(place, 40, true);
  bool met = false;
  for (const std::string& name : place.Files(".sst")) {
    const std::string good = place.Read(name);
    std::string bytes = good;
    bytes[bytes.size() / 3] ^= 0x01;
    place.Write(name, bytes);
    const auto store = RocksStore::Open(place.options());
    if (store.ok()) {
      const absl::Status read = (*store)->ReadLog(0, [](const StoredEvent&) { return true; });
      const absl::Status commit = AppendTo(**store, Change(User("new"), 0)).status();
      if (!read.ok()) {
        met = true;
        CheckRefused(read, name);
        CheckRefused(commit, name);
        CheckRefused((*store)->ReadLogHead().status(), name);
        CheckRefused((*store)->ReadHead(User("1")).status(), name);
      }
    }
    place.Write(name, good);
  }
  CHECK(met);
  CHECK(OpenAndRead(place.options()).ok());
}

TEST_CASE("no log of RocksDB's own stands on the disk that may be full") {
  Place place;
  Fill(place, 40, true);
  CHECK(place.Files("LOG").empty());
  CHECK_FALSE(place.Files(".sst").empty());
}

TEST_CASE("a lost or cut table file is refused by its name") {
  Place place;
  Fill(place, 40, true);
  for (const std::string& name : place.Files(".sst")) {
    const std::string good = place.Read(name);
    std::filesystem::remove(place.path() + "/" + name);
    CheckRefused(RocksStore::Open(place.options()).status(), name);
    place.Write(name, absl::string_view(good).substr(0, good.size() / 2));
    CheckRefused(RocksStore::Open(place.options()).status(), name);
    place.Write(name, good);
  }
  CHECK(OpenAndRead(place.options()).ok());
}

TEST_CASE("a folder without its CURRENT or its manifest is refused") {
  Place place;
  Fill(place, 5, true);
  const std::string current = place.Read("CURRENT");
  std::filesystem::remove(place.path() + "/CURRENT");
  CheckRefused(RocksStore::Open(place.options()).status(), "CURRENT");
  place.Write("CURRENT", "nonsense\n");
  CHECK_FALSE(RocksStore::Open(place.options()).ok());
  place.Write("CURRENT", current);
  const std::string manifest = current.substr(0, current.size() - 1);
  const std::string good = place.Read(manifest);
  std::string bad = good;
  bad[bad.size() / 2] ^= 0x10;
  place.Write(manifest, bad);
  CHECK_FALSE(RocksStore::Open(place.options()).ok());
  place.Write(manifest, good);
  CHECK(OpenAndRead(place.options()).ok());
}

TEST_CASE("a folder that a newer release wrote is refused and left as it is") {
  for (const bool unknown_table : {true, false}) {
    Place place;
    Fill(place, 2);
    {
      rocksdb::Options options;
      std::vector<std::string> names;
      REQUIRE(rocksdb::DB::ListColumnFamilies(options, place.path(), &names).ok());
      std::vector<rocksdb::ColumnFamilyDescriptor> columns;
      for (const std::string& name : names) columns.emplace_back(name, options);
      std::vector<rocksdb::ColumnFamilyHandle*> handles;
      rocksdb::DB* opened = nullptr;
      REQUIRE(rocksdb::DB::Open(options, place.path(), columns, &handles, &opened).ok());
      const std::unique_ptr<rocksdb::DB> db(opened);
      rocksdb::ColumnFamilyHandle* added = nullptr;
      if (unknown_table) {
        REQUIRE(db->CreateColumnFamily(options, "segment.99", &added).ok());
        handles.push_back(added);
      } else {
        REQUIRE(db->Put({}, "format", std::string("\0\0\0\0\0\0\0\2", 8)).ok());
      }
      for (auto* handle : handles) REQUIRE(db->DestroyColumnFamilyHandle(handle).ok());
    }
    const auto store = RocksStore::Open(place.options());
    INFO(store.status());
    CHECK(store.status().code() == absl::StatusCode::kFailedPrecondition);
    CHECK(Reason(store.status()) == "store.level_too_high");
  }
}

TEST_CASE("a folder that is in use is refused as unavailable") {
  Place place;
  const auto store = RocksStore::Open(place.options());
  REQUIRE(store.ok());
  const auto second = RocksStore::Open(place.options());
  CHECK(Reason(second.status()) == "store.unavailable");
  CHECK(AppendTo(**store, Change(User("1"), 0)).ok());
}

TEST_CASE("a destroyed key's bytes stand in no file once the erasure is purged") {
  Place place;
  const auto store = RocksStore::Open(place.options());
  REQUIRE(store.ok());
  for (int i = 0; i < 50; ++i) {
    Commit commit = Change(User(absl::StrCat(i)), 0);
    commit.keys = {KeyOf(absl::StrCat("key", i), absl::StrCat(i))};
    commit.keys[0].wrapped = absl::StrCat("wrapped-secret-", i, "-end");
    REQUIRE(AppendTo(**store, commit).ok());
    // Some keys reach table files before they are destroyed.
    if (i == 20) REQUIRE((*store)->PurgeErased().ok());
  }
  CHECK(place.Holds("wrapped-secret-7-end"));
  CHECK(place.Holds("wrapped-secret-40-end"));
  for (const int i : {7, 40}) {
    Commit erase = Change(User(absl::StrCat(i)), 1);
    erase.erased_subjects = {absl::StrCat(i)};
    REQUIRE(AppendTo(**store, erase).ok());
  }
  const absl::Status purged = (*store)->PurgeErased();
  INFO(purged);
  REQUIRE(purged.ok());
  CHECK_FALSE(place.Holds("wrapped-secret-7-end"));
  CHECK_FALSE(place.Holds("wrapped-secret-40-end"));
  CHECK((*store)->ReadSubjectKeys(kInstance, "8")->keys.size() == 1);
  SoundLog(**store);
}

TEST_CASE("a pruned day's bytes leave the segment's files") {
  Place place;
  ManualClock clock;
  RocksOptions options = place.options();
  options.clock = &clock;
  const auto store = RocksStore::Open(options);
  REQUIRE(store.ok());
  Commit commit = Change(User("1"), 0, 1, SIGN_IN);
  commit.events[0].body = BodyOf(User("1"), 1, "signed in from somewhere");
  REQUIRE(AppendTo(**store, commit).ok());
  const auto day = static_cast<uint32_t>(absl::ToUnixSeconds(clock.Now()) / 86400);
  clock.Advance(absl::Hours(24));
  REQUIRE(AppendTo(**store, Change(User("2"), 0)).ok());
  REQUIRE((*store)->PruneDay(kInstance, SIGN_IN, day).ok());
  REQUIRE((*store)->PurgeErased().ok());
  CHECK_FALSE(place.Holds("signed in from somewhere"));
}

}  // namespace
}  // namespace muniment::eventstore
