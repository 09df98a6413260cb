// FORMAT.md, held by bytes, around the bodies: tests/golden/store.txt has, of one small log that is
// always made anew in the same way, a line for
//   table.T.K      every entry of every table of the embedded store, and of one under import
//   envelope.P     the envelope at position P, and leaf.P its leaf hash
//   tree.I.K.D     the root of a tree, chain the one over all events
//   record.N       each record in which the log is copied, in their order
//   file.NAME      the files of its backups, whole
// in hex, `-` for no bytes. What the lines hold is then opened by the code as it stands.
#include <rocksdb/db.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "eventstore/backup/key_backup.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/commit.h"
#include "eventstore/fingerprint.h"
#include "eventstore/founding.h"
#include "eventstore/retention.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "muniment/event/v1/log.pb.h"
#include "tests/base/temp_dir.h"
#include "tests/eventstore/altered_store.h"
#include "tests/eventstore/fixture.h"
#include "tests/eventstore/golden.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

constexpr char kFile[] = "store.txt";
constexpr uint64_t kEvents = 7;

std::string Hex(absl::string_view bytes) { return bytes.empty() ? "-" : HexEncode(bytes); }
std::string Bytes(const std::string& hex) {
  return hex == "-" ? "" : HexDecode(hex).value_or("no hex");
}

std::string FileBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// A key that anybody can compute, wrapped by nobody: a store looks into none.
DataKey Key(uint64_t instance, const std::string& subject) {
  return {FixedKeys::KeyOf(instance, subject).id, instance, subject, "wrapped " + subject};
}

std::string ClaimKey(const std::string& name) { return Sha256(name).str(); }

// The log: two instances and the system's, an event that expires on each of two days, a claim that
// stands and one that was released, a person who was erased, a lease in its second term.
class SmallLog {
 public:
  explicit SmallLog(const std::string& path) : path_(path) {
    auto opened = RocksStore::Open({.path = path, .clock = &clock_});
    REQUIRE(opened.ok());
    store_ = *std::move(opened);
  }

  void FirstHalf() {
    event::v1::LogEvent founded;
    founded.mutable_store_founded()->set_claims_key_id(Key(0, "claims").id);
    const Codec codec(kTestClaimsKey, TestOptions());
    FixedKeys keys;
    EventDraft draft = Draft(LogStream(0), 1, founded, "");
    draft.owner = "0";
    const auto encoded = codec.Encode(draft, keys);
    REQUIRE(encoded.ok());
    Append({0, {{draft.stream, 0}}, {*encoded}, {Key(0, "claims")}});
    NewEvent ada = Event(ada_, 1);
    ada.claims = {{"username/ab", ClaimKey("ada")}};
    NewEvent org = Event(org_, 1);
    org.claims = {{"org_name", ClaimKey("Acme")}};
    Append({1, {{ada_, 0}, {org_, 0}}, {ada, org}, {Key(1, "u1"), Key(1, "/2/2/o1")}});
    clock_.Advance(absl::Seconds(1));
    Append({1, {{checks_, 0}}, {Event(checks_, 1, SIGN_IN)}});
    NewEvent bob = Event(bob_, 1);
    bob.claims = {{"username/ab", ClaimKey("bob")}};
    Append({2, {{bob_, 0}}, {bob}, {Key(2, bob_.id)}});
  }
  void SecondHalf() {
    clock_.Advance(absl::Hours(24));
    Append({1, {{checks_, 1}}, {Event(checks_, 2, SIGN_IN)}});
    NewEvent removed = Event(bob_, 2);
    removed.releases_claims = true;
    Append({2, {{bob_, 1}}, {removed}, {}, {bob_.id}});
    const auto lease = store_->TakeLease("reactors", "one node", absl::Minutes(1));
    REQUIRE(lease.ok());
    REQUIRE(store_->ReleaseLease("reactors", "one node").ok());
    CHECK(store_->TakeLease("reactors", "another", absl::Minutes(1))->term == lease->term + 1);
  }
  void BackUp(TempDir& dir) {
    const auto exporter = RocksExporter::Follow({.path = path_}, dir.Scratch());
    REQUIRE(exporter.ok());
    REQUIRE(BackUpLog(**exporter, dir / "backup", {.now = clock_.Now()}).ok());
    REQUIRE(BackUpKeys(**exporter, dir / "keys", clock_.Now()).ok());
  }

