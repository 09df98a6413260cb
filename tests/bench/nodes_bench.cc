// Nodes over one PostgreSQL, as processes: how a fresh one gets ready, what a node writes and reads,
// when another shows it, and what they ask while nobody calls. All of it shares the machine.
#include <filesystem>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "base/crypto.h"
#include "base/secret.h"
#include "contract/postgres_server.h"
#include "gateway/reactors/retention.h"
#include "projections/snapshot.h"
#include "tests/bench/bench.h"
#include "tests/bench/load_client.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_postgres.h"
#include "tests/bench/server.h"

namespace muniment::bench {
namespace {

using eventstore::PostgresServer;
using zitadel::user::v2::GetUserByIDRequest;
using zitadel::user::v2::SetUserMetadataRequest;

constexpr int kMostSessions = 32;
constexpr int kMostNodes = 3, kIdleNodes = 5;
constexpr int kRounds = 300;
// Behind what every node does once after its start: it polls, and asks whether retention is its.
const absl::Duration kUntilIdle = gateway::RetentionOptions().after_start + absl::Seconds(30);
constexpr absl::Duration kIdle = absl::Seconds(120);

// One log, and a folder for each node over it.
class Shared {
 public:
  Shared(const Options& options, PostgresServer& server)
      : server(server),
        folder_(options.folder),
        program_(options.program),
        key_(HexEncode(RandomBytes(32))) {
    MakeInstance(config(1));
    Platform(config(1), false).Populate(options.users);
    token = TokenOf(folder(1));
  }

  std::string folder(int node) const { return absl::StrCat(folder_, "/node", node); }
  gateway::Config config(int node) const {
    return ConfigOf(folder(node), {{"Store.Postgres.URL", server.url()}, {"MasterKey", key_}});
  }
  std::unique_ptr<Server> Start(int node, const Values& more = {}) const {
    std::filesystem::create_directories(folder(node));
    Values environment = {{"MUNIMENT_STORE_POSTGRES_URL", server.url()},
                          {"MUNIMENT_MASTERKEY", key_}};
    environment.insert(environment.end(), more.begin(), more.end());
    return std::make_unique<Server>(program_, folder(node), environment);
  }
  std::vector<std::unique_ptr<Server>> StartAll(int count) const {
    std::vector<std::unique_ptr<Server>> nodes;
    for (int i = 1; i <= count; ++i) nodes.push_back(Start(i));
    for (const auto& node : nodes) node->AwaitReady();
    return nodes;
  }
  std::string program() const { return program_; }

  PostgresServer& server;
  std::string token, organization;
  std::vector<std::string> users;

