// The whole of FORMAT.md on a disk: people come and go, days pass, the process ends and starts
// again, and the log still proves itself.
#include <filesystem>
#include <fstream>

#include "eventstore/retention.h"
#include "eventstore/rocksdb/rocks_store.h"
#include "tests/base/temp_dir.h"
#include "tests/eventstore/log_world.h"

namespace muniment::eventstore {
namespace {

MakeStore OpenerOf(const TempDir& dir) {
  return [path = dir.path()](Clock& clock) -> std::unique_ptr<EventStore> {
    auto store = RocksStore::Open({.path = path, .clock = &clock});
    REQUIRE(store.ok());
    return *std::move(store);
  };
}

bool Contains(const TempDir& dir, const std::string& text) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(file), {}};
    if (content.find(text) != std::string::npos) return true;
  }
  return false;
}

void CheckSound(const VerifyReport& report) {
  for (const VerifyFault& fault : report.faults) UNSCOPED_INFO(fault.what);
  CHECK(report.ok());
}

TEST_CASE("a log on a disk proves itself after restarts, removals and pruned days") {
  const TempDir dir;
  const MasterKey master = MasterKey::Generate();
  std::string root, key_of_grace;
  uint64_t leaves = 0;
  absl::Time now;
  {
    LogWorld world(master, OpenerOf(dir));
    for (int i = 0; i < 50; ++i) world.AddUser(1, absl::StrCat("u", i), absl::StrCat("name", i));
    world.AddUser(1, "grace", "gracehopper");
    key_of_grace = world.store.ReadSubjectKeys(1, "grace")->keys.at(0).wrapped;
    for (int day = 0; day < 3; ++day) {
      for (int i = 0; i < 20; ++i) world.Check(1 + i % 2, absl::StrCat("u", i));
      world.clock.Advance(absl::Hours(24));
    }
    REQUIRE(Retention(world.store, world.codec).Run()->closed >= 4);
    const VerifyReport report = world.Verified();
    CheckSound(report);
    CHECK(report.expiring_events == 60);
    root = report.instances.at(0).root;
    leaves = report.instances.at(0).leaves;
    now = world.clock.Now();
  }
  CHECK(Contains(dir, key_of_grace));
  CHECK(!Contains(dir, "gracehopper"));
  LogWorld world(master, OpenerOf(dir));
  world.clock.Set(now);
  VerifyOptions trusted;
  trusted.trusted = {{1, leaves, root}};
  CheckSound(world.Verified(trusted));

  world.RemoveUser(1, "grace");
  REQUIRE(world.store.PurgeErased().ok());
  CHECK(!Contains(dir, key_of_grace));
  world.AddUser(1, "other", "GraceHopper");  // the name is free
  world.clock.Advance(absl::Hours(24) * 120);
  CHECK(Retention(world.store, world.codec).Run()->pruned >= 4);
  const VerifyReport report = world.Verified(trusted);
  CheckSound(report);
  CHECK(report.expiring_events == 0);
  CHECK(report.shredded == 1);
  CHECK(report.claims == 51);
}

}  // namespace
}  // namespace muniment::eventstore
