// What only a store across a connection has to keep: answers that are lost on the way, a server
// that goes away and comes back.
#include <libpq-fe.h>

#include <atomic>
#include <map>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "contract/postgres_nodes.h"

namespace muniment::eventstore {
namespace {

// Writers, each over its own stream, that never repeat what is open: they ask the head instead.
// What was acknowledged stands in `acknowledged`, stream and version.
struct Writers {
  EventStore& store;
  std::atomic<bool> stop = false;
  std::atomic<int> unavailable = 0;
  std::atomic<int> open = 0;
  std::atomic<int> strange = 0;
  std::atomic<int> acknowledgements = 0;
  absl::Mutex mutex = {};
  std::map<std::string, uint64_t> acknowledged = {};
  std::vector<std::thread> threads = {};

  void Start(int count) {
    for (int t = 0; t < count; ++t) {
      threads.emplace_back([this, t] { Write(absl::StrCat("w", t)); });
    }
  }
  void Write(const std::string& name) {
    uint64_t version = 0;
    while (!stop) {
      Commit commit = Change(User(name), version, 2);
      commit.events[0].claims = {{"name", ClaimOf(absl::StrCat(name, "-", version))}};
      const auto done = Append(store, commit);
      if (done.ok()) {
        version += 2;
        ++acknowledgements;
        absl::MutexLock lock(&mutex);
        acknowledged[name] = version;
        continue;
      }
      const std::string reason = Reason(done.status());
      if (reason == "store.unavailable") {
        ++unavailable;
        absl::SleepFor(absl::Milliseconds(2));
      } else if (reason == "store.outcome_unknown") {
        ++open;
        absl::StatusOr<uint64_t> head = store.ReadHead(User(name));
        while (!head.ok() && !stop) head = store.ReadHead(User(name));
        if (head.ok()) version = *head;
      } else {
        ++strange;  // a conflict: something ran twice, or was run after it was given up
        return;
      }
    }
  }
  // Until something is acknowledged that was begun after the call.
  void AwaitProgress() {
    const int before = acknowledgements;
    Eventually([&] { return acknowledgements >= before + 7; });
  }
  void Join() {
    stop = true;
    for (auto& thread : threads) thread.join();
    threads.clear();
  }
};

// No gap, no twin, every stream's versions in order, nothing acknowledged missing.
void CheckWhole(EventStore& store, const std::map<std::string, uint64_t>& acknowledged) {
  const auto log = Log(store);
  std::map<std::string, uint64_t> versions;
  bool whole = true;
  for (size_t i = 0; i < log.size(); ++i) {
    whole = whole && log[i].position == i + 1 && log[i].sequence == i + 1;
    for (const auto& [name, version] : acknowledged) {
      uint64_t& last = versions[name];
      if (log[i].body == BodyOf(User(name), last + 1)) ++last;
    }
  }
  CHECK(whole);
  size_t counted = 0;
  for (const auto& [name, version] : acknowledged) {
    CHECK(versions[name] >= version);
    CHECK(*store.ReadHead(User(name)) == versions[name]);
    counted += versions[name];
  }
  CHECK(counted == log.size());
}

TEST_CASE("an answer lost with its connection is settled: nothing lost, nothing twice, 50 times") {
  SKIP_WITHOUT_POSTGRES();
  constexpr int kRounds = 50;
  Nodes nodes;
  EventStore& store = nodes.Open();
  Writers writers{store};
  writers.Start(6);
  int killed = 0;
  for (int round = 0; killed < kRounds && round < 10 * kRounds; ++round) {
    // Not before it works again; then at another moment of a batch each time.
    writers.AwaitProgress();
    absl::SleepFor(absl::Microseconds(137 * (round % 40)));
    killed += nodes.KillAppenders() > 0 ? 1 : 0;
  }
  absl::SleepFor(absl::Milliseconds(100));
  writers.Join();
  CHECK(killed == kRounds);
  CHECK(writers.strange == 0);
  CHECK(writers.open == 0);
  CheckWhole(store, writers.acknowledged);
  WARN("sessions ended " << killed << ", events " << Log(store).size()
                         << ", refused as unavailable " << writers.unavailable);
}

// A session of the tests that holds the append lock.
class LockHolder {
 public:
  explicit LockHolder(Nodes& nodes) : connection_(PQconnectdb(nodes.server()->url().c_str())) {
    Run(absl::StrCat("SET search_path = ", nodes.Options().schema));
    Run("BEGIN");
    Run("SELECT lock_log_v1()");
  }
  ~LockHolder() { PQfinish(connection_); }

 private:
  void Run(const std::string& sql) {
    PGresult* const result = PQexec(connection_, sql.c_str());
    CHECK(PQresultStatus(result) != PGRES_FATAL_ERROR);
    PQclear(result);
  }
  PGconn* const connection_;
};

TEST_CASE("a batch that runs after its connection was given up is answered as what it became") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  PostgresOptions hasty = nodes.Options();
  hasty.batch_timeout = absl::Milliseconds(200);
  EventStore& store = nodes.Open(hasty);
  REQUIRE(Append(store, Change(User("1"), 0)).ok());
  for (uint64_t i = 1; i < 4; ++i) {
    auto holder = std::make_unique<LockHolder>(nodes);
    absl::StatusOr<Committed> result;
    absl::Notification answered;
    Commit commit = Change(User("1"), 2 * i - 1, 2);
    commit.events[0].claims = {{"name", ClaimOf(absl::StrCat("a", i))}};
    store.Append(commit, [&](absl::StatusOr<Committed> done) {
      result = std::move(done);
      answered.Notify();
    });
    // The session that waits for the lock outlives the connection.
    CHECK_FALSE(answered.WaitForNotificationWithTimeout(absl::Milliseconds(700)));
    holder.reset();
    answered.WaitForNotification();
    INFO(result.status());
    REQUIRE(result.ok());
    CHECK(result->position == 2 * i + 1);
    CHECK(result->first_sequence == 2 * i);
    CHECK(Log(store).size() == 2 * i + 1);
  }
}

TEST_CASE("a batch that was declared void never runs; its commands run in another") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  REQUIRE(Append(store, Change(User("1"), 0)).ok());
  nodes.Query("UPDATE nodes SET batch = batch + 1, void = true");
  const auto done = Append(store, Change(User("1"), 1));
  REQUIRE(done.ok());
  CHECK(done->position == 2);
  CHECK(Log(store).size() == 2);
}

