#include "projections/generations.h"

#include <thread>

#include "projections/replay.h"
#include "tests/projections/fixture.h"
#include "tests/projections/held_store.h"

namespace muniment::projections {
namespace {

TEST_CASE("a changed table is built beside the old one and swapped in while others serve") {
  TempDir dir;
  Log log;
  Script script(log, 41);
  script.Raise(3500);
  auto database = OpenAll(dir / "models");
  REQUIRE(CatchUp(log, *database).ok());
  HeldStore store(log.store());
  RunnerOptions options;
  options.batch_events = 50;
  store.Hold();
  std::unique_ptr<Runner> runner;
  std::thread start([&] {
    // SameLog reads the log, which is held.
    store.Release();
    runner = *Runner::Start({store, log.codec(), log.keys()}, Changed("new"), *database, options);
    store.Hold();
  });
  start.join();
  View during = database->Read();
  const absl::Status building = during.Ready(TablePlan::Of<row::v1::User>());
  if (!building.ok()) {
    CHECK(Reason(building) == "models.building");
    CHECK(Reason(during.Get<row::v1::User>(1, {"u1"}).status()) == "models.building");
  }
  CHECK(during.Ready(TablePlan::Of<row::v1::Member>()).ok());
  store.Release();
  script.Raise(100);
  REQUIRE(WaitFor(*runner, log.store().ReadLogHead()->position).ok());
  REQUIRE(Eventually([&] { return runner->Ready().ok(); }));
  script.Raise(50);
  REQUIRE(WaitFor(*runner, log.store().ReadLogHead()->position).ok());
  auto rebuilt = Replay(log.source(), AllProjections(), dir / "rebuilt");
  REQUIRE(rebuilt.ok());
  View a = database->Read();
  const View b = (*rebuilt)->Read();
  CHECK(Compare(a, b)->equal());
  for (const auto& [instance, id] :
       std::vector<std::pair<uint64_t, std::string>>{{1, "org1"}, {2, "org1"}, {3, "org1"}}) {
    const auto row = a.Get<row::v1::Org>(instance, {id});
    if (row.ok() && row->has_value()) CHECK(database->owners().Org(instance, id) != nullptr);
  }
}

TEST_CASE("a build that was broken off goes on, and another change starts it anew") {
  TempDir dir;
  Log log;
  Script(log, 42).Raise(6000);
  {
    auto database = OpenAll(dir / "models");
    REQUIRE(CatchUp(log, *database).ok());
  }
  for (const char* identity : {"one", "one", "two", "two"}) {
    auto database = OpenAll(dir / "models");
    RunnerOptions options;
    options.batch_events = 20;
    auto runner = Runner::Start(log.source(), Changed(identity), *database, options);
    REQUIRE(runner.ok());
    Eventually([&] {
      const auto built = BuiltTo(*database);
      return (*runner)->Ready().ok() || (built.ok() && *built > 300);
    });
  }
  auto database = OpenAll(dir / "models");
  auto runner = Runner::Start(log.source(), Changed("two"), *database);
  REQUIRE(runner.ok());
  REQUIRE(Eventually([&] { return (*runner)->Ready().ok(); }));
  auto rebuilt = Replay(log.source(), AllProjections(), dir / "rebuilt");
  REQUIRE(rebuilt.ok());
  const View a = database->Read();
  const View b = (*rebuilt)->Read();
  CHECK(Compare(a, b)->equal());
}

TEST_CASE("prepared read models take over when they are of this build and the others are not") {
  TempDir dir;
  Log log;
  Script script(log, 51);
  script.Raise(300);
  const std::string path = dir / "models";
  DatabaseOptions options;
  options.path = path;
  {
    auto database = OpenModels(options, AllProjections());
    REQUIRE(database.ok());
    REQUIRE(CatchUp(log, **database).ok());
  }
  // Of the present build nothing is adopted.
  REQUIRE(PrepareModels(log.source(), AllProjections(), path).ok());
  {
    auto database = OpenModels(options, AllProjections());
    REQUIRE(database.ok());
    CHECK_FALSE(std::filesystem::exists(PreparedPath(path)));
  }
  std::vector<uint64_t> reported;
  ReplayOptions preparing;
  preparing.progress = [&](const ReplayProgress& at) { reported.push_back(at.done); };
  REQUIRE(PrepareModels(log.source(), Changed("new"), path, preparing).ok());
  REQUIRE_FALSE(reported.empty());
  CHECK(reported.back() == 300);
  script.Raise(40);
  auto database = OpenModels(options, Changed("new"));
  REQUIRE(database.ok());
  CHECK((*database)->checkpoint().position == 300);
  CHECK_FALSE(std::filesystem::exists(PreparedPath(path)));
  auto runner = Runner::Start(log.source(), Changed("new"), **database);
  REQUIRE(runner.ok());
  REQUIRE(WaitFor(**runner, 340).ok());
  CHECK(Eventually([&] { return (*runner)->Ready().ok(); }));
}

TEST_CASE("a preparation that was broken off is not adopted, and unfinished models are dropped") {
  TempDir dir;
  Log log;
  Script(log, 52).Raise(100);
  const std::string path = dir / "models";
  DatabaseOptions options;
  options.path = PreparedPath(path);
  options.bulk = true;
  REQUIRE(Database::Open(options, PlansOf(AllProjections())).ok());
  options = {};
  options.path = path;
  {
    auto database = OpenModels(options, AllProjections());
    REQUIRE(database.ok());
    CHECK((*database)->checkpoint().position == 0);
    CHECK_FALSE(std::filesystem::exists(PreparedPath(path)));
  }
  std::filesystem::remove_all(path);
  options.bulk = true;
  REQUIRE(Database::Open(options, PlansOf(AllProjections())).ok());
  options.bulk = false;
  auto database = OpenModels(options, AllProjections());
  REQUIRE(database.ok());
  REQUIRE(CatchUp(log, **database).ok());
}

}  // namespace
}  // namespace muniment::projections