 private:
  static NewEvent Event(const StreamKey& stream, uint64_t version, Keep keep = FOREVER) {
    store::v1::Body body;
    body.set_stream_type(stream.type);
    body.set_aggregate(stream.aggregate);
    body.set_stream_id(stream.id);
    body.set_version(version);
    body.set_kind(1);
    body.set_level(1);
    return {stream, keep, body.SerializeAsString()};
  }
  void Append(Commit commit) {
    const auto committed = AppendNow(*store_, std::move(commit));
    INFO(committed.status());
    REQUIRE(committed.ok());
  }

  const StreamKey ada_{1, 5, AGGREGATE_USER, "u1"}, org_{1, 2, AGGREGATE_ORG, "o1"},
      checks_{1, 60000, AGGREGATE_USER, "u1"}, bob_{2, 5, AGGREGATE_USER, "b\u00f6b"};
  ManualClock clock_;
  const std::string path_;
  std::unique_ptr<EventStore> store_;
};

// A database as anybody's RocksDB opens it.
class PlainRocks {
 public:
  PlainRocks(const std::string& path, bool read_only, std::vector<std::string> tables) {
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& table : tables) families.emplace_back(table, options_);
    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        read_only
            ? rocksdb::DB::OpenForReadOnly(options_, path, families, &handles_, &db)
            : rocksdb::DB::Open(options_, path, families, &handles_, &db);
    INFO(status.ToString());
    REQUIRE(status.ok());
    db_.reset(db);
    tables_ = std::move(tables);
  }
  ~PlainRocks() {
    for (auto* handle : handles_) db_->DestroyColumnFamilyHandle(handle);
  }

  static std::vector<std::string> Tables(const std::string& path) {
    std::vector<std::string> tables;
    REQUIRE(rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), path, &tables).ok());
    return tables;
  }
  void Dump(const std::string& prefix, GoldenLines& lines) {
    for (size_t i = 0; i < tables_.size(); ++i) {
      const std::unique_ptr<rocksdb::Iterator> entries(
          db_->NewIterator(rocksdb::ReadOptions(), handles_[i]));
      for (entries->SeekToFirst(); entries->Valid(); entries->Next()) {
        lines[absl::StrCat(prefix, ".", tables_[i], ".", Hex(entries->key().ToString()))] =
            Hex(entries->value().ToString());
      }
      REQUIRE(entries->status().ok());
    }
  }
  void Put(const std::string& table, const std::string& key, const std::string& value) {
    const auto at = std::find(tables_.begin(), tables_.end(), table) - tables_.begin();
    REQUIRE(db_->Put(rocksdb::WriteOptions(), handles_.at(at), key, value).ok());
  }

 private:
  static rocksdb::Options Creating() {
    rocksdb::Options options;
    options.create_if_missing = options.create_missing_column_families = true;
    return options;
  }
  const rocksdb::Options options_ = Creating();
  std::unique_ptr<rocksdb::DB> db_;
  std::vector<rocksdb::ColumnFamilyHandle*> handles_;
  std::vector<std::string> tables_;
};

void AddTables(const std::string& prefix, const std::string& path, GoldenLines& lines) {
  PlainRocks(path, true, PlainRocks::Tables(path)).Dump(prefix, lines);
}

void AddRecords(const std::string& path, TempDir& dir, GoldenLines& lines) {
  const auto exporter = RocksExporter::Follow({.path = path}, dir.Scratch());
  REQUIRE(exporter.ok());
  uint64_t records = 0;
  const auto add = [&](const std::string& record) {
    lines[absl::StrFormat("record.%02d", ++records)] = Hex(record);
  };
  const absl::Status read = (*exporter)->ReadLog(0, [&](const StoredEvent& event) {
    lines[absl::StrCat("envelope.", event.position)] =
        Hex(EncodeEnvelope(event.instance, event.sequence, event.created_at));
    lines[absl::StrCat("leaf.", event.position)] = Hex(LeafHash(event));
    add(EncodeEventRow(event));
    return true;
  });
  REQUIRE(read.ok());
  for (size_t kind = 0; kind < kRowKinds; ++kind) {
    const uint64_t before = records;
    REQUIRE((*exporter)
                ->ReadRows(static_cast<RowKind>(kind),
                           [&](const Row& row) {
                             add(EncodeRow(row));
                             return absl::OkStatus();
                           })
                .ok());
    CHECK(records > before);  // the log has one of each kind
  }
  const auto print = FingerprintOf(**exporter, [](uint64_t) {});
  REQUIRE(print.ok());
  for (const auto& [name, tree] : print->trees()) {
    const auto& [instance, keep, day] = name;
    lines[absl::StrCat("tree.", instance, ".", static_cast<int>(keep), ".", day)] =
        Hex(tree.Root().view());
  }
  lines["chain"] = Hex(print->SaveEvents().chain());
}

