// Appends to the store on PostgreSQL, on a server of the bench's own on the same machine, against a
// raw loop of the same minute on the same server: each caller inserts one event's bytes in a
// transaction of its own, gapless, under a lock. Budget: 30,000 events/s with heads, claims, read
// sets and keys where enough commits are under way.
//
//   postgres_bench [seconds a measurement]
//
// `async`: as many commits are under way, each followed by the next from its callback; each appends
// to a standing stream and reads another. `new`: each makes a stream with a claim and a data key.
// `catch-up`: a fresh node reads all that was appended.
#include <libpq-fe.h>

#include <atomic>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "eventstore/postgres/postgres_store.h"
#include "tests/contract/postgres_server.h"

namespace muniment::eventstore {
namespace {

constexpr size_t kBodyBytes = 300;
constexpr int kMostRawCallers = 32;

StreamKey UserOf(int caller, uint64_t number = 0) {
  return {.instance = 1,
          .type = 3,
          .aggregate = AGGREGATE_USER,
          .id = absl::StrCat(300000000000000000 + 1000000000 * uint64_t(caller) + number)};
}

Commit Change(const StreamKey& stream, uint64_t version) {
  Commit commit{.instance = 1};
  commit.reads = {{stream, version},
                  {{.instance = 1, .type = 2, .aggregate = AGGREGATE_ORG, .id = "1"}, 0}};
  commit.events.push_back(
      {.stream = stream, .keep = FOREVER, .body = std::string(kBodyBytes, 'b')});
  return commit;
}

Commit Creation(int caller, uint64_t number) {
  const StreamKey stream = UserOf(caller, number);
  Commit commit = Change(stream, 0);
  std::string claim = stream.id;
  claim.resize(32, '.');
  commit.events[0].claims = {{"username", claim}};
  commit.keys = {{.id = absl::StrCat(absl::Hex(number, absl::kZeroPad8),
                                     absl::Hex(uint64_t(caller), absl::kZeroPad8)),
                  .instance = 1,
                  .subject = stream.id,
                  .wrapped = std::string(60, 'k')}};
  return commit;
}

void Fail(absl::string_view what) {
  std::cerr << what << "\n";
  std::exit(1);
}

using MakeCommit = std::function<Commit(int caller, uint64_t number)>;

// Commits a second.
double Rate(EventStore& store, int callers, absl::Duration time, const MakeCommit& make) {
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> count = 0;
  absl::BlockingCounter ended(callers);
  const std::function<void(int, uint64_t)> next = [&](int caller, uint64_t number) {
    store.Append(make(caller, number), [&, caller, number](absl::StatusOr<Committed> result) {
      if (!result.ok()) Fail(result.status().ToString());
      ++count;
      if (stop) {
        ended.DecrementCount();
      } else {
        next(caller, number + 1);
      }
    });
  };
  const absl::Time start = absl::Now();
  for (int caller = 0; caller < callers; ++caller) next(caller, 0);
  absl::SleepFor(time);
  stop = true;
  ended.Wait();
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - start);
}

double RawLoop(const PostgresServer& server, int callers, absl::Duration time) {
  server.Query("DROP SCHEMA IF EXISTS raw CASCADE");
  server.Query(
      "CREATE SCHEMA raw; CREATE TABLE raw.head (position bigint); INSERT INTO raw.head VALUES (0);"
      "CREATE TABLE raw.log (position bigint PRIMARY KEY, body bytea)");
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> count = 0;
  const absl::Time start = absl::Now();
  std::vector<std::thread> threads;
  for (int caller = 0; caller < callers; ++caller) {
    threads.emplace_back([&] {
      PGconn* const connection = PQconnectdb(server.url().c_str());
      PQclear(PQprepare(connection, "append",
                        "WITH h AS (UPDATE raw.head SET position = position + 1 RETURNING position)"
                        " INSERT INTO raw.log SELECT position, $1::bytea FROM h",
                        1, nullptr));
      const std::string body(24 + kBodyBytes, 'v');
      const char* const values[] = {body.data()};
      const int lengths[] = {static_cast<int>(body.size())};
      const int formats[] = {1};
      for (; !stop; ++count) {
        PGresult* const result =
            PQexecPrepared(connection, "append", 1, values, lengths, formats, 1);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) Fail(PQresultErrorMessage(result));
        PQclear(result);
      }
      PQfinish(connection);
    });
  }
  absl::SleepFor(time);
  stop = true;
  for (auto& thread : threads) thread.join();
  return static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - start);
}

std::unique_ptr<PostgresStore> Open(const PostgresServer& server) {
  auto store = PostgresStore::Open({.url = server.url(), .schema = "bench"});
  if (!store.ok()) Fail(store.status().ToString());
  return *std::move(store);
}

void Measure(const PostgresServer& server, int callers, absl::Duration time) {
  const double raw = RawLoop(server, std::min(callers, kMostRawCallers), time);
  double rates[2] = {0, 0};
  for (const bool creation : {false, true}) {
    server.Query("DROP SCHEMA IF EXISTS bench CASCADE");
    const auto store = Open(server);
    rates[creation] = Rate(*store, callers, time, [&](int caller, uint64_t number) {
      return creation ? Creation(caller, number) : Change(UserOf(caller), number);
    });
  }
  std::printf(
      "postgres append %4d under way: raw %6.0f/s (%d sessions), async %6.0f/s ratio %.2f,"
      " new %6.0f/s ratio %.2f\n",
      callers, raw, std::min(callers, kMostRawCallers), rates[0], rates[0] / raw, rates[1],
      rates[1] / raw);
  std::fflush(stdout);
}

void MeasureCatchUp(const PostgresServer& server) {
  const auto store = Open(server);
  uint64_t events = 0;
  const absl::Time start = absl::Now();
  const absl::Status status = store->ReadLog(0, [&](const StoredEvent&) {
    ++events;
    return true;
  });
  if (!status.ok()) Fail(status.ToString());
  std::printf("postgres catch-up: %.0f events/s over %llu\n",
              static_cast<double>(events) / absl::ToDoubleSeconds(absl::Now() - start),
              static_cast<unsigned long long>(events));
}

}  // namespace
}  // namespace muniment::eventstore

int main(int argc, char** argv) {
  using muniment::eventstore::PostgresServer;
  double seconds = 2;
  if (argc > 1 && !absl::SimpleAtod(argv[1], &seconds)) {
    std::cerr << "usage: postgres_bench [SECONDS]\n";
    return 2;
  }
  const PostgresServer* const server = PostgresServer::Get();
  if (server == nullptr) return 0;
  for (const int callers : {1, 8, 64, 512, 4000}) {
    muniment::eventstore::Measure(*server, callers, absl::Seconds(seconds));
  }
  muniment::eventstore::MeasureCatchUp(*server);
  return 0;
}
