#include "command/router.h"

#include <atomic>
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "eventstore/commit.h"
#include "tests/command/fixture.h"
#include "tests/eventstore/passing_store.h"

namespace muniment::command {
namespace {

using zitadel::org::v2::UpdateOrganizationRequest;
using zitadel::org::v2::UpdateOrganizationResponse;

using Function = std::function<absl::StatusOr<UpdateOrganizationResponse>(
    Unit&, const UpdateOrganizationRequest&)>;

Handler OrgHandler(const std::string& name, Function function) {
  return TestHandler<UpdateOrganizationRequest, UpdateOrganizationResponse>(
      name, OrgRule("org.write"), std::move(function));
}

UpdateOrganizationRequest On(const std::string& org) {
  UpdateOrganizationRequest request;
  request.set_organization_id(org);
  return request;
}

absl::Status RaiseName(Unit& unit, const Ref<Org>& org, const std::string& name) {
  event::v1::OrgChanged changed;
  changed.set_name(name);
  unit.Raise(org, std::move(changed));
  return absl::OkStatus();
}

// The organization's name is a number; each command adds one to what it read.
absl::StatusOr<UpdateOrganizationResponse> Count(Unit& unit, const UpdateOrganizationRequest&) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
  int count = 0;
  (void)absl::SimpleAtoi(org->name, &count);
  RETURN_IF_ERROR(RaiseName(unit, org, absl::StrCat(count + 1)));
  return UpdateOrganizationResponse();
}

std::string NameOf(Router& node, const std::string& id) {
  std::string name;
  REQUIRE(World::AsSystem(node, [&](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto org, unit.Load<Org>(id));
            name = org->name;
            return absl::OkStatus();
          }).ok());
  return name;
}

// Runs `calls` of Count, `each` on which node.
void RunCounts(World& world, int calls, const std::function<Router&(int)>& each) {
  absl::BlockingCounter left(calls);
  std::atomic<int> failed{0};
  for (int i = 0; i < calls; ++i) {
    each(i).Run(World::Call("count", On("100"), CallerOf("owner")),
                [&](absl::StatusOr<CommandAnswer> answer) {
                  if (!answer.ok()) ++failed;
                  left.DecrementCount();
                });
  }
  left.Wait();
  CHECK(failed == 0);
  CHECK(NameOf(*world.router, "100") == absl::StrCat(calls));
}

TEST_CASE("commands racing on one stream are decided one after the other, and none is lost") {
  World world({OrgHandler("count", Count)});
  RunCounts(world, 300, [&](int) -> Router& { return *world.router; });
  // They queue instead of losing to each other.
  CHECK(world.router->totals().conflicts <= 3);
}

TEST_CASE("commands racing on two nodes are serial too") {
  RouterOptions options;
  options.max_conflicts = 1000;
  World world({OrgHandler("count", Count)}, options);
  const auto other = world.Node();
  RunCounts(world, 100, [&](int i) -> Router& { return i % 2 == 0 ? *world.router : *other; });
}

TEST_CASE("a stream that was only read, and moved, makes the command decide again") {
  std::unique_ptr<Router> other;
  int runs = 0;
  World world({OrgHandler(
      "copy", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
        ASSIGN_OR_RETURN(const auto source, unit.LoadAny<Org>("200"));
        if (++runs == 1) REQUIRE(World::Rename(*other, "200", "Moved").ok());
        RETURN_IF_ERROR(RaiseName(unit, org, absl::StrCat("Copy of ", source->name)));
        return UpdateOrganizationResponse();
      })});
  other = world.Node();
  REQUIRE(NameOf(*world.router, "200") == "Away");
  runs = 0;
  const auto answer = world.Run("copy", On("100"), CallerOf("owner"));
  REQUIRE(answer.ok());
  CHECK(answer->counters.conflicts == 1);
  CHECK(answer->counters.commits == 2);
  CHECK(NameOf(*world.router, "100") == "Copy of Moved");
}