// The same log, on its way into another folder.
void AddImport(const std::string& from, TempDir& dir, GoldenLines& lines) {
  {
    const auto exporter = RocksExporter::Follow({.path = from}, dir.Scratch());
    REQUIRE(exporter.ok());
    const auto importer = RocksImporter::Open({.path = dir / "import"});
    REQUIRE(importer.ok());
    REQUIRE((*importer)->SetCommand("restore").ok());
    absl::Status added;
    const absl::Status read = (*exporter)->ReadLog(0, [&](const StoredEvent& event) {
      added = (*importer)->AddEvent(event);
      return added.ok();
    });
    REQUIRE(read.ok());
    REQUIRE(added.ok());
    REQUIRE((*importer)->Flush().ok());
  }
  AddTables("import", dir / "import", lines);
}

GoldenLines StoreLines() {
  TempDir dir;
  GoldenLines lines;
  {
    SmallLog log(dir / "log");
    log.FirstHalf();
    log.BackUp(dir);
    log.SecondHalf();
    log.BackUp(dir);
  }
  AddTables("table", dir / "log", lines);
  AddRecords(dir / "log", dir, lines);
  AddImport(dir / "log", dir, lines);
  for (const auto& entry : fs::directory_iterator(dir / "backup")) {
    lines["file.backup/" + entry.path().filename().string()] = Hex(FileBytes(entry.path()));
  }
  lines["file.keys"] = Hex(FileBytes(dir / "keys"));
  return lines;
}

TEST_CASE("tables, envelopes, leaves, records and backups are those of the golden file") {
  CheckGolden(kFile, StoreLines());
}

// What the golden lines of one prefix hold, by the rest of their names.
GoldenLines Under(const std::string& prefix) {
  GoldenLines found;
  for (const auto& [name, hex] : ReadGolden(kFile)) {
    if (absl::StartsWith(name, prefix)) found[name.substr(prefix.size())] = Bytes(hex);
  }
  REQUIRE(!found.empty());
  return found;
}

void MakeGoldenDatabase(const std::string& path) {
  const GoldenLines entries = Under("table.");
  const auto cut = [](const std::string& name) { return name.rfind('.'); };
  std::set<std::string> tables;
  for (const auto& [name, value] : entries) tables.insert(name.substr(0, cut(name)));
  PlainRocks rocks(path, false, {tables.begin(), tables.end()});
  for (const auto& [name, value] : entries) {
    rocks.Put(name.substr(0, cut(name)), Bytes(name.substr(cut(name) + 1)), value);
  }
}

void CheckGoldenEvents(const std::vector<StoredEvent>& events) {
  const GoldenLines leaves = Under("leaf.");
  REQUIRE(events.size() == kEvents);
  for (const StoredEvent& event : events) {
    CHECK(LeafHash(event) == leaves.at(absl::StrCat(event.position)));
  }
}

template <typename Log>
std::vector<StoredEvent> EventsOf(Log& log) {
  std::vector<StoredEvent> events;
  REQUIRE(log.ReadLog(0, [&](const StoredEvent& event) {
                events.push_back(event);
                return true;
              }).ok());
  return events;
}

