// What a start brings up to date, waits for, and refuses.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <thread>

#include "base/error.h"
#include "command/instance/instance.h"
#include "gateway/program.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

// How often each kind of event stands in the log.
std::map<std::string, int> Kinds(const Config& config) {
  StorageOptions options;
  options.follow = true;
  const auto storage = Storage::Open(config, options);
  REQUIRE(storage.status().message() == "");
  std::map<std::string, int> kinds;
  const absl::Status read =
      (*storage)->store().ReadLog(0, [&](const eventstore::StoredEvent& stored) {
        ++kinds[(*storage)->codec().DecodeClear(stored)->meta.type];
        return true;
      });
  REQUIRE(read.ok());
  return kinds;
}

// An instance as an older release might have left it: without any of today's settings.
void FoundBare(Node& node) {
  const absl::Status founded =
      node.RunOnFirstInstance({.name = "test"}, [](command::Unit& unit) -> absl::Status {
        ASSIGN_OR_RETURN(const auto instance,
                         unit.LoadAny<command::Instance>(command::InstanceScope()));
        event::v1::InstanceAdded added;
        added.set_name("old");
        unit.Raise(instance, std::move(added));
        return absl::OkStatus();
      });
  REQUIRE(founded.message() == "");
}

void AwaitReady(Node& node) {
  for (int i = 0; i < 2000 && !node.Ready().ok(); ++i) absl::SleepFor(absl::Milliseconds(10));
  REQUIRE(node.Ready().message() == "");
}

const char* const kDefaults[] = {
    "instance.policy.password.complexity.added", "instance.policy.domain.added",
    "instance.policy.login.added",               "instance.policy.lockout.added",
    "instance.policy.password.age.added",        "instance.policy.notification.added"};

TEST_CASE("an instance of an older release gets the settings that came since, before it serves") {
  const DataDir data;
  const Config config = *data.Load({{"FirstInstance.Skip", "true"}});
  {
    auto node = Node::Open(config, {});
    REQUIRE(node.ok());
    FoundBare(**node);
    REQUIRE((*node)->Serve().ok());
    CHECK((*node)->Ready().ok());
  }
  auto kinds = Kinds(config);
  for (const char* kind : kDefaults) {
    INFO(kind);
    CHECK(kinds[kind] == 1);
  }
  SECTION("and the next start raises nothing") {
    {
      auto node = Node::Open(config, {});
      REQUIRE(node.ok());
      REQUIRE((*node)->Serve().ok());
    }
    CHECK(Kinds(config) == kinds);
  }
}

TEST_CASE("of nodes that start at the same moment on an older log one raises its settings") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[3];
  const auto load = [&](int i) { return store.Load(data[i], {{"FirstInstance.Skip", "true"}}); };
  {
    auto node = Node::Open(load(0), {});
    REQUIRE(node.ok());
    FoundBare(**node);
  }
  std::unique_ptr<Node> nodes[3];
  std::vector<std::thread> starting;
  for (int i = 0; i < 3; ++i) {
    starting.emplace_back([&nodes, i, config = load(i)] {
      auto node = Node::Open(config, {});
      if (node.ok() && (*node)->Serve().ok()) nodes[i] = *std::move(node);
    });
  }
  for (std::thread& thread : starting) thread.join();
  for (const auto& node : nodes) {
    REQUIRE(node != nullptr);
    AwaitReady(*node);
  }
  auto kinds = Kinds(load(0));
  for (const char* kind : kDefaults) {
    INFO(kind);
    CHECK(kinds[kind] == 1);
  }
}


// What /debug/ready answers, and a call under that host.
std::string Get(const std::string& url, const std::string& host = "localhost") {
  return RunShell("curl -s -m 5 -H 'Host: " + host + "' -H 'Content-Type: application/json' " + url)
      .output;
}