TEST_CASE("a refusal made of old streams is not given") {
  std::unique_ptr<Router> other;
  World world({OrgHandler(
      "if_open", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
        if (org->name != "open")
          return Error(absl::StatusCode::kFailedPrecondition, "x.closed", "");
        return UpdateOrganizationResponse();
      })});
  CHECK(Reason(world.Run("if_open", On("100"), CallerOf("owner")).status()) == "x.closed");
  other = world.Node();
  REQUIRE(World::Rename(*other, "100", "open").ok());
  const auto answer = world.Run("if_open", On("100"), CallerOf("owner"));
  REQUIRE(answer.ok());
  CHECK(answer->counters.conflicts == 1);
  CHECK(answer->counters.commits == 0);
  // And the other way round: what was open is closed by now.
  REQUIRE(World::Rename(*other, "100", "closed again").ok());
  CHECK(Reason(world.Run("if_open", On("100"), CallerOf("owner")).status()) == "x.closed");
}

TEST_CASE("a refusal that read no stream asks the store for nothing") {
  World world;
  const CommandCounters before = world.router->totals();
  CHECK(Reason(world.AsSystem([](Unit&) {
          return Error(absl::StatusCode::kInvalidArgument, "x.bad", "");
        })) == "x.bad");
  const CommandCounters after = world.router->totals();
  CHECK(after.checks == before.checks);
  CHECK(after.loads == before.loads);
}

TEST_CASE("inputs are taken once however often the handler runs") {
  std::unique_ptr<Router> other;
  int runs = 0;
  std::set<std::string> seen;
  World world({OrgHandler(
      "moving", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
        ASSIGN_OR_RETURN(const auto source, unit.LoadAny<Org>("200"));
        ASSIGN_OR_RETURN(const std::string hash, unit.Hash("secret"));
        ASSIGN_OR_RETURN(const bool right, unit.Verify("200", "secret", hash));
        ASSIGN_OR_RETURN(const bool wrong, unit.Verify("200", "other", hash));
        const std::string first = unit.NewId();
        const std::string second = unit.NewId();
        CHECK(first != second);
        seen.insert(absl::StrCat(hash, right, wrong, first, second, unit.NewSecret(16),
                                 absl::FormatTime(unit.Now())));
        if (++runs <= 20) REQUIRE(World::Rename(*other, "200", absl::StrCat("M", runs)).ok());
        RETURN_IF_ERROR(RaiseName(unit, org, source->name + "!"));
        return UpdateOrganizationResponse();
      })});
  other = world.Node();
  const auto answer = world.Run("moving", On("100"), CallerOf("owner"));
  REQUIRE(answer.ok());
  CHECK(answer->counters.conflicts == 20);
  CHECK(answer->counters.hashes == 3);
  CHECK(world.hashed == 3);
  CHECK(seen.size() == 1);
  CHECK(NameOf(*world.router, "100") == "M20!");
}

TEST_CASE("a handler that swallows what is not at hand yet answers only when it is") {
  std::string saw;
  World world({OrgHandler(
      "swallows", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        RETURN_IF_ERROR(unit.LoadTarget<Org>().status());
        const auto away = unit.LoadAny<Org>("200");
        const auto hash = unit.Hash("secret");
        saw = absl::StrCat(away.ok() ? (*away)->name : "-", hash.ok() ? *hash : "-");
        if (!away.ok()) return Error(absl::StatusCode::kNotFound, "x.made_up", "");
        return UpdateOrganizationResponse();
      })});
  const auto cold = world.Node();
  const auto answer = Await(*cold, World::Call("swallows", On("100"), CallerOf("owner")));
  REQUIRE(answer.ok());
  CHECK(saw == "Awayhash of secret");
  CHECK(answer->counters.loads > 0);
}

TEST_CASE("a handler that waits for nothing is our fault") {
  World world;
  const absl::Status status = world.AsSystem([](Unit&) { return Pending(); });
  CHECK(status.code() == absl::StatusCode::kInternal);
  CHECK_FALSE(IsPending(status));
}

TEST_CASE("a command that never gets through ends as contended, and stores nothing") {
  std::unique_ptr<Router> other;
  int runs = 0;
  RouterOptions options;
  options.max_conflicts = 5;
  World world(
      {OrgHandler("hopeless",
                  [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
                    ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
                    REQUIRE(World::Rename(*other, "100", absl::StrCat("R", ++runs)).ok());
                    RETURN_IF_ERROR(RaiseName(unit, org, "mine"));
                    return UpdateOrganizationResponse();
                  })},
      options);
  other = world.Node();
  const auto answer = world.Run("hopeless", On("100"), CallerOf("owner"));
  CHECK(answer.status().code() == absl::StatusCode::kAborted);
  CHECK(Reason(answer.status()) == "command.contended");
  CHECK(NameOf(*other, "100") != "mine");
}

