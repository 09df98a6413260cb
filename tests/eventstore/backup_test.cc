// A log backed up beside its store and put back, by people with good and with bad files.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "base/error.h"
#include "eventstore/backup/key_backup.h"
#include "eventstore/backup/log_backup.h"
#include "eventstore/backup/record_file.h"
#include "eventstore/backup/restored_log.h"
#include "eventstore/founding.h"
#include "eventstore/move.h"
#include "eventstore/retention.h"
#include "eventstore/rocksdb/export.h"
#include "eventstore/rocksdb/follower.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "eventstore/verify.h"
#include "tests/eventstore/desk.h"
#include "tests/eventstore/log_world.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

// A served log: a store that was founded, with people in it.
struct Office {
  explicit Office(const std::string& path, const MasterKey& master)
      : world(master, [&path](Clock& clock) -> std::unique_ptr<EventStore> {
          auto store = RocksStore::Open({.path = path, .clock = &clock});
          REQUIRE(store.ok());
          return *std::move(store);
        }),
        path(path) {
    REQUIRE(OpenOrFound(world.store, world.keys).ok());
  }
  // Of what stands now, without stopping the store.
  std::unique_ptr<RocksExporter> Exporter(Desk& desk) const {
    const std::string scratch = desk.Scratch();
    fs::create_directory(scratch);
    auto exporter = RocksExporter::Follow({.path = path}, scratch);
    INFO(exporter.status());
    REQUIRE(exporter.ok());
    return *std::move(exporter);
  }
  LogBackedUp BackUpLog(Desk& desk, const std::string& folder) const {
    auto done = eventstore::BackUpLog(*Exporter(desk), folder, {.now = absl::Now()});
    INFO(done.status());
    REQUIRE(done.ok());
    return *std::move(done);
  }
  KeysBackedUp BackUpKeys(Desk& desk, const std::string& file) const {
    auto done = eventstore::BackUpKeys(*Exporter(desk), file, absl::Now());
    INFO(done.status());
    REQUIRE(done.ok());
    return *std::move(done);
  }

  LogWorld world;
  const std::string path;
};

absl::Status Restore(const std::string& log, const std::string& keys, const std::string& to,
                     const MasterKey& master) {
  ASSIGN_OR_RETURN(const auto backup, LogBackup::Open(log));
  ASSIGN_OR_RETURN(const auto key_backup, KeyBackup::Open(keys));
  ASSIGN_OR_RETURN(const auto restored,
                   RestoredLog::Open(*backup, *key_backup, master, TestOptions()));
  ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = to}));
  return Move(*restored, *importer).status();
}

// An importer that goes no further than it is told, as a process that is killed there.
class Stopping final : public Importer {
 public:
  Stopping(Importer& importer, int steps) : importer_(importer), left_(steps) {}

  absl::Status SetCommand(absl::string_view command) override {
    return Step([&] { return importer_.SetCommand(command); });
  }
  uint64_t last() const override { return importer_.last(); }
  absl::Status AddEvent(const StoredEvent& event) override {
    return Step([&] { return importer_.AddEvent(event); });
  }
  absl::Status Clear(RowKind kind) override { return Step([&] { return importer_.Clear(kind); }); }
  absl::Status AddRow(const Row& row) override {
    return Step([&] { return importer_.AddRow(row); });
  }
  absl::Status Flush() override { return Step([&] { return importer_.Flush(); }); }
  Exporter& Written() override { return importer_.Written(); }
  absl::Status SetEnd(const LogEnd& end) override {
    return Step([&] { return importer_.SetEnd(end); });
  }
  absl::Status Finish() override { return Step([&] { return importer_.Finish(); }); }
  absl::Status Abandon() override { return importer_.Abandon(); }

 private:
  absl::Status Step(absl::FunctionRef<absl::Status()> step) {
    if (left_-- <= 0) return absl::CancelledError("killed");
    RETURN_IF_ERROR(step());
    // What was written may have come to the disk or not; here it has.
    return importer_.Flush();
  }

  Importer& importer_;
  int left_;
};

