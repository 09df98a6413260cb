#include "tests/bench/raw_postgres.h"

#include <poll.h>

#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "eventstore/postgres/copy_rows.h"

namespace muniment::bench {
namespace {

using eventstore::BinaryArray;
using eventstore::Connection;
using eventstore::Params;
using eventstore::Role;
using eventstore::Rows;
using eventstore::Statement;

constexpr absl::Duration kPatience = absl::Seconds(30);
constexpr uint64_t kPage = 1000;
constexpr size_t kCopyBytes = 8 << 20;

const Statement& Append() {
  static const Statement* const statement = new Statement{
      "raw_append",
      "WITH h AS (UPDATE head SET position = position + 1 RETURNING position)"
      " INSERT INTO log SELECT position, $1 FROM h RETURNING position"};
  return *statement;
}

const Statement& AppendMany() {
  static const Statement* const statement = new Statement{
      "raw_append_many",
      "WITH h AS (UPDATE head SET position = position + cardinality($1) RETURNING position)"
      " INSERT INTO log SELECT h.position - cardinality($1) + u.place, u.body"
      " FROM h, unnest($1) WITH ORDINALITY u(body, place)"};
  return *statement;
}

const Statement& ReadPage() {
  static const Statement* const statement = new Statement{
      "raw_read", "SELECT position, body FROM log WHERE position > $1 ORDER BY position LIMIT $2"};
  return *statement;
}

Rows Run(Connection& connection, const Statement& statement, const Params& params) {
  return Require(connection.Run(statement, params, absl::Now() + kPatience), statement.name);
}

}  // namespace

RawPostgres::RawPostgres(const eventstore::PostgresServer& server, std::string body)
    : options_{.url = server.url(), .schema = "raw"}, body_(std::move(body)) {
  server.Query(
      "DROP SCHEMA IF EXISTS raw CASCADE; CREATE SCHEMA raw;"
      "CREATE TABLE raw.head (position bigint); INSERT INTO raw.head VALUES (0);"
      "CREATE TABLE raw.log (position bigint PRIMARY KEY, body bytea)");
}

std::unique_ptr<Connection> RawPostgres::Connect(Role role) const {
  return Require(Connection::Open(options_, role, absl::Now() + kPatience), "a session");
}

Load RawPostgres::Transactions(int sessions, absl::Duration time) {
  std::vector<std::unique_ptr<Connection>> connections;
  for (int i = 0; i < sessions; ++i) connections.push_back(Connect(Role::kRead));
  return RunThreads(sessions, time, [&](int thread) {
    Params params;
    params.AddBytes(body_);
    Run(*connections[thread], Append(), params);
  });
}

Load RawPostgres::Batches(size_t events, absl::Duration time) {
  const auto connection = Connect(Role::kRead);
  Load load = RunThreads(1, time, [&](int) {
    BinaryArray bodies(BinaryArray::kBytes);
    for (size_t i = 0; i < events; ++i) bodies.AddBytes(body_);
    Params params;
    params.AddArray(std::move(bodies));
    Run(*connection, AppendMany(), params);
  });
  load.operations *= events;
  return load;
}

Load RawPostgres::Copy(size_t events) {
  const auto connection = Connect(Role::kRead);
  const std::string copy = "COPY log FROM STDIN (FORMAT binary)";
  const uint64_t first =
      Run(*connection, {"raw_last", "SELECT coalesce(max(position), 0) FROM log"}, Params())
          .Int(0, 0);
  const absl::Time began = absl::Now();
  eventstore::CopyRows rows;
  for (size_t i = 1; i <= events; ++i) {
    rows.Begin(2);
    rows.AddInt8(first + i);
    rows.AddBytes(body_);
    if (rows.bytes() < kCopyBytes && i < events) continue;
    Require(connection->CopyIn(copy, rows.Take(), absl::Now() + kPatience), "a COPY");
  }
  Load load;
  load.operations = events;
  load.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  return load;
}

Load RawPostgres::Scan(absl::Duration time) {
  const auto connection = Connect(Role::kRead);
  const absl::Time began = absl::Now();
  Load load;
  uint64_t after = 0;
  while (absl::Now() - began < time) {
    Params params;
    params.AddInt8(after);
    params.AddInt8(kPage);
    const Rows rows = Run(*connection, ReadPage(), params);
    if (rows.size() == 0) break;
    after = rows.Int(rows.size() - 1, 0);
    load.operations += rows.size();
  }
  load.seconds = absl::ToDoubleSeconds(absl::Now() - began);
  return load;
}

Latencies RawPostgres::Notifications(int times) {
  const Statement told{"raw_told", "SELECT pg_notify('raw_log', $1::text)"};
  const auto writer = Connect(Role::kRead);
  const auto reader = Connect(Role::kListen);
  Latencies latencies;
  for (int i = 0; i < times; ++i) {
    Params body;
    body.AddBytes(body_);
    const uint64_t position = Run(*writer, Append(), body).Int(0, 0);
    Params name;
    name.AddText("new");
    Run(*writer, told, name);
    const absl::Time committed = absl::Now();
    std::vector<std::string> told_of;
    while (told_of.empty()) {
      if (!reader->TakeNotifications(told_of).ok()) Fail("the connection ended");
      pollfd waited = {.fd = reader->socket(), .events = POLLIN, .revents = 0};
      if (told_of.empty() && poll(&waited, 1, 10'000) <= 0) Fail("no notification came");
    }
    Params place;
    place.AddInt8(position - 1);
    place.AddInt8(1);
    if (Run(*reader, ReadPage(), place).size() != 1) Fail("what was notified is not there");
    latencies.Add(absl::ToDoubleMicroseconds(absl::Now() - committed));
  }
  return latencies;
}

}  // namespace muniment::bench