TEST_CASE("an outcome that cannot be asked for in time is unknown, and nothing runs twice after") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  PostgresOptions hasty = nodes.Options();
  hasty.batch_timeout = absl::Milliseconds(100);
  hasty.settle_timeout = absl::Milliseconds(300);
  EventStore& store = nodes.Open(hasty);
  REQUIRE(Append(store, Change(User("1"), 0)).ok());
  {
    LockHolder holder(nodes);
    CHECK(Reason(Append(store, Change(User("1"), 1)).status()) == "store.outcome_unknown");
    CHECK(Reason(Append(store, {.instance = kInstance}).status()) == "store.unavailable");
  }
  // It waited for the lock, so it stands now.
  const auto again = AppendSoon(store, Change(User("1"), 1));
  CHECK(Reason(again.status()) == "store.conflict");
  CHECK(AppendSoon(store, Change(User("1"), 2)).ok());
  CHECK(Log(store).size() == 3);
}

TEST_CASE("a node that stops between its batch and the message that ends it holds no lock") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  PGconn* const stopped = PQconnectdb(nodes.server()->url().c_str());
  PQclear(PQexec(stopped, absl::StrCat("SET search_path = ", nodes.Options().schema).c_str()));
  REQUIRE(PQenterPipelineMode(stopped) == 1);
  // One event on one stream; what begins with t, g, f, k, x and l is empty. No Sync follows.
  std::string call =
      "CALL append_v1('a', 1, NULL, '{7}', '{1}', '{1}', '{1}', '{a}', '{0}', '{1}',"
      " '{a}', '{1}', '{1}', '{1}', '{a}', '{1}', '{1}', '{a}'";
  for (int i = 0; i < 23; ++i) absl::StrAppend(&call, ", '{}'");
  for (int i = 0; i < 7; ++i) absl::StrAppend(&call, ", NULL");
  absl::StrAppend(&call, ")");
  REQUIRE(PQsendQueryParams(stopped, call.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1) == 1);
  REQUIRE(PQflush(stopped) == 0);
  CHECK(Eventually([&] { return store.ReadLogHead()->position == 1; }));
  const absl::Time start = absl::Now();
  const auto done = Append(store, Change(User("1"), 0));
  REQUIRE(done.ok());
  CHECK(done->position == 2);
  CHECK(absl::Now() - start < absl::Seconds(5));
  PQfinish(stopped);
}

TEST_CASE("a server that crashes and starts again has all that was acknowledged") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  Writers writers{store};
  writers.Start(4);
  for (const bool crash : {true, false, true}) {
    absl::SleepFor(absl::Milliseconds(150));
    Nodes::server()->Stop(crash);
    absl::SleepFor(absl::Milliseconds(100));
    Nodes::server()->Start();
    CHECK(AppendSoon(store, {.instance = kInstance}).ok());
  }
  absl::SleepFor(absl::Milliseconds(100));
  writers.Join();
  CHECK(writers.strange == 0);
  CheckWhole(store, writers.acknowledged);
  CHECK(store.ReadLogHead()->epoch == 1);
}

TEST_CASE("without its server a store answers soon that it is unavailable") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  REQUIRE(Append(store, Change(User("1"), 0)).ok());
  Nodes::server()->Stop(false);
  const auto refused = Append(store, Change(User("1"), 1));
  CHECK(refused.status().code() != absl::StatusCode::kOk);
  CHECK(Reason(Append(store, Change(User("1"), 1)).status()) == "store.unavailable");
  CHECK(Reason(store.ReadHead(User("1")).status()) == "store.unavailable");
  CHECK(Reason(store.ReadLog(0, [](const StoredEvent&) { return true; })) == "store.unavailable");
  CHECK(Reason(PostgresStore::Open(nodes.Options()).status()) == "store.unavailable");
  Nodes::server()->Start();
  const uint64_t head =
      Reason(refused.status()) == "store.outcome_unknown" ? *store.ReadHead(User("1")) : 1;
  CHECK(AppendSoon(store, Change(User("1"), head)).ok());
  CHECK(*store.ReadHead(User("1")) == head + 1);
}

TEST_CASE("a closing store without its server still answers whoever waits") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& store = nodes.Open();
  Nodes::server()->Stop(true);
  std::atomic<int> answered = 0;
  for (int i = 0; i < 20; ++i) {
    store.Append(Change(User(absl::StrCat(i)), 0), [&](absl::StatusOr<Committed>) { ++answered; });
  }
  nodes.Close();
  CHECK(answered == 20);
  Nodes::server()->Start();
}

}  // namespace
}  // namespace muniment::eventstore
