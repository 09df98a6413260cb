// Several nodes over one log, the schema they share, and what the server computes as they do.
#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "contract/postgres_nodes.h"
#include "eventstore/envelope.h"
#include "eventstore/postgres/statements.h"

namespace muniment::eventstore {
namespace {

TEST_CASE("nodes over one log decide every conflict and every claim once") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& a = nodes.Open();
  EventStore& b = nodes.Open();
  for (uint64_t round = 0; round < 30; ++round) {
    std::atomic<int> won = 0;
    std::atomic<int> refused = 0;
    absl::BlockingCounter answered(8);
    for (int i = 0; i < 8; ++i) {
      Commit commit = Change(User(absl::StrCat(round, "-", i)), 0);
      commit.events[0].claims = {{"name", ClaimOf(absl::StrCat("n", round))}};
      if (round % 2 == 1) commit = Change(Org("1"), round / 2);
      (i % 2 == 0 ? a : b).Append(commit, [&](absl::StatusOr<Committed> done) {
        ++(done.ok() ? won : refused);
        answered.DecrementCount();
      });
    }
    answered.Wait();
    CHECK(won == 1);
    CHECK(refused == 7);
  }
  CHECK(Log(a).size() == 30);
  CHECK(Log(b).size() == 30);
}

TEST_CASE("what one node appends wakes those who wait on another, without a poll") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& a = nodes.Open();
  PostgresOptions patient = nodes.Options();
  patient.poll = absl::Hours(1);
  EventStore& b = nodes.Open(patient);
  std::vector<absl::Duration> times;
  for (uint64_t i = 0; i < 100; ++i) {
    absl::Notification woken;
    const auto waiter = b.WaitBeyond(i, [&] { woken.Notify(); });
    REQUIRE(Append(a, Change(User("1"), i)).ok());
    const absl::Time acknowledged = absl::Now();
    REQUIRE(woken.WaitForNotificationWithTimeout(absl::Seconds(10)));
    times.push_back(absl::Now() - acknowledged);
    CHECK(b.ReadLogHead()->position == i + 1);
  }
  std::sort(times.begin(), times.end());
  WARN("acknowledged to woken on another node: p50 " << times[50] << ", p99 " << times[98]);
}

TEST_CASE("many idle nodes together ask no more than few") {
  SKIP_WITHOUT_POSTGRES();
  CHECK(PollInterval({}, 1) == absl::Seconds(15));
  CHECK(PollInterval({}, 2) == absl::Seconds(15));
  CHECK(PollInterval({}, 20) == absl::Seconds(150));
  // A node is taken for gone after an hour.
  CHECK(PollInterval({}, 4000) == absl::Minutes(20));
  Nodes nodes;
  PostgresOptions quick = nodes.Options();
  quick.poll = absl::Milliseconds(40);
  quick.poll_share = absl::Milliseconds(50);
  std::vector<PostgresStore*> stores;
  for (int i = 0; i < 6; ++i) stores.push_back(static_cast<PostgresStore*>(&nodes.Open(quick)));
  absl::SleepFor(absl::Milliseconds(200));
  const auto asked = [&stores] {
    uint64_t sum = 0;
    for (const PostgresStore* store : stores) sum += store->head_queries();
    return sum;
  };
  const uint64_t before = asked();
  absl::SleepFor(absl::Seconds(3));
  const uint64_t polls = asked() - before;
  CHECK(polls > 0);
  CHECK(polls <= 3'000 / 50 + stores.size());
}

TEST_CASE("a database that hangs is told to everybody who asks within one timeout") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  PostgresOptions options = nodes.Options();
  options.head_timeout = absl::Milliseconds(800);
  auto& store = static_cast<PostgresStore&>(nodes.Open(options));
  const absl::Duration most = options.head_timeout + absl::Milliseconds(250);
  for (const bool ended : {false, true}) {
    std::unique_ptr<PGconn, decltype(&PQfinish)> holder(
        PQconnectdb(nodes.server()->url().c_str()), PQfinish);
    PQclear(PQexec(holder.get(), absl::StrCat("BEGIN; LOCK TABLE ", options.schema, ".head").c_str()));
    // Beside a session that hangs, one that was ended and whose successor hangs.
    if (ended) {
      nodes.Query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                  " WHERE (query LIKE '%SELECT epoch, position FROM head%' OR query LIKE '%LISTEN%')"
                  " AND pid <> pg_backend_pid()");
    }
    constexpr int kAsked = 6;
    std::atomic<int> unavailable = 0, late = 0;
    absl::BlockingCounter answered(kAsked);
    for (int i = 0; i < kAsked; ++i) {
      const absl::Time asked = absl::Now();
      store.AskHead([&, asked](const absl::StatusOr<uint64_t>& head) {
        if (absl::IsUnavailable(head.status())) ++unavailable;
        if (absl::Now() - asked > most) ++late;
        answered.DecrementCount();
      });
      absl::SleepFor(absl::Milliseconds(300));
    }
    answered.Wait();
    CHECK(unavailable == kAsked);
    CHECK(late == 0);
    holder.reset();
    CHECK(Eventually([&] { return store.connected(); }));
  }
}