// As `muniment restore`, killed after so many steps.
absl::Status RestoreUpTo(int steps, Desk& desk, const std::string& to, const MasterKey& master) {
  ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = to}));
  Stopping stopping(*importer, steps);
  RETURN_IF_ERROR(stopping.SetCommand("restore"));
  ASSIGN_OR_RETURN(const auto backup, LogBackup::Open(desk / "backup"));
  ASSIGN_OR_RETURN(const auto keys, KeyBackup::Open(desk / "keys"));
  ASSIGN_OR_RETURN(const auto log, RestoredLog::Open(*backup, *keys, master, TestOptions()));
  MoveOptions options;
  options.prove = [&](const Moved& moved) -> absl::Status {
    const std::string scratch = desk.Scratch();
    fs::create_directory(scratch);
    ASSIGN_OR_RETURN(const auto store,
                     FollowerStore::Open({.path = to, .importing = true}, scratch));
    ASSIGN_OR_RETURN(const LogHead head, store->ReadLogHead());
    CHECK(head.position == moved.end.position);
    CHECK(head.epoch == moved.end.epoch);
    DataKeys fresh(*store, master);
    ASSIGN_OR_RETURN(const Secret claims_key, OpenClaimsKey(*store, fresh));
    ASSIGN_OR_RETURN(const auto report,
                     Verify(*store, Codec(claims_key.reveal(), TestOptions()), fresh));
    CHECK(report.ok());
    return absl::OkStatus();
  };
  return Move(*log, stopping, options).status();
}

uint64_t PositionOf(EventStore& store) { return store.ReadLogHead()->position; }

TEST_CASE("a log backed up while it is written is a prefix of it, and comes back whole") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  std::map<uint64_t, std::string> leaves;
  uint64_t backed_up = 0;
  {
    Office office(desk / "log", master);
    LogWorld& world = office.world;
    for (int i = 0; i < 30; ++i) world.AddUser(1, absl::StrCat("u", i), absl::StrCat("name", i));
    for (int i = 0; i < 10; ++i) world.Check(1, absl::StrCat("u", i));
    const auto first = office.BackUpLog(desk, desk / "backup");
    CHECK(first.added == PositionOf(world.store));
    for (int i = 0; i < 20; ++i) world.AddUser(2, absl::StrCat("v", i), absl::StrCat("name", i));
    world.clock.Advance(absl::Hours(24) * 120);
    CHECK(Retention(world.store, world.codec).Run()->pruned == 1);
    const auto second = office.BackUpLog(desk, desk / "backup");
    CHECK(second.added == PositionOf(world.store) - first.added);
    CHECK(office.BackUpLog(desk, desk / "backup").added == 0);
    office.BackUpKeys(desk, desk / "keys");
    backed_up = PositionOf(world.store);
    world.AddUser(1, "late", "late");
    REQUIRE(world.store.ReadLog(0, [&](const StoredEvent& event) {
      leaves[event.position] = LeafHash(event);
      return true;
    }).ok());
  }
  REQUIRE(Restore(desk / "backup", desk / "keys", desk / "again", master).ok());
  Office again(desk / "again", master);
  CHECK(again.world.store.ReadLogHead()->epoch == 2);
  CHECK(PositionOf(again.world.store) == backed_up);
  size_t sign_ins = 0;
  REQUIRE(again.world.store.ReadLog(0, [&](const StoredEvent& event) {
    // The day was pruned after its backup.
    if (event.keep != FOREVER) return ++sign_ins > 0;
    CHECK(leaves.at(event.position) == LeafHash(event));
    return true;
  }).ok());
  CHECK(sign_ins == 10);
  const VerifyReport report = again.world.Verified();
  for (const VerifyFault& fault : report.faults) UNSCOPED_INFO(fault.what);
  CHECK(report.ok());
  CHECK(report.claims == 50);
  // What the log says is pruned goes again with the next run.
  again.world.clock.Advance(absl::Hours(24) * 121);
  CHECK(Retention(again.world.store, again.world.codec).Run()->pruned == 1);
  CHECK(again.world.Verified().expiring_events == 0);
}

