// What a backup of keys remembers of those that were destroyed, and what older logs and copies come to
// beside it.
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "eventstore/retention.h"
#include "tests/eventstore/office.h"

namespace muniment::eventstore {
namespace {

namespace fs = std::filesystem;

TEST_CASE("an older log does not bring an erased person back") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  std::string key_of_grace;
  {
    Office office(dir / "log", master);
    LogWorld& world = office.world;
    world.AddUser(1, "grace", "gracehopper");
    world.AddUser(1, "ada", "ada");
    key_of_grace = world.store.ReadSubjectKeys(1, "grace")->keys.at(0).id;
    office.BackUpLog(dir, dir / "backup");
    office.BackUpKeys(dir, dir / "keys");
    CHECK(KeyBackup::Open(dir / "keys").value()->destroyed().empty());
    world.RemoveUser(1, "grace");
    REQUIRE(world.store.PurgeErased().ok());
    const auto keys = office.BackUpKeys(dir, dir / "keys");
    CHECK(keys.erased == 1);
    CHECK(keys.destroyed == 1);
    CHECK(keys.revived == 0);
    CHECK(keys.about.generation() == 1);
  }
  std::ifstream file(dir / "keys", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  // The id alone stands there once, in the list of what is destroyed.
  CHECK(bytes.find(key_of_grace) == bytes.rfind(key_of_grace));
  fs::remove_all(dir / "log");

  REQUIRE(Restore(dir / "backup", dir / "keys", dir / "again", master).ok());
  Office again(dir / "again", master);
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
  const auto keys = again.BackUpKeys(dir, dir / "keys");
  CHECK(keys.erased == 1);
  CHECK(keys.destroyed == 1);
}

TEST_CASE("keys that an older copy of the store brought back stay out of the backup") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  {
    Office office(dir / "log", master);
    office.world.AddUser(1, "grace", "gracehopper");
  }
  fs::copy(dir / "log", dir / "copy", fs::copy_options::recursive);
  {
    Office office(dir / "log", master);
    office.world.RemoveUser(1, "grace");
    office.BackUpKeys(dir, dir / "keys");
  }
  Office copy(dir / "copy", master);
  CHECK(Reason(BackUpKeys(*copy.Exporter(dir), dir / "keys", absl::Now()).status()) ==
        "backup.newer");
  copy.world.AddUser(1, "ada", "ada");
  copy.world.AddUser(1, "eve", "eve");
  const auto keys = copy.BackUpKeys(dir, dir / "keys");
  CHECK(keys.revived == 1);
  CHECK(KeyBackup::Open(dir / "keys").value()->ReadKeys([](const DataKey& key) {
    CHECK(key.subject != "grace");
    return absl::OkStatus();
  }).ok());
}

TEST_CASE("a backup of keys remembers nothing of streams that expired, and an older log is sound") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  const StreamKey gone{1, 60000, AGGREGATE_ORG, "gone"}, ended{1, 60000, AGGREGATE_ORG, "ended"};
  test::TestEvent checked;
  checked.mutable_checked()->set_factor("password");
  const absl::Duration age = absl::Hours(24) * 91;
  absl::Time pruned;
  {
    Office office(dir / "log", master);
    LogWorld& world = office.world;
    world.AddUser(1, "grace", "gracehopper");
    world.Check(gone);
    world.Check(ended);
    office.BackUpKeys(dir, dir / "keys");
    office.BackUpLog(dir, dir / "backup");
    REQUIRE(world.Raise(ended, checked, {StreamSubject(ended)}).ok());
    const auto standing = office.BackUpKeys(dir, dir / "keys");
    CHECK(standing.erased == 1);
    CHECK(standing.destroyed == 0);  // the mark says it
    world.clock.Advance(age);
    CHECK(Retention(world.store, world.codec).Run()->pruned == 1);
    const auto after = office.BackUpKeys(dir, dir / "keys");
    CHECK(after.keys == standing.keys - 1);
    CHECK(after.erased == 0);
    CHECK(after.destroyed == 0);
    world.RemoveUser(1, "grace");
    CHECK(office.BackUpKeys(dir, dir / "keys").destroyed == 1);
    pruned = world.clock.Now();
  }
  REQUIRE(Restore(dir / "backup", dir / "keys", dir / "again", master).ok());
  Office again(dir / "again", master);
  const VerifyReport report = again.world.Verified({.now = pruned});
  for (const VerifyFault& fault : report.faults) UNSCOPED_INFO(fault.what);
  CHECK(report.ok());
  CHECK(report.expiring_events == 2);
  again.world.clock.Advance(age);
  CHECK(Retention(again.world.store, again.world.codec).Run()->pruned == 1);
  CHECK(again.world.Verified({.now = pruned}).expiring_events == 0);
}

TEST_CASE("a stream's keys that an older copy brought back stay out of the backup until they expire") {
  TempDir dir;
  const MasterKey master = MasterKey::Generate();
  const StreamKey ended{1, 60000, AGGREGATE_ORG, "ended"};
  {
    Office office(dir / "log", master);
    office.world.Check(ended);
  }
  fs::copy(dir / "log", dir / "copy", fs::copy_options::recursive);
  {
    Office office(dir / "log", master);
    test::TestEvent checked;
    checked.mutable_checked()->set_factor("password");
    REQUIRE(office.world.Raise(ended, checked, {StreamSubject(ended)}).ok());
    CHECK(office.BackUpKeys(dir, dir / "keys").erased == 1);
  }
  Office copy(dir / "copy", master);
  copy.world.AddUser(1, "ada", "ada");
  copy.world.AddUser(1, "eve", "eve");
  for (int i = 0; i < 2; ++i) {
    const auto keys = copy.BackUpKeys(dir, dir / "keys");
    CHECK(keys.revived == 1);
    CHECK(keys.erased == 1);
    CHECK(keys.destroyed == 0);
  }
  CHECK(KeyBackup::Open(dir / "keys").value()->ReadKeys([&](const DataKey& key) {
    CHECK(key.subject != StreamSubject(ended));
    return absl::OkStatus();
  }).ok());
  copy.world.clock.Advance(absl::Hours(24) * 91);
  CHECK(Retention(copy.world.store, copy.world.codec).Run()->pruned == 1);
  const auto keys = copy.BackUpKeys(dir, dir / "keys");
  CHECK(keys.revived == 0);
  CHECK(keys.erased == 0);
}

}  // namespace
}  // namespace muniment::eventstore
