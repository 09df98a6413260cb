// Releases side by side over one database: a schema of any older release is brought to this one's
// while a node of that release works, and kinds of events that only a newer one knows wait for all.
#include <atomic>
#include <memory>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/time/clock.h"
#include "base/secret.h"
#include "contract/postgres_nodes.h"
#include "eventstore/commit.h"
#include "eventstore/postgres/batch.h"
#include "eventstore/postgres/statements.h"
#include "muniment/store/v1/body.pb.h"

namespace muniment::eventstore {
namespace {

// From which a release could append.
constexpr uint64_t kProcedures = 2, kLeases = 3, kNumbers = 4;

std::string Hex(absl::string_view bytes) {
  return absl::StrCat("'\\x", absl::BytesToHexString(bytes), "'::bytea");
}

// The schema as that release made it, with a row in each of its tables: an event by the system, the
// claim of a name, a key, one who was erased, a lease and a node.
void MakeOlder(Nodes& nodes, uint64_t version) {
  const std::string schema = nodes.Options().schema;
  std::string sql = absl::StrCat(
      "CREATE SCHEMA ", schema, "; SET search_path = ", schema, ", pg_catalog;",
      "CREATE TABLE schema_version (version integer PRIMARY KEY, usable_from integer NOT NULL,"
      " made timestamptz NOT NULL DEFAULT clock_timestamp());");
  for (uint64_t step = 1; step <= version; ++step) {
    absl::StrAppend(&sql, Migrations()[step - 1].sql,
                    "INSERT INTO schema_version (version, usable_from) VALUES (", step, ", 1);");
  }
  const StreamKey stream = User("before");
  const std::string key = Hex(EncodeStream(stream)), claim = Hex(ClaimOf("before"));
  const DataKey sealed = KeyOf("a", "before");
  absl::StrAppend(
      &sql, "CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (1) TO (10001);",
      "UPDATE head SET position = 1, stamp = 1700000000000000, log_end = 10001, log_step = 10000;",
      "INSERT INTO log VALUES (1, 7, 1, 1700000000000000, ", key, ", 1, ", Hex(BodyOf(stream, 1)),
      "); INSERT INTO heads VALUES (", key, ", 1); INSERT INTO sequences VALUES (7, 1);",
      "INSERT INTO claims VALUES (7, ", claim, ", ", key, ", 'name');",
      "INSERT INTO data_keys VALUES (7, ", Hex(sealed.id), ", 'before', 'wrapped a');",
      "INSERT INTO erased VALUES (7, 'gone');",
      "INSERT INTO nodes (node, batch, void) VALUES ('\\x01', 3, true);");
  if (version >= kLeases) sql += "INSERT INTO leases VALUES ('work', 5, '', 0, 1);";
  if (version >= kNumbers) sql += "UPDATE nodes SET number = nextval('node_numbers');";
  nodes.server()->Query(sql);
}

// A node of an older release: it knows of the procedures that stood then, and appends without end to
// one stream.
class OldNode {
 public:
  explicit OldNode(const PostgresOptions& options)
      : connection_(Open(options)), thread_([this] { Work(); }) {}
  ~OldNode() { Stop(); }

  uint64_t appended() const { return appended_; }
  // Why it ended by itself; "" where it did not.
  std::string Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return wrong_;
  }

 private:
  static std::unique_ptr<Connection> Open(const PostgresOptions& options) {
    auto opened = Connection::Open(options, Role::kAppend, absl::Now() + absl::Seconds(10));
    REQUIRE(opened.ok());
    return *std::move(opened);
  }
  void Work() {
    while (!stop_ && wrong_.empty()) {
      CommitDone nobody = [](const absl::StatusOr<Committed>&) {};
      Batch batch;
      batch.push_back(*PrepareCommit(Change(User("old"), appended_), nobody));
      const auto rows = connection_->Run(
          Sql("append"), EncodeBatch(key_, appended_ + 1, std::nullopt, batch),
          absl::Now() + absl::Seconds(10));
      if (!rows.ok()) {
        wrong_ = rows.status().ToString();
      } else if (const Verdicts said = ParseVerdicts(*rows);
                 !said.ran || said.verdicts != std::vector<uint64_t>{0}) {
        wrong_ = absl::StrCat("its batch ", appended_ + 1, " was refused");
      } else {
        ++appended_;
      }
    }
  }

