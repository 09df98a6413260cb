// A log backed up beside its store and put back, by people with good and with bad files.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "base/error.h"
#include "eventstore/backup/record_file.h"
#include "eventstore/retention.h"
#include "eventstore/rocksdb/follower.h"
#include "eventstore/verify.h"
#include "tests/eventstore/office.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

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
absl::Status RestoreUpTo(int steps, TempDir& dir, const std::string& to, const MasterKey& master) {
  ASSIGN_OR_RETURN(const auto importer, RocksImporter::Open({.path = to}));
  Stopping stopping(*importer, steps);
  RETURN_IF_ERROR(stopping.SetCommand("restore"));
  ASSIGN_OR_RETURN(const auto backup, LogBackup::Open(dir / "backup"));
  ASSIGN_OR_RETURN(const auto keys, KeyBackup::Open(dir / "keys"));
  ASSIGN_OR_RETURN(const auto log, RestoredLog::Open(*backup, *keys, master, TestOptions()));
  MoveOptions options;
  options.prove = [&](const Moved& moved) -> absl::Status {
    ASSIGN_OR_RETURN(const auto store,
                     FollowerStore::Open({.path = to, .importing = true}, dir.Scratch()));
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
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  std::map<uint64_t, std::string> leaves;
  uint64_t backed_up = 0;
  {
    Office office(dir / "log", master);
    LogWorld& world = office.world;
    for (int i = 0; i < 30; ++i) world.AddUser(1, absl::StrCat("u", i), absl::StrCat("name", i));
    for (int i = 0; i < 10; ++i) world.Check(1, absl::StrCat("u", i));
    const auto first = office.BackUpLog(dir, dir / "backup");
    CHECK(first.added == PositionOf(world.store));
    for (int i = 0; i < 20; ++i) world.AddUser(2, absl::StrCat("v", i), absl::StrCat("name", i));
    world.clock.Advance(absl::Hours(24) * 120);
    CHECK(Retention(world.store, world.codec).Run()->pruned == 1);
    const auto second = office.BackUpLog(dir, dir / "backup");
    CHECK(second.added == PositionOf(world.store) - first.added);
    CHECK(office.BackUpLog(dir, dir / "backup").added == 0);
    office.BackUpKeys(dir, dir / "keys");
    backed_up = PositionOf(world.store);
    world.AddUser(1, "late", "late");
    REQUIRE(world.store.ReadLog(0, [&](const StoredEvent& event) {
      leaves[event.position] = LeafHash(event);
      return true;
    }).ok());
  }
  REQUIRE(Restore(dir / "backup", dir / "keys", dir / "again", master).ok());
  Office again(dir / "again", master);
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
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  uint64_t position = 0;
  {
    Office office(dir / "log", master);
    office.world.AddUser(1, "ada", "ada");
    office.world.AddUser(1, "grace", "grace");
    office.world.RemoveUser(1, "grace");
    office.BackUpLog(dir, dir / "backup");
    office.BackUpKeys(dir, dir / "keys");
    position = PositionOf(office.world.store);
  }
  for (int steps = 0;; ++steps) {
    INFO("stopped after " << steps << " steps");
    const std::string to = dir / absl::StrCat("to", steps);
    const absl::Status stopped = RestoreUpTo(steps, dir, to, master);
    if (stopped.ok()) {
      CHECK(steps > 15);
      break;
    }
    REQUIRE(absl::IsCancelled(stopped));
    const absl::Status refused = RocksStore::Open({.path = to}).status();
    CHECK(Reason(refused) == "store.import_unfinished");
    const absl::Status unread = FollowerStore::Open({.path = to}, dir.Scratch()).status();
    CHECK(Reason(unread) == "store.import_unfinished");
    // Before the first step the folder is marked, and the command not named.
    const std::string word = steps == 0 ? "restore again" : "run muniment restore again";
    CHECK(absl::StrContains(refused.message(), word));
    CHECK(absl::StrContains(unread.message(), word));
    REQUIRE(RestoreUpTo(1000, dir, to, master).ok());
    Office again(to, master);
    CHECK(PositionOf(again.world.store) == position);
    CHECK(again.world.store.ReadLogHead()->epoch == 2);
    CHECK(again.world.Verified().ok());
    CHECK(again.world.store.ReadSubjectKeys(1, "grace")->erased);
  }
}

TEST_CASE("keys that stand and cannot be read are not begun anew") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  Office office(dir / "log", master);
  office.world.AddUser(1, "ada", "ada");
  fs::create_symlink("keys", dir / "keys");  // to itself
  const absl::Status refused =
      BackUpKeys(*office.Exporter(dir), dir / "keys", absl::Now()).status();
  CHECK(Reason(refused) == "file.unreadable");
  CHECK(absl::IsUnavailable(refused));
  CHECK(fs::is_symlink(dir / "keys"));
}

