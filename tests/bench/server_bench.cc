// The program as it serves: start, memory, idling, and calls over gRPC on loopback.
#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/load_client.h"
#include "tests/bench/parts.h"
#include "tests/bench/platform.h"
#include "tests/bench/raw_log.h"
#include "tests/bench/server.h"

namespace muniment::bench {
namespace {

constexpr int kConnections = 4, kStreams = 16, kStarts = 5;
constexpr absl::Duration kIdle = absl::Seconds(10), kSettle = absl::Seconds(60);

struct World {
  std::string token, organization, body_of_event;
  std::vector<std::string> users;
};

World Look(const std::string& folder) {
  Platform platform(folder);
  World world;
  world.token = TokenOf(folder);
  world.organization = platform.organization();
  world.users = platform.Users(50'000);
  Require(platform.storage().store().ReadLog(50,
                                             [&](const eventstore::StoredEvent& event) {
                                               world.body_of_event = event.body;
                                               return false;
                                             }),
          "an event");
  return world;
}

std::string GetBody(const World& world, uint64_t number) {
  zitadel::user::v2::GetUserByIDRequest request;
  request.set_user_id(world.users[number * 7919 % world.users.size()]);
  return request.SerializeAsString();
}

// What opening the same files takes by itself.
double BareOpen(const std::string& folder) {
  const absl::Time began = absl::Now();
  for (const char* part : {"/log", "/models"}) {
    std::vector<std::string> names;
    rocksdb::DB::ListColumnFamilies(rocksdb::DBOptions(), folder + part, &names);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    rocksdb::DBOptions options;
    options.max_open_files = 512;
    if (!rocksdb::DB::OpenForReadOnly(options, folder + part, families, &handles, &db).ok()) {
      Fail("the files cannot be opened");
    }
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
  return absl::ToDoubleMilliseconds(absl::Now() - began);
}

// Compactions after a start are not idling.
void Settle(const Server& server) {
  const absl::Time latest = absl::Now() + kSettle;
  while (absl::Now() < latest) {
    const absl::Duration before = server.Cpu();
    absl::SleepFor(absl::Seconds(1));
    if (server.Cpu() - before <= absl::Milliseconds(10)) return;
  }
}

void TellStart(const Options& options, const World& world) {
  const Round round = Median(kStarts, [&] {
    Server server(options.program, options.folder);
    const double took = absl::ToDoubleMilliseconds(
        server.FirstAnswer(world.token, kGet, GetBody(world, 1)));
    server.Stop();
    return Round{took, BareOpen(options.folder)};
  });
  Tell({.name = absl::StrCat("first answer after start, ", options.users, " people"),
        .value = round.value,
        .unit = "ms",
        .raw = round.raw,
        .raw_name = "opening the files",
        .at_most = 300});
}

// One kind of call, with the cost of the wire itself beside it.
void TellCalls(LoadClient& client, const Options& options, const std::string& name,
               const char* path, const LoadClient::Body& body) {
  Load ours, echo;
  const Round round = Median(options.rounds, [&] {
    echo = client.Run(kHealth, options.time / 2, [](uint64_t) { return std::string(); });
    ours = client.Run(path, options.time, body);
    return Round{ours.per_second(), echo.per_second()};
  });
  Tell({.name = name + " over gRPC",
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "health checks"});
  for (const double part : {0.5, 0.99}) {
    Tell({.name = absl::StrCat(name, " over gRPC, p", part * 100, ", ", kConnections * kStreams,
                               " under way"),
          .value = ours.latencies.At(part) / 1000,
          .unit = "ms",
          .raw = echo.latencies.At(part) / 1000,
          .raw_name = "health checks"});
  }
}

void TellCreates(LoadClient& client, const Options& options, const World& world) {
  RawLog raw(options.folder + "/raw", world.body_of_event);
  // Names that no earlier run on this folder took.
  const std::string bench = absl::StrCat("wire", absl::ToUnixMillis(absl::Now()), ".");
  const Round round = Median(options.rounds, [&] {
    const Load ours = client.Run(kAdd, options.time, [&](uint64_t number) {
      return NewPerson(world.organization, bench, number).SerializeAsString();
    });
    const Load bare = RunThreads(kConnections * kStreams, options.time, [&](int) { raw.Append(); });
    return Round{ours.per_second(), bare.per_second()};
  });
  Tell({.name = "create user over gRPC, 64 under way",
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "synced batches"});
}

std::string ListBody(const World& world) {
  zitadel::user::v2::ListUsersRequest request;
  request.mutable_query()->set_limit(20);
  request.add_queries()->mutable_organization_id_query()->set_organization_id(world.organization);
  return request.SerializeAsString();
}

}  // namespace

void ServerPart(const Options& options) {
  const World world = Look(options.folder);
  TellStart(options, world);
  Server server(options.program, options.folder);
  server.FirstAnswer(world.token, kGet, GetBody(world, 1));
  Settle(server);
  Tell({.name = absl::StrCat("memory idle, ", options.users, " people"),
        .value = server.RssMb(),
        .unit = "MB",
        .at_most = 100});
  const absl::Duration before = server.Cpu();
  absl::SleepFor(kIdle);
  Tell({.name = "CPU while idle",
        .value = 100 * absl::FDivDuration(server.Cpu() - before, kIdle),
        .unit = "%",
        .at_most = 0.2});
  {
    LoadClient client(server.port(), world.token, kConnections, kStreams);
    TellCalls(client, options, "get user", kGet, [&](uint64_t n) { return GetBody(world, n); });
    TellCalls(client, options, "list users, page of 20", kList,
              [&](uint64_t) { return ListBody(world); });
    TellCreates(client, options, world);
  }
  Tell({.name = absl::StrCat("memory under load, the most, ", options.users, " people"),
        .value = server.PeakRssMb(),
        .unit = "MB",
        .at_most = 500});
}

}  // namespace muniment::bench