TEST_CASE("a cache that holds hardly anything makes commands slower, not wrong") {
  RouterOptions options;
  options.cached_streams = 1;
  options.cached_bytes = 1;
  World world({OrgHandler("count", Count)}, options);
  RunCounts(world, 30, [&](int) -> Router& { return *world.router; });
}

TEST_CASE("a hash that cannot be made before the deadline is refused at once") {
  absl::Notification go;
  PasswordFunctions slow{[&](absl::string_view) -> absl::StatusOr<std::string> {
                           go.WaitForNotification();
                           return std::string("hash");
                         },
                         [](absl::string_view, absl::string_view) { return true; }};
  HashPool pool(1, slow);
  absl::BlockingCounter left(4);
  std::atomic<int> made{0}, refused{0};
  const auto count = [&](absl::StatusOr<std::string> hash) {
    if (hash.ok()) ++made;
    if (Reason(hash.status()) == "command.hash_queue_full") ++refused;
    left.DecrementCount();
  };
  const absl::Time begin = absl::Now();
  for (int i = 0; i < 3; ++i) pool.Hash(Secret("p"), begin + absl::Seconds(60), count);
  // Three of 20 ms each stand before it.
  pool.Hash(Secret("p"), begin + absl::Milliseconds(40), count);
  CHECK(refused == 1);
  go.Notify();
  left.Wait();
  CHECK(made == 3);
}

TEST_CASE("a call that is parked beyond its deadline is answered then") {
  absl::Notification go;
  World world({OrgHandler(
      "hashes", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
        ASSIGN_OR_RETURN(const std::string hash, unit.Hash("secret"));
        RETURN_IF_ERROR(RaiseName(unit, org, hash));
        return UpdateOrganizationResponse();
      })});
  world.passwords.hash = [&](absl::string_view) -> absl::StatusOr<std::string> {
    go.WaitForNotification();
    return std::string("hash");
  };
  const auto node = world.Node();
  const uint64_t before = world.Events();
  const auto answer = Await(*node, World::Call("hashes", On("100"), CallerOf("owner"),
                                               absl::Now() + absl::Milliseconds(200)));
  CHECK(answer.status().code() == absl::StatusCode::kDeadlineExceeded);
  go.Notify();
  CHECK(Reason(Await(*node, World::Call("hashes", On("100"), CallerOf("owner"),
                                        absl::Now() - absl::Seconds(1)))
                   .status()) == "command.deadline");
  CHECK(world.Events() == before);
}

TEST_CASE("calls that end just when their deadline passes are each answered once") {
  World world({OrgHandler("count", Count)});
  constexpr int kCalls = 3000;
  absl::BlockingCounter left(kCalls);
  std::atomic<int> answered{0}, late{0}, other{0};
  for (int i = 0; i < kCalls; ++i) {
    world.router->Run(World::Call("count", On("100"), CallerOf("owner"),
                                  absl::Now() + absl::Microseconds(i % 600)),
                      [&](absl::StatusOr<CommandAnswer> answer) {
                        const bool deadline =
                            answer.status().code() == absl::StatusCode::kDeadlineExceeded;
                        ++(answer.ok() ? answered : deadline ? late : other);
                        left.DecrementCount();
                      });
  }
  left.Wait();
  CHECK(answered + late == kCalls);
  CHECK(other == 0);
  CHECK(NameOf(*world.router, "100") == (answered == 0 ? "Home" : absl::StrCat(answered.load())));
}

TEST_CASE("calls beyond the limit are refused, not queued") {
  RouterOptions options;
  options.max_calls = 1;
  absl::Notification go, entered;
  World world(
      {OrgHandler("waits",
                  [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
                    RETURN_IF_ERROR(unit.LoadTarget<Org>().status());
                    entered.Notify();
                    go.WaitForNotification();
                    return UpdateOrganizationResponse();
                  })},
      options);
  absl::Notification done;
  world.router->Run(World::Call("waits", On("100"), CallerOf("owner")),
                    [&](absl::StatusOr<CommandAnswer> answer) {
                      CHECK(answer.ok());
                      done.Notify();
                    });
  entered.WaitForNotification();
  CHECK(Reason(world.Run("waits", On("100"), CallerOf("owner")).status()) == "command.busy");
  go.Notify();
  done.WaitForNotification();
}