TEST_CASE("a restore that is stopped at any step is refused by name, and the next completes it") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  uint64_t position = 0;
  {
    Office office(desk / "log", master);
    office.world.AddUser(1, "ada", "ada");
    office.world.AddUser(1, "grace", "grace");
    office.world.RemoveUser(1, "grace");
    office.BackUpLog(desk, desk / "backup");
    office.BackUpKeys(desk, desk / "keys");
    position = PositionOf(office.world.store);
  }
  for (int steps = 0;; ++steps) {
    INFO("stopped after " << steps << " steps");
    const std::string to = desk / absl::StrCat("to", steps);
    const absl::Status stopped = RestoreUpTo(steps, desk, to, master);
    if (stopped.ok()) {
      CHECK(steps > 15);
      break;
    }
    REQUIRE(absl::IsCancelled(stopped));
    const absl::Status refused = RocksStore::Open({.path = to}).status();
    CHECK(Reason(refused) == "store.import_unfinished");
    const std::string scratch = desk.Scratch();
    fs::create_directory(scratch);
    const absl::Status unread = FollowerStore::Open({.path = to}, scratch).status();
    CHECK(Reason(unread) == "store.import_unfinished");
    // Before the first step the folder is marked, and the command not named.
    const std::string word = steps == 0 ? "restore again" : "run muniment restore again";
    CHECK(absl::StrContains(refused.message(), word));
    CHECK(absl::StrContains(unread.message(), word));
    REQUIRE(RestoreUpTo(1000, desk, to, master).ok());
    Office again(to, master);
    CHECK(PositionOf(again.world.store) == position);
    CHECK(again.world.store.ReadLogHead()->epoch == 2);
    CHECK(again.world.Verified().ok());
    CHECK(again.world.store.ReadSubjectKeys(1, "grace")->erased);
  }
}

TEST_CASE("keys that stand and cannot be read are not begun anew") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  Office office(desk / "log", master);
  office.world.AddUser(1, "ada", "ada");
  fs::create_symlink("keys", desk / "keys");  // to itself
  const absl::Status refused =
      BackUpKeys(*office.Exporter(desk), desk / "keys", absl::Now()).status();
  CHECK(Reason(refused) == "file.unreadable");
  CHECK(absl::IsUnavailable(refused));
  CHECK(fs::is_symlink(desk / "keys"));
}

TEST_CASE("an older log does not bring an erased person back") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  std::string key_of_grace;
  {
    Office office(desk / "log", master);
    LogWorld& world = office.world;
    world.AddUser(1, "grace", "gracehopper");
    world.AddUser(1, "ada", "ada");
    key_of_grace = world.store.ReadSubjectKeys(1, "grace")->keys.at(0).id;
    office.BackUpLog(desk, desk / "backup");
    office.BackUpKeys(desk, desk / "keys");
    CHECK(KeyBackup::Open(desk / "keys").value()->destroyed().empty());
    world.RemoveUser(1, "grace");
    REQUIRE(world.store.PurgeErased().ok());
    const auto keys = office.BackUpKeys(desk, desk / "keys");
    CHECK(keys.erased == 1);
    CHECK(keys.destroyed == 1);
    CHECK(keys.revived == 0);
    CHECK(keys.about.generation() == 1);
  }
  std::ifstream file(desk / "keys", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // The id alone stands there once, in the list of what is destroyed.
  CHECK(bytes.find(key_of_grace) == bytes.rfind(key_of_grace));
  fs::remove_all(desk / "log");

  REQUIRE(Restore(desk / "backup", desk / "keys", desk / "again", master).ok());
  Office again(desk / "again", master);
  LogWorld& world = again.world;
  const SubjectKeys grace = *world.store.ReadSubjectKeys(1, "grace");
  CHECK(grace.keys.empty());
  CHECK(grace.erased);
  int read = 0;
  REQUIRE(world.store.ReadLog(1, [&](const StoredEvent& stored) {
    const auto event = world.codec.Decode(stored, world.keys);
    REQUIRE(event.ok());
    const auto& user = static_cast<const event::v1::UserEvent&>(*event->event);
    const bool is_grace = event->meta.stream.id == "grace";
    CHECK(event->complete == !is_grace);
    CHECK(user.human_added().username() == (is_grace ? "" : "ada"));
    return ++read > 0;
  }).ok());
  CHECK(read == 2);
  const VerifyReport report = world.Verified();
  for (const VerifyFault& fault : report.faults) UNSCOPED_INFO(fault.what);
  CHECK(report.ok());
  CHECK(report.claims == 1);
  // Her name is free and ada's is not; she gets no key again.
  world.AddUser(1, "other", "GraceHopper");
  event::v1::UserEvent twin;
  twin.mutable_human_added()->set_username("ADA");
  CHECK(Reason(world.Raise({1, 5, AGGREGATE_USER, "twin"}, twin).status()) ==
        "store.claim_taken");
  CHECK(!world.keys.SealingKey(1, "grace").ok());
  // And the next backup of keys still knows.
  const auto keys = again.BackUpKeys(desk, desk / "keys");
  CHECK(keys.erased == 1);
  CHECK(keys.destroyed == 1);
}