 private:
  const std::string folder_, program_, key_;
};

std::string GetBody(const Shared& shared, uint64_t number) {
  GetUserByIDRequest request;
  request.set_user_id(shared.users[number * 7919 % shared.users.size()]);
  return request.SerializeAsString();
}

// ---------------------------------------------------------------------- fresh nodes

double ScanRate(Shared& shared, const Options& options) {
  Platform platform(shared.config(1), false);
  const absl::Time began = absl::Now();
  uint64_t events = 0;
  Require(platform.storage().store().ReadLog(0,
                                             [&](const eventstore::StoredEvent&) {
                                               ++events;
                                               return absl::Now() - began < options.time * 2;
                                             }),
          "the log");
  return static_cast<double>(events) / absl::ToDoubleSeconds(absl::Now() - began);
}

// Leaves node 1 with all read models, and node 2 with those of its snapshot.
void TellFresh(Shared& shared, const Options& options) {
  const double people = static_cast<double>(options.users);
  std::filesystem::remove_all(gateway::ModelsPath(shared.config(1)));
  const double folded = absl::ToDoubleSeconds(shared.Start(1)->AwaitReady());
  Tell({.name = absl::StrCat("fresh node from the log, ", options.users, " people"),
        .value = people / folded,
        .unit = "events/s",
        .raw = ScanRate(shared, options),
        .raw_name = "reading the log"});

  const std::string file = shared.folder(1) + ".snapshot";
  double wrote = 0;
  {
    Platform beside(shared.config(1), false);
    const auto scratch = Require(gateway::ScratchFolder::Make(), "a folder");
    const absl::Time began = absl::Now();
    Require(projections::WriteSnapshot(gateway::ModelsPath(shared.config(1)), scratch->path(),
                                       beside.storage().master(), file)
                .status(),
            "a snapshot");
    wrote = absl::ToDoubleSeconds(absl::Now() - began);
  }
  const double megabytes = static_cast<double>(std::filesystem::file_size(file)) / 1e6;
  Tell({.name = "snapshot written", .value = megabytes / wrote, .unit = "MB/s"});
  Tell({.name = absl::StrCat("snapshot, a person of ", options.users),
        .value = megabytes * 1e6 / people,
        .unit = "bytes"});

  const double taken =
      absl::ToDoubleSeconds(shared.Start(2, {{"MUNIMENT_SNAPSHOT", file}})->AwaitReady());
  Tell({.name = "fresh node from a snapshot, ready after",
        .value = taken,
        .unit = "s",
        .raw = folded,
        .raw_name = "s from the log"});
  std::filesystem::remove(file);
  Platform platform(shared.config(1));
  shared.organization = platform.organization();
  shared.users = platform.Users(50'000);
}

// ---------------------------------------------------------------------- commands

void TellCommands(Shared& shared, const Options& options, RawPostgres& raw) {
  const auto node = shared.Start(1);
  node->AwaitReady();
  const struct {
    int connections, streams;
  } loads[] = {{1, 1}, {4, 2}, {4, 16}, {8, 64}};
  for (const auto& load : loads) {
    const int under_way = load.connections * load.streams;
    const std::string bench = absl::StrCat("node", under_way, ".");
    uint64_t number = 0;
    LoadClient client(node->port(), shared.token, load.connections, load.streams);
    const Round round = Median(options.rounds, [&] {
      const Load ours = client.Run(kAdd, options.time, [&](uint64_t) {
        return NewPerson(shared.organization, bench, number++).SerializeAsString();
      });
      const Load bare = raw.Transactions(std::min(under_way, kMostSessions), options.time);
      return Round{ours.per_second(), bare.per_second()};
    });
    Tell({.name = absl::StrCat("create user through a node, ", under_way, " under way"),
          .value = round.value,
          .unit = "/s",
          .raw = round.raw,
          .raw_name = "transactions"});
  }
}

// ---------------------------------------------------------------------- visible elsewhere

std::shared_ptr<SetUserMetadataRequest> NewMetadata(const std::string& user, uint64_t number) {
  auto request = std::make_shared<SetUserMetadataRequest>();
  request->set_user_id(user);
  auto* entry = request->add_metadata();
  entry->set_key("bench");
  entry->set_value(absl::StrCat("value ", number));
  return request;
}

constexpr char kSetMetadata[] = "zitadel.user.v2.UserService/SetUserMetadata";

// From the answer on one node until every view of another has what it tells of.
Latencies UntilVisible(Platform& here, Platform& there, const std::string& user) {
  Latencies latencies;
  for (uint64_t i = 0; i < kRounds; ++i) {
    absl::Notification answered, shown;
    here.Run(here.Call(kSetMetadata, NewMetadata(user, i)), [&](const absl::Status& status) {
      Require(status, "a command");
      answered.Notify();
    });
    answered.WaitForNotification();
    const absl::Time acknowledged = absl::Now();
    there.runner().Applied(here.database().checkpoint().position, [&](absl::Status status) {
      Require(status, "the read models");
      shown.Notify();
    });
    shown.WaitForNotification();
    latencies.Add(absl::ToDoubleMicroseconds(absl::Now() - acknowledged));
  }
  return latencies;
}

void TellLatencies(const std::string& name, const Latencies& ours, const Latencies& raw) {
  for (const double part : {0.5, 0.99}) {
    Tell({.name = absl::StrCat(name, ", p", part * 100),
          .value = ours.At(part) / 1000,
          .unit = "ms",
          .raw = raw.At(part) / 1000,
          .raw_name = "ms LISTEN and read",
          .at_most = 1000});
  }
}

void TellVisible(Shared& shared, const Options& options, RawPostgres& raw) {
  Platform here(shared.config(1)), there(shared.config(2));
  TellLatencies("acknowledged to visible on another node", UntilVisible(here, there, shared.users[0]),
                raw.Notifications(kRounds));
  std::atomic<bool> stop{false};
  std::thread load([&] {
    std::atomic<uint64_t> number{0};
    while (!stop) {
      RunLanes(32, options.time / 4, [&](int lane, Done done) {
        here.Run(here.Call(kSetMetadata, NewMetadata(shared.users[1 + lane], ++number)),
                 std::move(done));
      });
    }
  });
  const Latencies loaded = UntilVisible(here, there, shared.users[0]);
  const Latencies bare = raw.Notifications(kRounds);
  stop = true;
  load.join();
  TellLatencies("the same with 32 commands under way", loaded, bare);
}

// ---------------------------------------------------------------------- reads

// All nodes at once, each with a client of its own.
double ReadRate(const Shared& shared, const std::vector<std::unique_ptr<Server>>& nodes,
                absl::Duration time, const char* path, const LoadClient::Body& body) {
  std::atomic<uint64_t> reads{0};
  const absl::Time began = absl::Now();
  std::vector<std::thread> clients;
  for (const auto& node : nodes) {
    clients.emplace_back([&, port = node->port()] {
      LoadClient client(port, shared.token, 4, 16);
      reads += client.Run(path, time, body).operations;
    });
  }
  for (std::thread& client : clients) client.join();
  return static_cast<double>(reads) / absl::ToDoubleSeconds(absl::Now() - began);
}

void TellReads(Shared& shared, const Options& options) {
  for (int count = 1; count <= kMostNodes; ++count) {
    const auto nodes = shared.StartAll(count);
    const Round round = Median(options.rounds, [&] {
      const double echo = ReadRate(shared, nodes, options.time / 2, kHealth,
                                   [](uint64_t) { return std::string(); });
      const double reads = ReadRate(shared, nodes, options.time, kGet,
                                    [&](uint64_t n) { return GetBody(shared, n); });
      return Round{reads / count, echo / count};
    });
    Tell({.name = absl::StrCat("get user, each of ", count, count == 1 ? " node" : " nodes"),
          .value = round.value,
          .unit = "/s",
          .raw = round.raw,
          .raw_name = "health checks"});
  }
}

// ---------------------------------------------------------------------- nobody calls

void TellIdle(Shared& shared) {
  // Counts the statements of all sessions.
  shared.server.Query("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'");
  shared.server.Stop(false);
  shared.server.Start();
  shared.server.Query("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
  const auto nodes = shared.StartAll(kIdleNodes);
  absl::SleepFor(kUntilIdle);
  shared.server.Query("SELECT pg_stat_statements_reset()");
  absl::SleepFor(kIdle);
  const auto asked = shared.server.Query(
      "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements"
      " WHERE query NOT LIKE '%pg_stat_statements%'");
  Tell({.name = absl::StrCat("statements in 5 s, ", kIdleNodes, " idle nodes"),
        .value = std::stod(asked.front()) / absl::FDivDuration(kIdle, absl::Seconds(5)),
        .unit = "",
        .at_most = 1});
}

}  // namespace

void NodesPart(const Options& options) {
  PostgresServer* const server = PostgresServer::Get();
  if (server == nullptr) Fail("PostgreSQL is not installed");
  Shared shared(options, *server);
  TellFresh(shared, options);
  RawPostgres raw(*server, std::string(600, 'v'));
  TellCommands(shared, options, raw);
  TellVisible(shared, options, raw);
  TellReads(shared, options);
  TellIdle(shared);
}

}  // namespace muniment::bench