TEST_CASE("a term that a lost tail took with it is not given to another") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  REQUIRE(store.TakeLease("work", "a", absl::Seconds(10))->held);
  REQUIRE(store.ReleaseLease("work", "a").ok());
  nodes.Query("CREATE TABLE kept AS SELECT * FROM leases");
  const Lease lost = *store.TakeLease("work", "b", absl::Seconds(10));
  // As a standby knows them that was promoted before it had the newest.
  nodes.Query("DELETE FROM leases; INSERT INTO leases SELECT * FROM kept");
  const Lease stands = *store.TakeLease("work", "c", absl::Seconds(10));
  REQUIRE(stands.held);
  CHECK(stands.term != lost.term);
  Commit late = Change(User("1"), 0);
  late.fence = Fence{"work", lost.term};
  CHECK(Reason(Append(store, late).status()) == "store.fenced");
}

TEST_CASE("a listener whose session ended hears again what was appended meanwhile") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& a = nodes.Open();
  PostgresOptions patient = nodes.Options();
  patient.poll = absl::Hours(1);
  EventStore& b = nodes.Open(patient);
  absl::Notification woken;
  const auto waiter = b.WaitBeyond(0, [&] { woken.Notify(); });
  nodes.Query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
      " WHERE query LIKE '%CALL check_mark%' AND pid <> pg_backend_pid()");
  REQUIRE(AppendSoon(a, Change(User("1"), 0)).ok());
  CHECK(woken.WaitForNotificationWithTimeout(absl::Seconds(10)));
}

TEST_CASE("what no notification told of on a connection that stands is found by the poll") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& a = nodes.Open();
  PostgresOptions quick = nodes.Options(), patient = nodes.Options();
  quick.poll = quick.poll_share = absl::Milliseconds(200);
  patient.poll = absl::Hours(1);
  EventStore& b = nodes.Open(quick);
  auto& c = static_cast<PostgresStore&>(nodes.Open(patient));
  nodes.Query(
      "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('append_v1'::regproc),"
      " 'PERFORM pg_notify(', 'PERFORM concat('); END $$");
  const std::vector<std::string> sessions =
      nodes.Query("SELECT pid FROM pg_stat_activity WHERE application_name = 'muniment' ORDER BY 1");
  absl::Notification polled, woken;
  const auto quick_one = b.WaitBeyond(0, [&] { polled.Notify(); });
  const auto patient_one = c.WaitBeyond(0, [&] { woken.Notify(); });
  REQUIRE(Append(a, Change(User("1"), 0)).ok());
  CHECK(polled.WaitForNotificationWithTimeout(absl::Seconds(10)));
  CHECK_FALSE(woken.WaitForNotificationWithTimeout(absl::Milliseconds(500)));
  // Who asks need not wait for the poll.
  c.AskHead([](const absl::StatusOr<uint64_t>&) {});
  CHECK(woken.WaitForNotificationWithTimeout(absl::Seconds(10)));
  CHECK(nodes.Query("SELECT pid FROM pg_stat_activity WHERE application_name = 'muniment' "
                    "ORDER BY 1") == sessions);
}