TEST_CASE("an external domain that is set later is served, beside those that were") {
  const DataDir data;
  const auto call = [&](Server& server, const std::string& host) {
    return Get(absl::StrCat("http://127.0.0.1:", server.node().port(),
                            "/v2/users -d '{}' -H 'Authorization: Bearer ", data.token(), "'"),
               host);
  };
  {
    Server server(*data.Load());
    CHECK(call(server, "localhost").find("totalResult") != std::string::npos);
    CHECK(call(server, "id.example.com").find("instance.not_found") != std::string::npos);
    CHECK(server.node().PublicHost() == "localhost");
  }
  const Config moved = *data.Load({{"ExternalDomain", "Id.Example.com"}});
  {
    Server server(moved);
    for (const char* host : {"localhost", "id.example.com", "127.0.0.1"}) {
      INFO(host);
      CHECK(call(server, host).find("totalResult") != std::string::npos);
    }
    CHECK(server.node().PublicHost() == "id.example.com");
  }
  auto kinds = Kinds(moved);
  CHECK(kinds["instance.domain.added"] == 4);
  CHECK(kinds["instance.domain.primary.set"] == 2);
  { Server again(moved); }
  CHECK(Kinds(moved) == kinds);
  // Where nothing is said nothing changes.
  Server server(*data.Load());
  CHECK(call(server, "id.example.com").find("totalResult") != std::string::npos);
  CHECK(server.node().PublicHost() == "localhost");
}

TEST_CASE("a store whose instance has another host than the default says that one") {
  const DataDir data;
  { Server server(*data.Load({{"ExternalDomain", "id.example.com"}})); }
  auto node = Node::Open(*data.Load(), {});
  REQUIRE(node.ok());
  REQUIRE((*node)->Serve().ok());
  CHECK((*node)->PublicHost() == "id.example.com");
}

TEST_CASE("a taken port leaves nothing behind") {
  const DataDir data, other;
  Server taken(*data.Load());
  const auto node =
      Node::Open(*other.Load({{"Port", absl::StrCat(taken.node().port())}}), {});
  CHECK(Reason(node.status()) == "net.bind");
  CHECK(std::filesystem::is_empty(other.path()));
}

TEST_CASE("a data directory that cannot be written to is told with its path and the cause") {
  const DataDir data;
  const std::string own = data.path() + "/own";
  std::filesystem::create_directory(own);
  std::filesystem::permissions(data.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(own, std::filesystem::perms(0555));
  for (const std::string& path : {own, own + "/new"}) {
    const Run run = RunAsNobody("start --port 0 --address 127.0.0.1 --data-dir " + path);
    INFO(run.output);
    CHECK(run.code == 1);
    CHECK(Says(run, "The data directory cannot be written to: " + path + ": Permission denied."));
    CHECK(Says(run, "[file.unwritable]"));
  }
  CHECK(std::filesystem::is_empty(own));
  // One that stands and is another user's, for who reads beside a server.
  std::filesystem::create_directories(own + "/log");
  std::filesystem::permissions(own + "/log", std::filesystem::perms(0));
  const Run verify = RunAsNobody("verify --data-dir " + own + " --master-key-path /dev/null");
  CHECK(verify.code == 1);
  CHECK_FALSE(Says(verify, "There is no log"));
}

TEST_CASE("a start waits for a database that is away, and says so on its port") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const uint16_t port = FreePort();
  const Config config = store.Load(data, {{"Port", absl::StrCat(port)}});
  const std::string url = absl::StrCat("http://127.0.0.1:", port);
  SharedStore::server().Stop(/*crash=*/false);
  int tries = 0;
  NodeOptions options;
  options.wait = [&](const absl::Status& why) {
    CHECK(Reason(why) == "store.unavailable");
    if (++tries < 2) return true;
    CHECK(Get(url + "/debug/ready") == "store.unavailable\n");
    CHECK(Get(url + "/debug/healthz") == "ok\n");
    CHECK(Get(url + "/v2/users -d '{}'").find("store.unavailable") != std::string::npos);
    SharedStore::server().Start();
    return true;
  };
  auto node = Node::Open(config, options);
  REQUIRE(node.status().message() == "");
  CHECK(tries >= 2);
  REQUIRE((*node)->MakeFirstInstance().ok());
  CHECK(Get(url + "/debug/ready") == "server.starting\n");
  CHECK(Get(url + "/v2/users -d '{}'").find("server.starting") != std::string::npos);
  REQUIRE((*node)->Serve().ok());
  CHECK(Get(url + "/debug/ready") == "ok\n");
  CHECK(Get(url + "/v2/users -d '{}'").find("auth.required") != std::string::npos);
}