  const std::unique_ptr<Connection> connection_;
  const std::string key_ = RandomBytes(16);
  std::atomic<uint64_t> appended_ = 0;
  std::atomic<bool> stop_ = false;
  std::string wrong_;
  std::thread thread_;
};

// What stood before is there, and counts.
void CheckKept(EventStore& store, uint64_t version) {
  Commit taken = Change(User("after"), 0);
  taken.events[0].claims = {{"name", ClaimOf("before")}};
  CHECK(Reason(Append(store, taken).status()) == "store.claim_taken");
  CHECK(Reason(Append(store, Change(User("before"), 0)).status()) == "store.conflict");
  CHECK(Append(store, Change(User("before"), 1)).ok());
  CHECK(store.ReadDataKey(kInstance, KeyOf("a", "before").id)->wrapped == "wrapped a");
  CHECK(store.ReadSubjectKeys(kInstance, "gone")->erased);
  const Lease lease = *store.TakeLease("work", "new", absl::Seconds(10));
  CHECK(lease.held);
  CHECK(lease.term > (version >= kLeases ? 5 : 0));
  const auto log = Log(store);
  REQUIRE_FALSE(log.empty());
  CHECK(log.front().body == BodyOf(User("before"), 1));
  CHECK(log.front().created_at == absl::FromUnixSeconds(1'700'000'000));
  for (size_t i = 0; i < log.size(); ++i) {
    REQUIRE(log[i].position == i + 1);
    REQUIRE(log[i].sequence == i + 1);
  }
}

TEST_CASE("a database of any older release is brought to this one's under a node that works") {
  SKIP_WITHOUT_POSTGRES();
  const uint64_t version = GENERATE(range<uint64_t>(1, Migrations().size()));
  INFO("version " << version);
  Nodes nodes;
  MakeOlder(nodes, version);
  std::unique_ptr<OldNode> old;
  if (version >= kProcedures) {
    old = std::make_unique<OldNode>(nodes.Options());
    REQUIRE(Eventually([&] { return old->appended() > 20; }));
  }
  EventStore& store = nodes.Open();
  if (old != nullptr) {
    // It goes on beside the new one.
    const uint64_t before = old->appended();
    for (uint64_t i = 0; i < 20; ++i) REQUIRE(Append(store, Change(User("new"), i)).ok());
    CHECK(Eventually([&] { return old->appended() > before + 20; }));
    CHECK(old->Stop() == "");
    CHECK(*store.ReadHead(User("old")) == old->appended());
  }
  CheckKept(store, version);
  CHECK(nodes.Query("SELECT count(*) FROM schema_version") ==
        std::vector<std::string>{absl::StrCat(Migrations().size())});
  // A node that had an hour without the database enters again by what its release knows.
  if (version < kNumbers) return;
  nodes.Query("SELECT enter_node_v1('\\x01')");
  CHECK(nodes.Query("SELECT count(*) FROM nodes WHERE number IS NOT NULL") ==
        std::vector<std::string>{"2"});
}

// ---------------------------------------------------------------------- format levels

constexpr uint32_t kNewer = kFormatLevel + 1;

PostgresOptions Newer(Nodes& nodes) {
  PostgresOptions options = nodes.Options();
  options.level = kNewer;
  return options;
}

// Of a kind that only the newer release knows.
Commit NewKind(const StreamKey& stream, uint64_t version) {
  Commit commit = Change(stream, version);
  store::v1::Body body;
  REQUIRE(body.ParseFromString(commit.events[0].body));
  body.set_level(kNewer);
  commit.events[0].body = body.SerializeAsString();
  return commit;
}

TEST_CASE("a kind of a new format level is written once every node reads it") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& newer = nodes.Open(Newer(nodes));
  auto older = *PostgresStore::Open(nodes.Options());
  const absl::Status refused = Append(newer, NewKind(User("1"), 0)).status();
  CHECK(absl::IsUnavailable(refused));
  CHECK(Reason(refused) == "store.level_not_read");
  // Nothing else waits for that, on neither.
  CHECK(Append(newer, Change(User("1"), 0)).ok());
  CHECK(Append(*older, Change(User("1"), 1)).ok());
  CHECK(Log(newer).size() == 2);

  older.reset();
  CHECK(Append(newer, NewKind(User("1"), 2)).ok());
  CHECK(Append(newer, NewKind(User("1"), 3)).ok());
  // From then on who cannot read it does not come in, and one that knows of no levels neither.
  CHECK(Reason(PostgresStore::Open(nodes.Options()).status()) == "store.level_too_high");
  CHECK(nodes.Query("SELECT max(usable_from) FROM schema_version") ==
        std::vector<std::string>{"7"});
  CHECK(Append(nodes.Open(Newer(nodes)), NewKind(User("1"), 4)).ok());
}

TEST_CASE("of commands that come together those of a new kind alone are refused") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& newer = nodes.Open(Newer(nodes));
  nodes.Open();
  constexpr int kEach = 50;
  std::atomic<int> stored = 0, refused = 0, other = 0;
  absl::BlockingCounter answered(2 * kEach);
  for (int i = 0; i < 2 * kEach; ++i) {
    const StreamKey stream = User(absl::StrCat(i));
    newer.Append(i % 2 == 0 ? Change(stream, 0) : NewKind(stream, 0),
                 [&, i](const absl::StatusOr<Committed>& done) {
                   const bool waits = Reason(done.status()) == "store.level_not_read";
                   ++(i % 2 == 0 && done.ok() ? stored : i % 2 == 1 && waits ? refused : other);
                   answered.DecrementCount();
                 });
  }
  answered.Wait();
  CHECK(stored == kEach);
  CHECK(refused == kEach);
  CHECK(other == 0);
}

TEST_CASE("an older node that was killed holds up new kinds for an hour") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& newer = nodes.Open(Newer(nodes));
  // As the release before levels entered itself.
  nodes.Query("SELECT enter_node_v1('\\x01')");
  nodes.Query("UPDATE nodes SET seen = now() - interval '59 minutes' WHERE node = '\\x01'");
  CHECK(Reason(Append(newer, NewKind(User("1"), 0)).status()) == "store.level_not_read");
  nodes.Query("UPDATE nodes SET seen = now() - interval '61 minutes' WHERE node = '\\x01'");
  CHECK(Append(newer, NewKind(User("1"), 0)).ok());
}

TEST_CASE("a log that lost its end asks again before it holds a new kind") {
  SKIP_WITHOUT_POSTGRES();
  Nodes nodes;
  EventStore& newer = nodes.Open(Newer(nodes));
  REQUIRE(Append(newer, NewKind(User("1"), 0)).ok());
  // As a standby stands that was promoted without the newest: an older node lives by it.
  nodes.Query(
      "UPDATE head SET level = 1; UPDATE schema_version SET usable_from = 1;"
      "SELECT enter_node_v1('\\x01')");
  CHECK(nodes.KillAppenders() == 1);
  CHECK(Reason(AppendSoon(newer, NewKind(User("1"), 1)).status()) == "store.level_not_read");
  CHECK(AppendSoon(newer, Change(User("1"), 1)).ok());
}

}  // namespace
}  // namespace muniment::eventstore