TEST_CASE("a commit that is too large is refused and stores nothing") {
  World world({OrgHandler(
      "floods", [&](Unit& unit, const auto&) -> absl::StatusOr<UpdateOrganizationResponse> {
        ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
        for (int i = 0; i < 501; ++i) RETURN_IF_ERROR(RaiseName(unit, org, absl::StrCat(i)));
        return UpdateOrganizationResponse();
      })});
  const uint64_t before = world.Events();
  CHECK(Reason(world.Run("floods", On("100"), CallerOf("owner")).status()) ==
        "store.commit_too_large");
  CHECK(world.Events() == before);
}

TEST_CASE("the answer goes out when the read models stand where the commit does") {
  World world({OrgHandler("count", Count)});
  uint64_t asked = 0;
  bool applied = false;
  RouterPorts ports;
  ports.store = &world.store;
  ports.codec = &world.codec;
  ports.keys = &world.keys;
  ports.lookup = &world.lookup;
  ports.ids = &world.ids;
  ports.clock = &SystemClock();
  ports.applied = [&](uint64_t position, absl::AnyInvocable<void()> done) {
    asked = position;
    applied = true;
    done();
  };
  Router node(ports, {OrgHandler("count", Count)});
  const auto answer = Await(node, World::Call("count", On("100"), CallerOf("owner")));
  REQUIRE(answer.ok());
  CHECK(applied);
  CHECK(asked == answer->position);
  CHECK(answer->sequence == world.Events());
}

// As where the log has a new epoch by the time it is asked.
class RefusesOnce final : public eventstore::PassingStore {
 public:
  using PassingStore::PassingStore;
  void Append(eventstore::Commit commit, eventstore::CommitDone done) override {
    if (!std::exchange(refused, true)) return done(eventstore::ConflictError());
    PassingStore::Append(std::move(commit), std::move(done));
  }
  bool refused = false;
};

TEST_CASE("a command that read nothing is decided again too where the store refuses it") {
  World world;
  RefusesOnce store(world.store);
  RouterPorts ports;
  ports.store = &store;
  ports.codec = &world.codec;
  ports.keys = &world.keys;
  ports.lookup = &world.lookup;
  ports.ids = &world.ids;
  ports.clock = &SystemClock();
  Router node(ports, {});
  int runs = 0;
  CHECK(World::AsSystem(node, [&runs](Unit&) {
          ++runs;
          return absl::OkStatus();
        }).ok());
  CHECK(store.refused);
  CHECK(runs == 2);
}

TEST_CASE("warm commands read nothing and cost one commit") {
  World world({OrgHandler("count", Count)});
  REQUIRE(world.Run("count", On("100"), CallerOf("owner")).ok());
  const auto answer = world.Run("count", On("100"), CallerOf("owner"));
  REQUIRE(answer.ok());
  CHECK(answer->counters.runs == 1);
  CHECK(answer->counters.loads == 0);
  CHECK(answer->counters.commits == 1);
  CHECK(answer->counters.checks == 0);
  CHECK(answer->counters.hashes == 0);
}

TEST_CASE("dates and details are the log's") {
  World world({OrgHandler("touch",
                          [](Unit& unit, const UpdateOrganizationRequest& request)
                              -> absl::StatusOr<UpdateOrganizationResponse> {
                            ASSIGN_OR_RETURN(const auto org, unit.LoadTarget<Org>());
                            if (org->name != request.name())
                              RETURN_IF_ERROR(RaiseName(unit, org, request.name()));
                            return UpdateOrganizationResponse();
                          })});
  auto request = On("100");
  request.set_name("New");
  const auto changed = world.Run("touch", request, CallerOf("owner"));
  REQUIRE(changed.ok());
  const auto& first = static_cast<const UpdateOrganizationResponse&>(*changed->response);
  CHECK(first.change_date().seconds() > 0);
  // Nothing changes: the date is of the newest event.
  const auto same = world.Run("touch", request, CallerOf("owner"));
  REQUIRE(same.ok());
  const auto& second = static_cast<const UpdateOrganizationResponse&>(*same->response);
  CHECK(second.change_date().seconds() == first.change_date().seconds());
  CHECK(second.change_date().nanos() == first.change_date().nanos());
  CHECK(same->counters.commits == 0);
  CHECK(same->counters.checks == 1);
}

}  // namespace
}  // namespace muniment::command
