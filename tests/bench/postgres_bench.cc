// The store on PostgreSQL by itself, on a server of the bench's own on the same machine: appends
// with heads, claims, read sets and keys, and reading it all again.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "contract/postgres_server.h"
#include "eventstore/postgres/postgres_store.h"
#include "tests/bench/bench.h"
#include "tests/bench/parts.h"
#include "tests/bench/raw_postgres.h"

namespace muniment::bench {
namespace {

using eventstore::Commit;
using eventstore::Committed;
using eventstore::PostgresServer;
using eventstore::PostgresStore;
using eventstore::StreamKey;

constexpr size_t kBodyBytes = 300;
constexpr int kMostSessions = 32, kManyUnderWay = 4000;
constexpr size_t kRawBatch = 500;
// 30,000 events/s where the raw loop of batches writes 135,000.
constexpr double kBatchedBudget = 30'000.0 / 135'000;

StreamKey UserOf(uint64_t number) {
  return {.instance = 1,
          .type = 3,
          .aggregate = AGGREGATE_USER,
          .id = absl::StrCat(300'000'000'000'000'000 + number)};
}

// One event on a standing stream; an organization is read beside it.
Commit Change(const StreamKey& stream, uint64_t version) {
  Commit commit{.instance = 1};
  commit.reads = {{stream, version},
                  {{.instance = 1, .type = 2, .aggregate = AGGREGATE_ORG, .id = "1"}, 0}};
  commit.events.push_back(
      {.stream = stream, .keep = FOREVER, .body = std::string(kBodyBytes, 'b')});
  return commit;
}

// A commit that makes a stream, with a name and a data key, as a new user does.
Commit Creation(uint64_t number) {
  const StreamKey stream = UserOf(number);
  Commit commit = Change(stream, 0);
  std::string claim = stream.id;
  claim.resize(32, '.');
  commit.events[0].claims = {{"username", claim}};
  commit.keys = {{.id = absl::StrCat(absl::Hex(number, absl::kZeroPad16)),
                  .instance = 1,
                  .subject = stream.id,
                  .wrapped = std::string(60, 'k')}};
  return commit;
}

// What is appended: each lane's own stream goes on, or every commit makes a new one.
class Appends {
 public:
  explicit Appends(PostgresStore& store) : store_(store) {}

  Load Change(int lanes, absl::Duration time) {
    const uint64_t first = next_.fetch_add(static_cast<uint64_t>(lanes));
    std::vector<uint64_t> versions(lanes, 0);
    return RunLanes(lanes, time, [&](int lane, Done done) {
      Append(bench::Change(UserOf(first + lane), versions[lane]++), std::move(done));
    });
  }
  Load Create(int lanes, absl::Duration time) {
    return RunLanes(lanes, time,
                    [&](int, Done done) { Append(Creation(next_++), std::move(done)); });
  }

 private:
  void Append(Commit commit, Done done) {
    store_.Append(std::move(commit),
                  [done = std::move(done)](const absl::StatusOr<Committed>& committed) {
                    done(committed.status());
                  });
  }
  PostgresStore& store_;
  std::atomic<uint64_t> next_{0};
};

void TellAppends(const Options& options, Appends& appends, RawPostgres& raw) {
  for (const int under_way : {1, 8, 64}) {
    const Round round = Median(options.rounds, [&] {
      const Load bare = raw.Transactions(std::min(under_way, kMostSessions), options.time);
      return Round{appends.Change(under_way, options.time).per_second(), bare.per_second()};
    });
    Tell({.name = absl::StrCat("append on PostgreSQL, ", under_way, " under way"),
          .value = round.value,
          .unit = "/s",
          .raw = round.raw,
          .raw_name = "transactions",
          .at_least_ratio = 0.4});
  }
  for (const bool creates : {false, true}) {
    const Round round = Median(options.rounds, [&] {
      const Load bare = raw.Batches(kRawBatch, options.time);
      const Load ours = creates ? appends.Create(kManyUnderWay, options.time)
                                : appends.Change(kManyUnderWay, options.time);
      return Round{ours.per_second(), bare.per_second()};
    });
    Tell({.name = absl::StrCat(creates ? "creations" : "appends", " on PostgreSQL, batched"),
          .value = round.value,
          .unit = "/s",
          .raw = round.raw,
          .raw_name = "by unnest, 500 at once",
          .at_least_ratio = kBatchedBudget});
  }
}

void TellScan(const Options& options, PostgresStore& store, RawPostgres& raw) {
  const Round round = Median(options.rounds, [&] {
    const absl::Time began = absl::Now();
    uint64_t events = 0;
    Require(store.ReadLog(0,
                          [&](const eventstore::StoredEvent&) {
                            return ++events % 1000 != 0 || absl::Now() - began < options.time;
                          }),
            "the log");
    const double rate = static_cast<double>(events) / absl::ToDoubleSeconds(absl::Now() - began);
    return Round{rate, raw.Scan(options.time).per_second()};
  });
  Tell({.name = "reading the log from PostgreSQL",
        .value = round.value,
        .unit = "/s",
        .raw = round.raw,
        .raw_name = "bare rows"});
}

}  // namespace

void PostgresPart(const Options& options) {
  const PostgresServer* const server = PostgresServer::Get();
  if (server == nullptr) Fail("PostgreSQL is not installed");
  const auto store =
      Require(PostgresStore::Open({.url = server->url(), .schema = "bench"}), "the store");
  RawPostgres raw(*server, std::string(24 + kBodyBytes, 'v'));
  Appends appends(*store);
  TellAppends(options, appends, raw);
  TellScan(options, *store, raw);
}

}  // namespace muniment::bench