TEST_CASE("a store made of the golden entries opens, reads and goes on") {
  const TempDir dir;
  MakeGoldenDatabase(dir / "log");
  ManualClock clock(absl::FromUnixSeconds(1'700'100'000));
  const auto store = RocksStore::Open({.path = dir / "log", .clock = &clock});
  INFO(store.status());
  REQUIRE(store.ok());
  CheckGoldenEvents(EventsOf(**store));
  const StreamKey ada{1, 5, AGGREGATE_USER, "u1"}, checks{1, 60000, AGGREGATE_USER, "u1"};
  CHECK(*(*store)->ReadHead(ada) == 1);
  CHECK(*(*store)->ReadHead(checks) == 2);
  CHECK(*(*store)->ReadSequence(1) == 4);
  const auto keys = (*store)->ReadSubjectKeys(1, "u1");
  REQUIRE(keys.ok());
  REQUIRE(keys->keys.size() == 1);
  CHECK(SameKey(keys->keys[0], Key(1, "u1")));
  CHECK((*store)->ReadSubjectKeys(2, "b\u00f6b")->erased);
  std::set<std::string> claims;
  REQUIRE((*store)
              ->ReadClaims([&](const StreamKey& stream, absl::string_view slot,
                               absl::string_view key) {
                claims.insert(absl::StrCat(stream.id, " ", slot, " ", HexEncode(key)));
                return true;
              })
              .ok());
  CHECK(claims == std::set<std::string>{"o1 org_name " + HexEncode(ClaimKey("Acme")),
                                        "u1 username/ab " + HexEncode(ClaimKey("ada"))});
  CHECK((*store)->TakeLease("reactors", "one more", absl::Minutes(1))->term == 3);
  // A claim that stands is seen, and so is the day by which an event is pruned.
  NewEvent taken{{1, 5, AGGREGATE_USER, "u9"}, FOREVER, "body", {{"name", ClaimKey("ada")}}};
  CHECK(absl::IsAlreadyExists(AppendNow(**store, {1, {{taken.stream, 0}}, {taken}}).status()));
  clock.Advance(absl::Hours(48));
  REQUIRE((*store)->PruneDay(1, SIGN_IN, 19675).ok());
  CHECK(EventsOf(**store).size() == kEvents - 1);
}

TEST_CASE("golden backups are opened and hold the log they were made of") {
  const TempDir dir;
  fs::create_directory(dir / "backup");
  for (const auto& [name, bytes] : Under("file.")) {
    std::ofstream(dir / name, std::ios::binary) << bytes;
  }
  const auto backup = LogBackup::Open(dir / "backup");
  INFO(backup.status());
  REQUIRE(backup.ok());
  CHECK((*backup)->about().events_size() == 2);
  CheckGoldenEvents(EventsOf(**backup));
  const auto keys = KeyBackup::Open(dir / "keys");
  INFO(keys.status());
  REQUIRE(keys.ok());
  CHECK((*keys)->about().generation() == 1);
  CHECK((*keys)->erased() == std::set<KeyBackup::Name>{{2, "b\u00f6b"}});
  CHECK((*keys)->destroyed() == std::set<KeyBackup::Name>{{2, Key(2, "b\u00f6b").id}});
  std::vector<std::string> subjects;
  REQUIRE((*keys)
              ->ReadKeys([&](const DataKey& key) {
                CHECK(SameKey(key, Key(key.instance, key.subject)));
                subjects.push_back(key.subject);
                return absl::OkStatus();
              })
              .ok());
  CHECK(subjects.size() == 3);
}

TEST_CASE("golden records are read as what they were written of") {
  std::vector<StoredEvent> events;
  std::string kinds;
  for (const auto& [name, bytes] : Under("record.")) {
    INFO(name);
    kinds += bytes.at(0);
    if (bytes.at(0) == 'E') {
      const auto event = DecodeEventRow(bytes);
      REQUIRE(event.has_value());
      CHECK(EncodeEventRow(*event) == bytes);
      events.push_back(*event);
    } else {
      const auto row = DecodeRow(bytes);
      REQUIRE(row.has_value());
      CHECK(EncodeRow(*row) == bytes);
    }
  }
  CheckGoldenEvents(events);
  for (const char kind : {'H', 'S', 'C', 'K', 'X'}) {
    INFO(kind);
    CHECK(absl::StrContains(kinds, kind));
  }
}

TEST_CASE("writes the golden file of the store", "[.][write-golden]") {
  AddGolden(kFile, StoreLines());
}

}  // namespace
}  // namespace muniment::eventstore