TEST_CASE("keys that an older copy of the store brought back stay out of the backup") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  {
    Office office(desk / "log", master);
    office.world.AddUser(1, "grace", "gracehopper");
  }
  fs::copy(desk / "log", desk / "copy", fs::copy_options::recursive);
  {
    Office office(desk / "log", master);
    office.world.RemoveUser(1, "grace");
    office.BackUpKeys(desk, desk / "keys");
  }
  Office copy(desk / "copy", master);
  CHECK(Reason(BackUpKeys(*copy.Exporter(desk), desk / "keys", absl::Now()).status()) ==
        "backup.newer");
  copy.world.AddUser(1, "ada", "ada");
  copy.world.AddUser(1, "eve", "eve");
  const auto keys = copy.BackUpKeys(desk, desk / "keys");
  CHECK(keys.revived == 1);
  CHECK(KeyBackup::Open(desk / "keys").value()->ReadKeys([](const DataKey& key) {
    CHECK(key.subject != "grace");
    return absl::OkStatus();
  }).ok());
}

TEST_CASE("backups of different logs, epochs and ages do not mix") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  Office office(desk / "log", master);
  office.world.AddUser(1, "ada", "ada");
  office.BackUpKeys(desk, desk / "old keys");
  office.world.AddUser(1, "eve", "eve");
  office.BackUpLog(desk, desk / "backup");
  office.BackUpKeys(desk, desk / "keys");
  Office other(desk / "other", master);
  other.world.AddUser(1, "ada", "ada");
  other.world.AddUser(1, "eve", "eve");

  CHECK(Reason(BackUpLog(*other.Exporter(desk), desk / "backup", {}).status()) ==
        "backup.other_log");
  CHECK(Reason(BackUpKeys(*other.Exporter(desk), desk / "keys", absl::Now()).status()) ==
        "backup.other_log");
  other.BackUpKeys(desk, desk / "other keys");
  CHECK(Reason(Restore(desk / "backup", desk / "other keys", desk / "a", master)) ==
        "backup.other_log");
  CHECK(Reason(Restore(desk / "backup", desk / "old keys", desk / "b", master)) ==
        "backup.keys_too_old");
  CHECK(Reason(Restore(desk / "backup", desk / "keys", desk / "c", MasterKey::Generate())) ==
        "master_key.other");
  CHECK(Reason(Restore(desk / "keys", desk / "keys", desk / "d", master)) == "file.unreadable");
  CHECK(Reason(Restore(desk / "backup", desk / "backup/MANIFEST", desk / "e", master)) ==
        "backup.damaged");
  for (const char* name : {"a", "b", "c", "d", "e"}) CHECK(!fs::exists(desk / name));
  CHECK(Reason(Restore(desk / "backup", desk / "keys", desk / "other", master)) != "");

  // A restored log is another epoch: its backup begins anew.
  REQUIRE(Restore(desk / "backup", desk / "keys", desk / "again", master).ok());
  CHECK(Reason(Restore(desk / "backup", desk / "keys", desk / "again", master)) ==
        "import.not_empty");
  Office again(desk / "again", master);
  CHECK(Reason(BackUpLog(*again.Exporter(desk), desk / "backup", {}).status()) ==
        "backup.other_log");
  // A folder of other things is left alone.
  fs::create_directory(desk / "letters");
  std::ofstream(desk / "letters/dear.txt") << "dear";
  CHECK(Reason(BackUpLog(*office.Exporter(desk), desk / "letters", {}).status()) ==
        "backup.not_empty");
}