TEST_CASE("nodes that start at once on an empty database make one schema") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  std::atomic<int> opened = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      auto store = PostgresStore::Open(nodes.Options());
      if (store.ok() &&
          Append(**store, Change(User("1"), 0)).status().code() != absl::StatusCode::kUnavailable) {
        ++opened;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(opened == 4);
  CHECK(nodes.Query("SELECT count(*) FROM schema_version") ==
        std::vector<std::string>{absl::StrCat(Migrations().size())});
  CHECK(nodes.Query("SELECT count(*) FROM nodes") == std::vector<std::string>{"0"});
  CHECK(Log(nodes.Open()).size() == 1);
}

TEST_CASE("a schema that a newer program made is refused when this one may not use it") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  nodes.Open();
  nodes.Query("INSERT INTO schema_version (version, usable_from) VALUES (99, 1)");
  CHECK(PostgresStore::Open(nodes.Options()).ok());
  nodes.Query("UPDATE schema_version SET usable_from = 99 WHERE version = 99");
  CHECK(Reason(PostgresStore::Open(nodes.Options()).status()) == "store.level_too_high");
  PostgresOptions strange = nodes.Options();
  strange.schema = "a\"; DROP SCHEMA public; --";
  CHECK_FALSE(PostgresStore::Open(strange).ok());
}

TEST_CASE("the log goes on from one partition to the next, each made before it is needed") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  nodes.Query("UPDATE head SET log_step = 100");
  for (uint64_t i = 0; i < 20; ++i) REQUIRE(Append(store, Change(User("1"), 37 * i, 37)).ok());
  const auto log = Log(store);
  REQUIRE(log.size() == 740);
  for (uint64_t i = 0; i < 740; ++i) REQUIRE(log[i].position == i + 1);
  CHECK(Log(store, 690).size() == 50);
  const auto partitions =
      nodes.Query("SELECT count(*) FROM pg_inherits WHERE inhparent = 'log'::regclass");
  CHECK(partitions == std::vector<std::string>{"8"});
  uint64_t versions = 0;
  REQUIRE(store
              .ReadStream(User("1"), 95,
                          [&](const StoredEvent& event) {
                            ++versions;
                            return VersionOf(event) == 95 + versions;
                          })
              .ok());
  CHECK(versions == 645);
}

TEST_CASE("the server's leaf hashes are the node's") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  REQUIRE(Append(store, Change(User("1", ~uint64_t{0}), 0, 3)).ok());
  REQUIRE(Append(store, Change(User("1", 9), 0, 1, SIGN_IN)).ok());
  const auto log = Log(store);
  REQUIRE(log.size() == 4);
  CHECK(log[0].instance == ~uint64_t{0});
  CHECK(store.ReadLogHead()->hash == LeafHash(log[3]));
  CHECK(absl::AbsDuration(absl::Now() - log[0].created_at) < absl::Minutes(5));
}

TEST_CASE("a log that ends before what a node has seen gets a new epoch, once") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  for (uint64_t i = 0; i < 5; ++i) REQUIRE(Append(store, Change(User("1"), i)).ok());
  const auto log = Log(store);
  nodes.Close();
  PostgresOptions options = nodes.Options();
  options.mark = {.epoch = 1, .position = 5, .hash = LeafHash(log[4])};
  CHECK(nodes.Open(options).ReadLogHead()->epoch == 1);
  options.mark.hash = LeafHash(log[3]);
  CHECK(nodes.Open(options).ReadLogHead()->epoch == 2);
  CHECK(nodes.Open(options).ReadLogHead()->epoch == 2);
  options.mark = {.epoch = 2, .position = 6, .hash = {}};
  CHECK(nodes.Open(options).ReadLogHead()->epoch == 3);
  options.mark = {.epoch = 7, .position = 1, .hash = {}};
  CHECK(nodes.Open(options).ReadLogHead()->epoch == 8);
}