TEST_CASE("a start that waits ends when it is told to") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const Config config = store.Load(data);
  SharedStore::server().Stop(/*crash=*/false);
  NodeOptions options;
  options.wait = [](const absl::Status&) { return false; };
  CHECK(Reason(Node::Open(config, options).status()) == "server.stopped");
  CHECK(Reason(Node::Open(config, {}).status()) == "store.unavailable");
  SharedStore::server().Start();
}

TEST_CASE("what waiting does not mend is told at once") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const std::string url = SharedStore::server().url();
  struct Case {
    std::string url, reason, told;
  };
  for (const Case& each : std::vector<Case>{
           {url + " dbname=wombat", "store.refused", "database \"wombat\" does not exist"},
           {url + " user=wombat", "store.refused", "role \"wombat\" does not exist"},
           {"postgresql://u:s3cret@h:port/db", "store.url", "not understood"},
           {"postgresql://u:s3cret@[h/db", "store.url", "not understood"},
           {"password=s3cret wombat", "store.url", "not understood"}}) {
    NodeOptions options;
    options.wait = [](const absl::Status& why) {
      FAIL_CHECK("It waits: " << why);
      return false;
    };
    const auto node = Node::Open(store.Load(data, {{"Store.Postgres.URL", each.url}}), options);
    INFO(each.reason << ": " << node.status().message());
    CHECK(Reason(node.status()) == each.reason);
    CHECK(std::string(node.status().message()).find(each.told) != std::string::npos);
    CHECK(std::string(node.status().message()).find("s3cret") == std::string::npos);
    CHECK(std::string(node.status().message()).find("LOCATION") == std::string::npos);
  }
}