TEST_CASE("files of a backup are private, and no changed or missing byte goes unnoticed") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  {
    Office office(desk / "log", master);
    for (int i = 0; i < 5; ++i) office.world.AddUser(1, absl::StrCat("u", i), absl::StrCat("n", i));
    office.BackUpLog(desk, desk / "backup");
    office.world.AddUser(1, "last", "last");
    office.BackUpLog(desk, desk / "backup");
    office.BackUpKeys(desk, desk / "keys");
  }
  std::vector<std::string> files = {desk / "keys"};
  for (const auto& entry : fs::directory_iterator(desk / "backup")) files.push_back(entry.path());
  REQUIRE(files.size() == 5);  // two of events, rows, the manifest
  for (const std::string& path : files) {
    INFO(path);
    struct stat found = {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0777) == 0600);
    std::ifstream in(path, std::ios::binary);
    const std::string whole{std::istreambuf_iterator<char>(in), {}};
    const auto refused = [&](const std::string& bytes) {
      std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
      const absl::Status status = Restore(desk / "backup", desk / "keys", desk / "to", master);
      bool opens = false;
      if (fs::exists(desk / "to/CURRENT")) opens = RocksStore::Open({.path = desk / "to"}).ok();
      fs::remove_all(desk / "to");
      return absl::IsDataLoss(status) && absl::StrContains(status.message(), desk / "") && !opens;
    };
    for (size_t at = 0; at < whole.size(); at += 1 + whole.size() / 25) {
      std::string changed = whole;
      changed[at] = static_cast<char>(changed[at] ^ 0x20);
      INFO("byte " << at);
      CHECK(refused(changed));
      CHECK(refused(whole.substr(0, at)));
    }
    CHECK(refused(whole + "x"));
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole;
  }
  // A part of an older backup in the place of a newer, each whole.
  const std::string part = desk / "backup/events-00000000000000000001.part";
  {
    const auto writer = RecordWriter::Make(part);
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Finish().ok());
  }
  CHECK(Reason(Restore(desk / "backup", desk / "keys", desk / "to", master)) == "backup.damaged");
}

TEST_CASE("a backup that finds no room leaves the one before it as it is") {
  Desk desk;
  const MasterKey master = MasterKey::Generate();
  Office office(desk / "log", master);
  office.world.AddUser(1, "ada", "ada");
  office.BackUpLog(desk, desk / "backup");
  office.BackUpKeys(desk, desk / "keys");
  office.world.AddUser(1, "eve", "eve");
  // Where the next files are to be written stand folders.
  fs::create_directories(desk / "backup/MANIFEST.new/x");
  fs::create_directories(desk / "keys.new/x");
  const auto log = BackUpLog(*office.Exporter(desk), desk / "backup", {.now = absl::Now()});
  CHECK(Reason(log.status()) == "file.unwritable");
  const auto keys = BackUpKeys(*office.Exporter(desk), desk / "keys", absl::Now());
  CHECK(Reason(keys.status()) == "file.unwritable");
  fs::remove_all(desk / "backup/MANIFEST.new");
  CHECK(Restore(desk / "backup", desk / "keys", desk / "again", master).ok());
  CHECK(office.BackUpLog(desk, desk / "backup").added == 1);
}

TEST_CASE("a file for which the disk has no room says so, and nothing of it is left") {
  Desk desk;
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  absl::Status status;
  {
    const auto writer = RecordWriter::Make(desk / "records");
    REQUIRE(writer.ok());
    for (int i = 0; i < 10 && status.ok(); ++i) status = (*writer)->Add(std::string(1000, 'r'));
    if (status.ok()) status = (*writer)->Finish().status();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(Reason(status) == "file.unwritable");
  CHECK(absl::StrContains(status.message(), desk / "records"));
  CHECK(!fs::exists(desk / "records"));
  CHECK(!fs::exists(desk / "records.new"));
}

}  // namespace
}  // namespace muniment::eventstore