TEST_CASE("backups of different logs, epochs and ages do not mix") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  Office office(dir / "log", master);
  office.world.AddUser(1, "ada", "ada");
  office.BackUpKeys(dir, dir / "old keys");
  office.world.AddUser(1, "eve", "eve");
  office.BackUpLog(dir, dir / "backup");
  office.BackUpKeys(dir, dir / "keys");
  Office other(dir / "other", master);
  other.world.AddUser(1, "ada", "ada");
  other.world.AddUser(1, "eve", "eve");

  CHECK(Reason(BackUpLog(*other.Exporter(dir), dir / "backup", {}).status()) ==
        "backup.other_log");
  CHECK(Reason(BackUpKeys(*other.Exporter(dir), dir / "keys", absl::Now()).status()) ==
        "backup.other_log");
  other.BackUpKeys(dir, dir / "other keys");
  CHECK(Reason(Restore(dir / "backup", dir / "other keys", dir / "a", master)) ==
        "backup.other_log");
  CHECK(Reason(Restore(dir / "backup", dir / "old keys", dir / "b", master)) ==
        "backup.keys_too_old");
  CHECK(Reason(Restore(dir / "backup", dir / "keys", dir / "c", MasterKey::Generate())) ==
        "master_key.other");
  CHECK(Reason(Restore(dir / "keys", dir / "keys", dir / "d", master)) == "file.unreadable");
  CHECK(Reason(Restore(dir / "backup", dir / "backup/MANIFEST", dir / "e", master)) ==
        "backup.damaged");
  for (const char* name : {"a", "b", "c", "d", "e"}) CHECK(!fs::exists(dir / name));
  CHECK(Reason(Restore(dir / "backup", dir / "keys", dir / "other", master)) != "");

  // A restored log is another epoch: its backup begins anew.
  REQUIRE(Restore(dir / "backup", dir / "keys", dir / "again", master).ok());
  CHECK(Reason(Restore(dir / "backup", dir / "keys", dir / "again", master)) ==
        "import.not_empty");
  Office again(dir / "again", master);
  CHECK(Reason(BackUpLog(*again.Exporter(dir), dir / "backup", {}).status()) ==
        "backup.other_log");
  // A folder of other things is left alone.
  fs::create_directory(dir / "letters");
  std::ofstream(dir / "letters/dear.txt") << "dear";
  CHECK(Reason(BackUpLog(*office.Exporter(dir), dir / "letters", {}).status()) ==
        "backup.not_empty");
}

TEST_CASE("files of a backup are private, and no changed or missing byte goes unnoticed") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  {
    Office office(dir / "log", master);
    for (int i = 0; i < 5; ++i) office.world.AddUser(1, absl::StrCat("u", i), absl::StrCat("n", i));
    office.BackUpLog(dir, dir / "backup");
    office.world.AddUser(1, "last", "last");
    office.BackUpLog(dir, dir / "backup");
    office.BackUpKeys(dir, dir / "keys");
  }
  std::vector<std::string> files = {dir / "keys"};
  for (const auto& entry : fs::directory_iterator(dir / "backup")) files.push_back(entry.path());
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
      const absl::Status status = Restore(dir / "backup", dir / "keys", dir / "to", master);
      bool opens = false;
      if (fs::exists(dir / "to/CURRENT")) opens = RocksStore::Open({.path = dir / "to"}).ok();
      fs::remove_all(dir / "to");
      return absl::IsDataLoss(status) && absl::StrContains(status.message(), dir / "") && !opens;
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
  const std::string part = dir / "backup/events-00000000000000000001.part";
  {
    const auto writer = RecordWriter::Make(part);
    REQUIRE(writer.ok());
    REQUIRE((*writer)->Finish().ok());
  }
  CHECK(Reason(Restore(dir / "backup", dir / "keys", dir / "to", master)) == "backup.damaged");
}

TEST_CASE("a backup that finds no room leaves the one before it as it is") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  Office office(dir / "log", master);
  office.world.AddUser(1, "ada", "ada");
  office.BackUpLog(dir, dir / "backup");
  office.BackUpKeys(dir, dir / "keys");
  office.world.AddUser(1, "eve", "eve");
  // Where the next files are to be written stand folders.
  fs::create_directories(dir / "backup/MANIFEST.new/x");
  fs::create_directories(dir / "keys.new/x");
  const auto log = BackUpLog(*office.Exporter(dir), dir / "backup", {.now = absl::Now()});
  CHECK(Reason(log.status()) == "file.unwritable");
  const auto keys = BackUpKeys(*office.Exporter(dir), dir / "keys", absl::Now());
  CHECK(Reason(keys.status()) == "file.unwritable");
  fs::remove_all(dir / "backup/MANIFEST.new");
  CHECK(Restore(dir / "backup", dir / "keys", dir / "again", master).ok());
  CHECK(office.BackUpLog(dir, dir / "backup").added == 1);
}

TEST_CASE("a file for which the disk has no room says so, and nothing of it is left") {
  TempDir dir;
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 4096;
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  absl::Status status;
  {
    const auto writer = RecordWriter::Make(dir / "records");
    REQUIRE(writer.ok());
    for (int i = 0; i < 10 && status.ok(); ++i) status = (*writer)->Add(std::string(1000, 'r'));
    if (status.ok()) status = (*writer)->Finish().status();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  CHECK(Reason(status) == "file.unwritable");
  CHECK(absl::StrContains(status.message(), dir / "records"));
  CHECK(!fs::exists(dir / "records"));
  CHECK(!fs::exists(dir / "records.new"));
}

}  // namespace
}  // namespace muniment::eventstore