std::string FlagsOf(const DataDir& data, absl::Time token_ends) {
  return absl::StrCat("--address 127.0.0.1 --data-dir ", data.path(),
                      " --first-instance.org.machine.pat.expiration-date ",
                      absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", token_ends, absl::UTCTimeZone()));
}

// A data directory with its first start behind it, and a token that lasts.
std::string Founded(const DataDir& data) {
  const absl::CivilSecond last(9999, 12, 31, 23, 59, 59);
  const std::string flags = FlagsOf(data, absl::FromCivil(last, absl::UTCTimeZone()));
  REQUIRE(RunUntilServing("start --port 0 " + flags).code == 0);
  return flags;
}

// The same with a token that has ended. A first start that comes after its end is refused, as may
// be on a busy machine; then it gets more time.
std::string Outlived(const DataDir& data) {
  for (const int seconds : {3, 10, 60}) {
    const absl::Time ends = absl::Now() + absl::Seconds(seconds);
    const std::string flags = FlagsOf(data, ends);
    const Run run = RunUntilServing("start --port 0 " + flags);
    INFO(run.output);
    REQUIRE((run.code == 0 || Says(run, "[config.invalid_value]")));
    if (run.code != 0) continue;
    while (absl::Now() < ends) absl::SleepFor(absl::Milliseconds(100));
    return flags;
  }
  FAIL("No first start was in time.");
  return "";
}

// How many events name that in their audit context.
int EventsFrom(const Config& config, const std::string& user_agent) {
  StorageOptions options;
  options.follow = true;
  const auto storage = Storage::Open(config, options);
  REQUIRE(storage.status().message() == "");
  int count = 0;
  const absl::Status read =
      (*storage)->store().ReadLog(0, [&](const eventstore::StoredEvent& stored) {
        const auto event = (*storage)->codec().Decode(stored, (*storage)->keys());
        REQUIRE(event.ok());
        if (event->context.has_value() && event->context->user_agent().rfind(user_agent, 0) == 0) {
          ++count;
        }
        return true;
      });
  REQUIRE(read.ok());
  return count;
}

TEST_CASE("a token that opens nothing is not held out, and recover makes another") {
  const DataDir data;
  const std::string flags = Outlived(data);
  const Run dead = RunUntilServing("start --port 0 " + flags);
  CHECK(Says(dead, "opens nothing any more"));
  CHECK(Says(dead, "recover --help"));
  CHECK_FALSE(Says(dead, "--token-file"));

  const Run recovered = RunProgram("recover --data-dir " + data.path());
  INFO(recovered.output);
  CHECK(recovered.code == 0);
  CHECK(Says(recovered, "administers the instance now: IAM_OWNER"));
  // The machine, its token and its role.
  CHECK(EventsFrom(*data.Load(), "muniment recover by uid ") == 3);
  const std::string port = absl::StrCat(FreePort()), pat = data.path() + "/recovery.pat";
  const Run served = RunUntilServing(
      absl::StrCat("start --port ", port, " ", flags),
      absl::StrCat(MUNIMENT_PROGRAM, " call OrganizationService/AddOrganization '{\"name\": \"New\"}'",
                   " --token-file ", pat, " --url http://127.0.0.1:", port));
  CHECK(Says(served, "organizationId"));
  CHECK((std::filesystem::status(pat).permissions() & std::filesystem::perms(077)) ==
        std::filesystem::perms::none);
}

TEST_CASE("recover gives an existing user the instance back, whatever keeps him out") {
  const DataDir data;
  const std::string flags = Founded(data);
  const std::string recover = absl::StrCat("recover --data-dir ", data.path(), " --user ");
  const std::string port = absl::StrCat(FreePort());
  const std::string call = absl::StrCat(MUNIMENT_PROGRAM, " call UserService/");
  const std::string rest =
      absl::StrCat(" --token-file ", data.path(), "/admin.pat --url http://127.0.0.1:", port);
  const Run locked = RunUntilServing(
      absl::StrCat("start --port ", port, " ", flags),
      absl::StrCat("id=$(", call, "ListUsers '{}'", rest,
                   " | grep -B30 '\"username\": \"admin\"' | grep userId | tail -1 | tr -dc 0-9); ",
                   MUNIMENT_PROGRAM, " call SessionService/CreateSession \"{\\\"checks\\\": {",
                   "\\\"user\\\": {\\\"userId\\\": \\\"$id\\\"}, \\\"password\\\": ",
                   "{\\\"password\\\": \\\"a wrong one\\\"}}}\"", rest, "; ",
                   call, "LockUser \"{\\\"userId\\\": \\\"$id\\\"}\"", rest));
  INFO(locked.output);
  const Run person = RunProgram(recover + "admin");
  INFO(person.output);
  CHECK(person.code == 0);
  CHECK(Says(person, "unlocked the user"));
  CHECK(Says(person, "CreateSession and SetSession of zitadel.session.v2"));
  // Unlocked, and the wrong password counts no more.
  CHECK(EventsFrom(*data.Load(), "muniment recover by uid ") == 2);
  CHECK_FALSE(std::filesystem::exists(data.path() + "/recovery.pat"));
  const Run machine = RunProgram(recover + "admin-machine --lifetime 2h");
  CHECK(machine.code == 0);
  CHECK(std::filesystem::exists(data.path() + "/recovery.pat"));
  CHECK(Says(RunProgram(recover + "wombat"), "[user.not_found]"));
  CHECK(Says(RunProgram(recover + "admin --lifetime 1y"), "[recover.lifetime]"));
  CHECK(Says(RunProgram("recover --data-dir /tmp/muniment-there-is-none"), "[store.not_founded]"));
  const Run verified = RunProgram("verify --data-dir " + data.path());
  CHECK(Says(verified, "sound"));
}

TEST_CASE("recover leaves a store that a server runs on alone") {
  const DataDir data;
  Server server(*data.Load());
  const Run run = RunProgram("recover --data-dir " + data.path());
  CHECK(run.code == 1);
  CHECK(Says(run, "[store.in_use]"));
}

}  // namespace
}  // namespace muniment::gateway
