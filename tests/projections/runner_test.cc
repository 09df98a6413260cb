#include "projections/runner.h"

#include <sys/resource.h>

#include <csignal>

#include "absl/synchronization/notification.h"
#include "projections/replay.h"
#include "tests/projections/fixture.h"
#include "tests/projections/held_store.h"

namespace muniment::projections {
namespace {

using event::v1::OrgAdded;
using event::v1::OrgEvent;

absl::Status WaitSequence(Runner& runner, uint64_t instance, uint64_t sequence,
                          absl::Duration within = absl::Seconds(10)) {
  Outcome outcome;
  runner.WaitSequence(instance, sequence, absl::Now() + within, outcome.Done());
  return outcome.Wait();
}

TEST_CASE("what was applied is in every view taken since") {
  TempDir dir;
  Log log;
  auto database = OpenAll(dir / "models");
  auto runner = Runner::Start(log.source(), AllProjections(), *database);
  REQUIRE(runner.ok());
  for (int i = 1; i <= 50; ++i) {
    const auto at = AddOrg(log, 1, std::to_string(i));
    REQUIRE(WaitFor(**runner, at.position).ok());
    View view = database->Read();
    CHECK(view.position() >= at.position);
    CHECK(view.sequence(1) >= at.last_sequence);
    CHECK(view.Get<row::v1::Org>(1, {std::to_string(i)})->has_value());
    CHECK(database->owners().Active(1, std::to_string(i)));
  }
  CHECK((*runner)->Ready().ok());
  CHECK(WaitFor(**runner, 3).ok());
}

TEST_CASE(
    "a reader waits for a sequence, not longer than his deadline, and never for a forged one") {
  TempDir dir;
  Log log;
  auto database = OpenAll(dir / "models");
  AddOrg(log, 1, "a");
  auto runner = Runner::Start(log.source(), AllProjections(), *database);
  REQUIRE(runner.ok());
  CHECK(WaitSequence(**runner, 1, 1).ok());
  CHECK(WaitSequence(**runner, 1, 0).ok());
  for (const uint64_t forged : {uint64_t{2}, uint64_t{1} << 40, ~uint64_t{0}}) {
    const absl::Status status = WaitSequence(**runner, 1, forged);
    CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
    CHECK(Reason(status) == "sequence.unknown");
    CHECK(Reason(WaitSequence(**runner, 77, forged)) == "sequence.unknown");
  }
  CHECK((*runner)->waiting() == 0);
  for (int i = 0; i < 30; ++i) {
    const auto at = AddOrg(log, 1, absl::StrCat("b", i));
    CHECK(WaitSequence(**runner, 1, at.last_sequence).ok());
    CHECK(database->Read().sequence(1) >= at.last_sequence);
  }
}

TEST_CASE("waiting readers are bounded and are answered when folding goes on") {
  TempDir dir;
  Log log;
  HeldStore store(log.store());
  auto database = OpenAll(dir / "models");
  AddOrg(log, 1, "a");
  RunnerOptions options;
  options.max_waiting = 3;
  auto runner =
      Runner::Start({store, log.codec(), log.keys()}, AllProjections(), *database, options);
  REQUIRE(runner.ok());
  REQUIRE(WaitFor(**runner, 1).ok());
  store.Hold();
  AddOrg(log, 1, "b");
  const auto at = AddOrg(log, 1, "c");
  std::vector<Outcome> waiting(3);
  for (Outcome& one : waiting) {
    (*runner)->WaitSequence(1, at.last_sequence, absl::Now() + absl::Seconds(20), one.Done());
  }
  CHECK((*runner)->waiting() == 3);
  const absl::Status refused = WaitSequence(**runner, 1, 2);
  CHECK(refused.code() == absl::StatusCode::kResourceExhausted);
  CHECK(Reason(refused) == "sequence.too_many_waiting");
  CHECK_FALSE(waiting[0].HasCome());
  store.Release();
  for (Outcome& one : waiting) CHECK(one.Wait().ok());
  CHECK((*runner)->waiting() == 0);
}

TEST_CASE("a reader whose deadline passes first is told so, the others go on waiting") {
  TempDir dir;
  Log log;
  HeldStore store(log.store());
  auto database = OpenAll(dir / "models");
  AddOrg(log, 1, "a");
  auto runner = Runner::Start({store, log.codec(), log.keys()}, AllProjections(), *database);
  REQUIRE(runner.ok());
  REQUIRE(WaitFor(**runner, 1).ok());
  store.Silence();
  AddOrg(log, 1, "b");
  Outcome patient, hasty;
  (*runner)->WaitSequence(1, 2, absl::Now() + absl::Minutes(5), patient.Done());
  (*runner)->WaitSequence(1, 2, absl::Now() + absl::Milliseconds(30), hasty.Done());
  // Unless it was folded before the silence.
  const absl::Status status = hasty.Wait();
  if (database->checkpoint().position == 1) {
    CHECK(status.code() == absl::StatusCode::kDeadlineExceeded);
    CHECK(Reason(status) == "sequence.late");
    CHECK_FALSE(patient.HasCome());
    CHECK((*runner)->waiting() == 1);
  }
}

TEST_CASE("who still waits at the end is told so") {
  TempDir dir;
  Log log;
  auto database = OpenAll(dir / "models");
  Outcome outcome;
  {
    auto runner = Runner::Start(log.source(), AllProjections(), *database);
    REQUIRE(runner.ok());
    (*runner)->Applied(1000, outcome.Done());
  }
  CHECK(Reason(outcome.Wait()) == "models.stopped");
}

// The first event again, as a later release would write it.
void AppendForeign(Log& log, uint32_t level, uint32_t kind) {
  OrgEvent event;
  event.mutable_added()->set_name("later");
  const eventstore::StreamKey stream{1, 2, AGGREGATE_ORG, "later"};
  auto encoded = *log.codec().Encode({stream, 1, "o", "a", &event, nullptr}, log.keys());
  store::v1::Body body;
  REQUIRE(body.ParseFromString(encoded.body));
  body.set_level(level);
  body.set_kind(kind);
  encoded.body = body.SerializeAsString();
  eventstore::Commit commit;
  commit.instance = 1;
  commit.reads = {{stream, 0}};
  commit.events.push_back(encoded);
  log.Append(std::move(commit));
}

TEST_CASE("an event of a newer release stops the folding before it, and says so") {
  TempDir dir;
  Log log;
  AddOrg(log, 1, "before");
  const bool level = GENERATE(true, false);
  AppendForeign(log, level ? 99 : 1, level ? 1 : 4000);
  AddOrg(log, 1, "after");
  auto database = OpenAll(dir / "models");
  auto runner = Runner::Start(log.source(), AllProjections(), *database);
  REQUIRE(runner.ok());
  const absl::Status waited = WaitFor(**runner, 3);
  CHECK(waited.code() == absl::StatusCode::kUnavailable);
  CHECK(Reason(waited) == "models.stopped");
  CHECK(Reason((*runner)->Health()) == (level ? "store.level_too_high" : "store.kind_unknown"));
  CHECK_FALSE((*runner)->Ready().ok());
  CHECK(database->checkpoint().position == 1);
  CHECK(Reason(WaitSequence(**runner, 1, 3)) == "models.stopped");
}

// Files may grow up to so many bytes; what is written beyond fails.
class FileLimit {
 public:
  explicit FileLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileLimit() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

TEST_CASE("models that cannot be written are not answered from, and go on when opened again") {
  TempDir dir;
  Log log;
  AddOrg(log, 1, "before");
  std::vector<std::string> told;
  absl::Notification broken;
  RunnerOptions options;
  options.health = [&](const absl::Status& health) { told.push_back(Reason(health)); };
  options.broken = [&] { broken.Notify(); };
  auto database = OpenAll(dir / "models");
  auto runner = Runner::Start(log.source(), AllProjections(), *database, options);
  REQUIRE(runner.ok());
  REQUIRE(WaitFor(**runner, 1).ok());
  CHECK((*runner)->Follows().ok());
  {
    const FileLimit limit(1);
    AddOrg(log, 1, "meanwhile");
    CHECK(Reason(WaitFor(**runner, 2)) == "models.stopped");
    const absl::Status follows = (*runner)->Follows();
    CHECK(Reason(follows) == "models.stopped");
    // Where the files stand is for the operator alone.
    CHECK_THAT(std::string(follows.message()), !Catch::Contains("/"));
    // No use in a new start while the disk takes nothing.
    CHECK_FALSE(broken.WaitForNotificationWithTimeout(absl::Milliseconds(1500)));
  }
  CHECK(broken.WaitForNotificationWithTimeout(absl::Seconds(20)));
  CHECK(Reason((*runner)->Follows()) == "models.stopped");
  runner->reset();
  CHECK(told == std::vector<std::string>{"models.unavailable"});
  database.reset();
  database = OpenAll(dir / "models");
  CHECK(CatchUp(log, *database).ok());
  CHECK(database->checkpoint().position == 2);
}

TEST_CASE("read models of another log or epoch are dropped and folded again") {
  TempDir dir;
  Log log, other(absl::FromUnixSeconds(1'600'000'000));
  AddOrg(log, 1, "mine");
  AddOrg(other, 1, "foreign");
  AddOrg(other, 2, "foreign");
  auto database = OpenAll(dir / "models");
  SECTION("another event at the checkpoint") {
    AddOrg(log, 1, "mine2");
    REQUIRE(CatchUp(other, *database).ok());
  }
  SECTION("another epoch") {
    REQUIRE(CatchUp(other, *database).ok());
    Batch batch(*database);
    Checkpoint checkpoint = database->checkpoint();
    checkpoint.epoch = 99;
    REQUIRE(batch.Commit(checkpoint).ok());
  }
  REQUIRE(CatchUp(log, *database).ok());
  View view = database->Read();
  CHECK(view.Get<row::v1::Org>(1, {"mine"})->has_value());
  CHECK_FALSE(view.Get<row::v1::Org>(1, {"foreign"})->has_value());
  CHECK(view.sequence(2) == 0);
  CHECK_FALSE(database->owners().Exists(2, "foreign"));
  auto rebuilt = Replay(log.source(), AllProjections(), dir / "rebuilt");
  REQUIRE(rebuilt.ok());
  const View b = (*rebuilt)->Read();
  CHECK(Compare(view, b)->equal());
}

TEST_CASE("an erasure that the log loses is none, and the new epoch's models are made at once") {
  TempDir dir;
  Log log, left;
  const auto kept = AddOrg(log, 1, "kept");
  AddOrg(left, 1, "left");
  HeldStore store(log.store());
  auto database = OpenAll(dir / "models");
  absl::Mutex mutex;
  std::vector<std::string> erased, health;
  RunnerOptions options;
  options.seen = [&](const eventstore::EventMeta& event) {
    if (event.type == "user.erased") store.Lose(left.store());
  };
  options.erased = [&](uint64_t, absl::string_view subject) {
    absl::MutexLock lock(&mutex);
    erased.emplace_back(subject);
  };
  options.health = [&](const absl::Status& status) {
    absl::MutexLock lock(&mutex);
    health.push_back(Reason(status));
  };
  auto runner =
      Runner::Start({store, log.codec(), log.keys()}, AllProjections(), *database, options);
  REQUIRE(runner.ok());
  REQUIRE(WaitFor(**runner, kept.position).ok());
  log.EraseSubject(1, "ada");
  for (int i = 0; i < 500 && database->checkpoint().epoch != 2; ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  // A commit in the new epoch: erasures are told after one.
  AddOrg(left, 1, "next");
  REQUIRE(WaitFor(**runner, left.store().ReadLogHead()->position).ok());
  View view = database->Read();
  CHECK(view.epoch() == 2);
  CHECK(view.Get<row::v1::Org>(1, {"left"})->has_value());
  CHECK_FALSE(view.Get<row::v1::Org>(1, {"kept"})->has_value());
  CHECK_FALSE(database->owners().Exists(1, "kept"));
  CHECK(database->owners().Exists(1, "left"));
  // Who committed to the lost log hears it only now, and does not wait for the new one to get there.
  Outcome late, next;
  (*runner)->Applied(1000, late.Done());
  CHECK(Reason(late.Wait()) == "models.stopped");
  // The next that may come is waited for, unless it was to come in the lost log.
  Outcome lost, beyond;
  (*runner)->Beyond(999, lost.Done());
  CHECK(Reason(lost.Wait()) == "models.stopped");
  (*runner)->Beyond(left.store().ReadLogHead()->position, beyond.Done());
  Outcome again;
  (*runner)->Applied(1000, again.Done());
  CHECK(Reason(again.Wait()) == "models.stopped");
  CHECK_FALSE(beyond.HasCome());
  const auto after = AddOrg(left, 1, "after");
  (*runner)->Applied(after.position, next.Done());
  CHECK(next.Wait().ok());
  CHECK(beyond.Wait().ok());
  absl::MutexLock lock(&mutex);
  CHECK(erased == std::vector<std::string>{});
  CHECK(health == std::vector<std::string>{"models.stopped", ""});
}

TEST_CASE("a log that ends below what was acknowledged is refused") {
  TempDir dir;
  Log log, shorter;
  for (int i = 0; i < 5; ++i) AddOrg(log, 1, std::to_string(i));
  AddOrg(shorter, 1, "0");
  auto database = OpenAll(dir / "models");
  REQUIRE(CatchUp(log, *database).ok());
  const auto runner = Runner::Start(shorter.source(), AllProjections(), *database);
  REQUIRE_FALSE(runner.ok());
  CHECK(runner.status().code() == absl::StatusCode::kDataLoss);
  CHECK(Reason(runner.status()) == "store.behind_models");
  CHECK(database->checkpoint().position == 5);
}

TEST_CASE("the main tree's root is that of the log's leaves, at each view") {
  TempDir dir;
  Log log;
  auto database = OpenAll(dir / "models");
  CHECK(database->Read().MainTree(1)->root == eventstore::EmptyRoot().str());
  auto runner = Runner::Start(log.source(), AllProjections(), *database, {.batch_events = 3});
  REQUIRE(runner.ok());
  eventstore::MerkleFrontier expected;
  for (int i = 1; i <= 40; ++i) {
    AddOrg(log, i % 3 == 0 ? 2 : 1, std::to_string(i));
  }
  REQUIRE(log.store()
              .ReadInstance(1, 1, 1000,
                            [&](const eventstore::StoredEvent& event) {
                              expected.Append(*Digest::From(eventstore::LeafHash(event)));
                              return true;
                            })
              .ok());
  REQUIRE(WaitFor(**runner, 40).ok());
  View view = database->Read();
  const auto tree = view.MainTree(1);
  REQUIRE(tree.ok());
  CHECK(tree->leaves == expected.size());
  CHECK(tree->root == expected.Root().str());
  const auto leaves = view.MainLeaves(1, 3, 9);
  REQUIRE(leaves.ok());
  CHECK(leaves->size() == 6);
  CHECK(view.MainLeaves(1, 25, 9000)->size() == expected.size() - 25);
  CHECK(view.MainTree(2)->leaves == 13);
}

TEST_CASE("named tables are replayed alone, and an unknown name is refused") {
  TempDir dir;
  Log log;
  Script(log, 61).Raise(300);
  auto database = OpenAll(dir / "models");
  REQUIRE(CatchUp(log, *database).ok());
  auto chosen = Named(AllProjections(), {"User", "muniment.row.v1.Member"});
  REQUIRE(chosen.ok());
  auto rebuilt = Replay(log.source(), *chosen, dir / "some");
  REQUIRE(rebuilt.ok());
  const View a = database->Read();
  const View b = (*rebuilt)->Read();
  const auto comparison = Compare(a, b);
  REQUIRE(comparison.ok());
  CHECK(comparison->equal());
  CHECK(comparison->parts.size() == 2 * 4 + 1);
  CHECK(Reason(Named(AllProjections(), {"Users"}).status()) == "replay.unknown_table");
}

}  // namespace
}  // namespace muniment::projections