TEST_CASE("a node whose server comes back without the newest events raises the epoch by itself") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  for (uint64_t i = 0; i < 5; ++i) REQUIRE(Append(store, Change(User("1"), i)).ok());
  // What a promoted standby that had lost the tail looks like.
  nodes.Query(
      "DELETE FROM log WHERE position > 3; UPDATE head SET position = 3;"
      "UPDATE heads SET version = 3; UPDATE sequences SET sequence = 3");
  Nodes::server()->Stop(false);
  Nodes::server()->Start();
  const auto done = AppendSoon(store, Change(User("1"), 3, 4));
  REQUIRE(done.ok());
  CHECK(done->position == 7);
  CHECK(store.ReadLogHead()->epoch == 2);
  CHECK(AppendSoon(store, Change(User("1"), 7)).ok());
  CHECK(store.ReadLogHead()->epoch == 2);
}

TEST_CASE("a destroyed key stands in no file of the server once it is purged") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  Commit first = Change(User("1"), 0);
  first.keys = {KeyOf("a", "1")};
  first.keys[0].wrapped = absl::StrCat("a key to be destroyed ", getpid(), " q7Yc3tVw9LmX2");
  REQUIRE(Append(store, first).ok());
  Commit erasing = Change(User("1"), 1);
  erasing.erased_subjects = {"1"};
  REQUIRE(Append(store, erasing).ok());
  CHECK(Nodes::server()->Holds(first.keys[0].wrapped));
  REQUIRE(store.PurgeErased().ok());
  CHECK_FALSE(Nodes::server()->Holds(first.keys[0].wrapped));
}

TEST_CASE("what every node has purged is what the slowest of those that live has") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& a = nodes.Open();
  CHECK(*a.PurgedByAll() == 0);
  REQUIRE(a.ReportPurged(1, 20).ok());
  CHECK(*a.PurgedByAll() == 20);
  auto b = *PostgresStore::Open(nodes.Options());
  CHECK(*a.PurgedByAll() == 0);
  REQUIRE(b->ReportPurged(1, 7).ok());
  CHECK(*a.PurgedByAll() == 7);
  // What comes late takes nothing back.
  REQUIRE(b->ReportPurged(1, 30).ok());
  REQUIRE(b->ReportPurged(1, 3).ok());
  CHECK(*b->PurgedByAll() == 20);
  // Of another epoch it says nothing.
  REQUIRE(b->ReportPurged(2, 40).ok());
  CHECK(*a.PurgedByAll() == 0);
  // Who is gone is waited for no longer.
  b.reset();
  CHECK(Eventually([&] { return *a.PurgedByAll() == 20; }));
}

TEST_CASE("batches of many commands over many streams stand as they would one by one") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  constexpr int kCommands = 3000;
  absl::BlockingCounter answered(kCommands);
  absl::Mutex mutex;
  std::map<uint64_t, std::string> places;  // last position to stream
  int refused = 0;
  for (int i = 0; i < kCommands; ++i) {
    const StreamKey stream = User(absl::StrCat(i), 1 + i % 5);
    Commit commit = Change(stream, i % 7 == 0 ? 1 : 0, 1 + i % 3);  // each seventh: a conflict
    commit.events[0].claims = {{"name", ClaimOf(absl::StrCat("v", i))}};
    commit.keys = {KeyOf(absl::StrCat("k", i), stream.id, stream.instance)};
    store.Append(commit, [&, stream](absl::StatusOr<Committed> done) {
      {
        absl::MutexLock lock(&mutex);
        if (done.ok()) {
          places[done->position] = stream.id;
        } else {
          ++refused;
        }
      }
      answered.DecrementCount();
    });
  }
  answered.Wait();
  CHECK(refused == (kCommands + 6) / 7);
  const auto log = Log(store);
  std::map<uint64_t, uint64_t> sequences;
  bool whole = true;
  for (size_t i = 0; i < log.size(); ++i) {
    whole = whole && log[i].position == i + 1 && log[i].sequence == ++sequences[log[i].instance];
    const auto place = places.find(i + 1);
    if (place != places.end()) {
      whole = whole && absl::StrContains(log[i].body, place->second);
    }
  }
  CHECK(whole);
  CHECK(nodes
            .Query("SELECT count(*) FROM claims, (SELECT count(*) AS n FROM heads) h"
                   " HAVING count(*) = (SELECT count(*) FROM data_keys)")
            .size() == 1);
}

}  // namespace
}  // namespace muniment::eventstore
