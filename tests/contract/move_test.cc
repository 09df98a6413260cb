// A log copied from every kind of store into every other.
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "contract/copies.h"
#include "contract/harness.h"
#include "contract/postgres_server.h"
#include "contract/skip.h"
#include "eventstore/envelope.h"
#include "eventstore/move.h"
#include "eventstore/postgres/export.h"
#include "eventstore/postgres/import.h"
#include "eventstore/postgres/postgres_store.h"
#include "eventstore/rocksdb/import.h"
#include "eventstore/rocksdb/rocks_store.h"

namespace muniment::eventstore {
namespace {

// Two instances, events of both classes, a pruned day that takes the newest events of one stream
// and all of another, claims that moved, keys, an erased subject.
void Fill(Bench& bench) {
  const uint32_t day = DayOf(bench.clock().Now());
  Commit first = Change(User("1"), 0, 3);
  first.events[0].claims = {{"name", ClaimOf("a")}, {"mail", ClaimOf("m")}};
  first.events[2].claims = {{"name", ClaimOf("b")}};
  first.keys = {KeyOf("k1", "1"), KeyOf("k2", "1")};
  REQUIRE(bench.Append(first).ok());
  REQUIRE(bench.Append(Change(User("1"), 3, 2, SIGN_IN)).ok());
  REQUIRE(bench.Append(Change(Org("gone"), 0, 3, SIGN_IN)).ok());
  Commit other = Change(User("1", 9), 0, 2);
  other.events[1].claims = {{"name", ClaimOf("a")}};
  other.keys = {KeyOf("k1", "1", 9)};
  REQUIRE(bench.Append(other).ok());
  Commit doomed = Change(User("2"), 0);
  doomed.keys = {KeyOf("k3", "2")};
  REQUIRE(bench.Append(doomed).ok());
  Commit erase = Change(User("2"), 1);
  erase.erased_subjects = {"2"};
  REQUIRE(bench.Append(erase).ok());
  bench.clock().Advance(absl::Hours(48));
  REQUIRE(bench.Append(Change(User("3"), 0, 2, SIGN_IN)).ok());
  for (int i = 0; i < 8; ++i) REQUIRE(bench.Append(Change(Org("1"), 5 * i, 5)).ok());
  REQUIRE(bench.Append(Change(User("3"), 2, 1, SIGN_IN)).ok());
  REQUIRE(bench.store().PruneDay(kInstance, SIGN_IN, day).ok());
}

void CheckSame(Bench& a, Bench& b) {
  const auto log = a.Log();
  const auto copy = b.Log();
  REQUIRE(log.size() == copy.size());
  for (size_t i = 0; i < log.size(); ++i) {
    CHECK(copy[i].position == log[i].position);
    CHECK(copy[i].keep == log[i].keep);
    CHECK(LeafHash(copy[i]) == LeafHash(log[i]));
  }
  CHECK(b.Claims() == a.Claims());
  for (const StreamKey& stream : {User("1"), User("1", 9), User("2"), User("3"), Org("1"),
                                  Org("gone")}) {
    CHECK(*b.store().ReadHead(stream) == *a.store().ReadHead(stream));
    CHECK(b.Stream(stream).size() == a.Stream(stream).size());
  }
  for (const uint64_t instance : {kInstance, uint64_t{9}}) {
    CHECK(*b.store().ReadSequence(instance) == *a.store().ReadSequence(instance));
    CHECK(b.Instance(instance, 1, 1000).size() == a.Instance(instance, 1, 1000).size());
  }
  const LogHead head = *a.store().ReadLogHead();
  const LogHead moved = *b.store().ReadLogHead();
  CHECK(moved.epoch == head.epoch);
  CHECK(moved.position == head.position);
  CHECK(moved.hash == head.hash);
  CHECK(b.store().ReadSubjectKeys(kInstance, "1")->keys.size() == 2);
  CHECK(b.store().ReadSubjectKeys(kInstance, "2")->erased);
  CHECK(b.store().ReadDataKey(9, KeyOf("k1", "").id)->wrapped == "wrapped k1");
}

TEST_CASE("a log moves from every store into every other and goes on there") {
  for (const StoreKind& from : Stores()) {
    for (const StoreKind& to : Stores()) {
      INFO(from.name << " to " << to.name);
      Bench source(from);
      Fill(source);
      Bench target(to);
      Copies copies(source, target);
      const auto moved = copies.Move();
      INFO(moved.status());
      REQUIRE(moved.ok());
      CHECK(moved->print.events() == source.Log().size());
      CHECK(moved->print.trees().size() == 3);  // two main trees and a day
      CHECK(moved->print.rows(kHeadRows) == 6);
      CheckSame(source, target);

      // The log goes on: numbers, claims, versions, erasures and time as they stood.
      CHECK(Reason(target.Append(Change(Org("1"), 0)).status()) == "store.conflict");
      Commit taken = Change(User("4"), 0);
      taken.events[0].claims = {{"name", ClaimOf("b")}};
      CHECK(Reason(target.Append(taken).status()) == "store.claim_taken");
      Commit revived = Change(User("2"), 2);
      revived.keys = {KeyOf("k9", "2")};
      CHECK(Reason(target.Append(revived).status()) == "store.conflict");
      const LogHead head = *source.store().ReadLogHead();
      Commit next = Change(Org("gone"), 3);
      next.events[0].claims = {{"name", ClaimOf("free")}};
      const auto committed = target.Append(next);
      REQUIRE(committed.ok());
      CHECK(committed->position == head.position + 1);
      CHECK(committed->last_sequence == *source.store().ReadSequence(kInstance) + 1);
      CHECK(committed->created_at >= source.Log().back().created_at);
    }
  }
}

TEST_CASE("a move that was cut short anywhere goes on behind what was written") {
  Bench source(Stores()[0]);
  Fill(source);
  const size_t events = source.Log().size();
  Bench counted(Stores()[0]);
  const Fingerprint print = Copies(source, counted).Move()->print;
  size_t all = events;
  for (size_t kind = 0; kind < kRowKinds; ++kind) all += print.rows(static_cast<RowKind>(kind));
  for (const StoreKind& to : DurableStores()) {
    // The last two: before the end is noted, and before the mark is taken away.
    for (const size_t cut : {size_t{0}, size_t{1}, events / 2, events, events + 4, events + 14, all,
                             all + 1}) {
      INFO(to.name << " cut after " << cut);
      Bench target(to);
      Copies copies(source, target);
      const absl::Status killed = copies.MoveUpTo(cut);
      INFO(killed);
      REQUIRE(killed.ok());
      // Nothing else takes a half copy for a log.
      CHECK(Reason(copies.OpenTarget()) == "store.import_unfinished");
      const auto moved = copies.Move();
      INFO(moved.status());
      REQUIRE(moved.ok());
      CHECK((cut == 0 ? moved->resumed_at == 0 : moved->resumed_at > 0));
      CheckSame(source, target);
    }
  }
}

TEST_CASE("a copy is proved before anybody can open it") {
  Bench source(Stores()[0]);
  Fill(source);
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench target(to);
    Copies copies(source, target);
    const LogHead head = *source.store().ReadLogHead();
    int proofs = 0;
    copies.Prove([&] {
      CHECK(Reason(copies.ReadTarget(/*unfinished=*/false).status()) == "store.import_unfinished");
      const auto found = copies.ReadTarget(/*unfinished=*/true);
      INFO(found.status());
      REQUIRE(found.ok());
      CHECK(found->position == head.position);
      CHECK(found->hash == head.hash);
      return ++proofs == 1 ? absl::CancelledError("killed") : absl::OkStatus();
    });
    CHECK(absl::IsCancelled(copies.Move().status()));
    CHECK(Reason(copies.OpenTarget()) == "store.import_unfinished");
    REQUIRE(copies.Move().ok());
    CHECK(proofs == 2);
    CHECK(copies.ReadTarget(/*unfinished=*/false).ok());
    CheckSame(source, target);
  }
}

TEST_CASE("a copy that came to its end is known to be the log it was made of") {
  for (const StoreKind& from : Stores()) {
    for (const StoreKind& to : Stores()) {
      INFO(from.name << " to " << to.name);
      Bench source(from);
      Fill(source);
      Bench target(to);
      Copies copies(source, target);
      REQUIRE(copies.Move().ok());
      CHECK(Reason(copies.Move().status()) == "import.not_empty");
      CHECK(copies.Difference() == "");
      // Both go on by one event, each by another.
      REQUIRE(target.Append(Change(Org("1"), 40)).ok());
      CHECK(absl::StrContains(copies.Difference(), "the other at"));
      source.clock().Advance(absl::Seconds(1));
      REQUIRE(source.Append(Change(User("5"), 0)).ok());
      CHECK(copies.Difference() != "");
    }
  }
}

// What stands in a folder or a schema of the place's name.
bool Stands(const StoreKind& kind, const std::string& place) {
  if (kind.name == "rocksdb") {
    return std::filesystem::exists(FolderOf(place)) ||
           std::filesystem::exists(FolderOf(place) + ".new");
  }
  return PostgresServer::Get()
             ->Query(absl::StrCat("SELECT count(*) FROM pg_namespace WHERE nspname = '", place,
                                  "'"))
             .at(0) != "0";
}

absl::StatusOr<std::unique_ptr<Importer>> ImportInto(const StoreKind& kind,
                                                     const std::string& place) {
  if (kind.name == "rocksdb") return RocksImporter::Open({.path = FolderOf(place)});
  return PostgresImporter::Open({.url = PostgresServer::Get()->url(), .schema = place});
}

TEST_CASE("an import that wrote nothing leaves the place as it was") {
  for (const StoreKind& kind : DurableStores()) {
    INFO(kind.name);
    const std::string place = NewPlaceName();
    {
      const auto importer = ImportInto(kind, place);
      INFO(importer.status());
      REQUIRE(importer.ok());
      CHECK(Stands(kind, place));
      CHECK((*importer)->Abandon().ok());
    }
    CHECK_FALSE(Stands(kind, place));
    // A store that nobody has founded yet.
    Bench bench(kind);
    bench.Close();
    {
      const auto importer = ImportInto(kind, bench.place());
      REQUIRE(importer.ok());
      CHECK((*importer)->Abandon().ok());
    }
    bench.Reopen();
    CHECK(bench.Append(Change(User("1"), 0)).ok());
    // What a run before this one wrote is not given up.
    Bench source(Stores()[0]);
    Fill(source);
    Bench target(kind);
    Copies copies(source, target);
    REQUIRE(copies.MoveUpTo(5).ok());
    {
      const auto importer = ImportInto(kind, target.place());
      REQUIRE(importer.ok());
      CHECK((*importer)->last() > 0);
      CHECK((*importer)->Abandon().ok());
    }
    CHECK(Reason(copies.OpenTarget()) == "store.import_unfinished");
    CHECK(copies.Move()->resumed_at > 0);
  }
}

TEST_CASE("a folder is marked before it can be found, and says whose it is") {
  const std::string folder = FolderOf(NewPlaceName());
  // What a run leaves that is killed while it makes the database.
  std::filesystem::create_directory(folder + ".new");
  std::ofstream(folder + ".new/MANIFEST-000001") << "half";
  std::filesystem::create_directory(folder);
  {
    const auto importer = RocksImporter::Open({.path = folder});
    INFO(importer.status());
    REQUIRE(importer.ok());
    CHECK_FALSE(std::filesystem::exists(folder + ".new"));
  }
  absl::Status refused = RocksStore::Open({.path = folder}).status();
  CHECK(Reason(refused) == "store.import_unfinished");
  CHECK(absl::StrContains(refused.message(), "run muniment migrate or restore again"));
  {
    const auto importer = RocksImporter::Open({.path = folder});
    REQUIRE((*importer)->SetCommand("restore").ok());
  }
  refused = RocksStore::Open({.path = folder}).status();
  CHECK(Reason(refused) == "store.import_unfinished");
  CHECK(absl::StrContains(refused.message(), "an unfinished restore; run muniment restore again"));
  // An empty folder that stood stands again.
  std::filesystem::remove_all(folder);
  std::filesystem::create_directory(folder);
  CHECK((*RocksImporter::Open({.path = folder}))->Abandon().ok());
  CHECK(std::filesystem::is_empty(folder));
  std::filesystem::remove_all(folder);
}

TEST_CASE("what one command began, another does not go on with") {
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench target(to);
    target.Close();
    const auto begin = [&](const char* command) {
      const auto importer = ImportInto(to, target.place());
      REQUIRE(importer.ok());
      return (*importer)->SetCommand(command);
    };
    CHECK(begin("restore").ok());
    const absl::Status other = begin("migrate");
    CHECK(Reason(other) == "store.import_unfinished");
    CHECK(absl::StrContains(other.message(), "run muniment restore again"));
    // It is the first one's still.
    CHECK(begin("restore").ok());
  }
}

TEST_CASE("keys that are put into a log on PostgreSQL may be cut short, and begin again") {
  SKIP_WITHOUT_POSTGRES();
  Bench bench(Stores().back());
  Fill(bench);
  const LogHead head = *bench.store().ReadLogHead();
  bench.Close();
  const PostgresOptions options = {.url = PostgresServer::Get()->url(), .schema = bench.place()};
  const auto refused = [&options] { return Reason(PostgresStore::Open(options).status()); };
  const LogEnd raised = {.epoch = head.epoch + 1, .position = head.position};
  {
    const auto importer = PostgresImporter::Reopen(options);
    REQUIRE(importer.ok());
    CHECK((*importer)->Abandon().ok());
  }
  CHECK(PostgresStore::Open(options).ok());
  // One that was ended before it emptied anything keeps nobody from the log: who comes after it and is
  // refused takes its mark off.
  REQUIRE(PostgresImporter::Reopen(options).ok());
  CHECK(refused() == "store.import_unfinished");
  {
    const auto importer = PostgresImporter::Reopen(options);
    REQUIRE(importer.ok());
    CHECK((*importer)->Abandon().ok());
  }
  CHECK(PostgresStore::Open(options).ok());
  for (const bool to_the_end : {false, true}) {
    {
      const auto importer = PostgresImporter::Reopen(options);
      INFO(importer.status());
      REQUIRE(importer.ok());
      CHECK((*importer)->SetCommand("restore").ok());
      // The epoch that the log had before anybody began.
      CHECK((*importer)->Written().ReadEnd()->epoch == head.epoch);
      CHECK((*importer)->last() == head.position);
      CHECK((*importer)->Clear(kKeyRows).ok());
      if (to_the_end) CHECK((*importer)->SetEnd(raised).ok());
    }
    CHECK(refused() == "store.import_unfinished");
  }
  {
    const auto importer = PostgresImporter::Reopen(options);
    REQUIRE(importer.ok());
    CHECK((*importer)->Written().ReadEnd()->epoch == head.epoch);
    CHECK((*importer)->AddRow(KeyOf("k1", "1")).ok());
    CHECK((*importer)->SetEnd(raised).ok());
    CHECK((*importer)->Finish().ok());
  }
  bench.Reopen();
  CHECK(bench.store().ReadLogHead()->epoch == head.epoch + 1);
  CHECK(bench.store().ReadSubjectKeys(kInstance, "1")->keys.size() == 1);
  bench.Close();
  // What a migration has not finished is no dump that lacks its keys.
  PostgresServer::Get()->Query(absl::StrCat("CREATE TABLE ", bench.place(),
                                            ".import (position bigint NOT NULL); COMMENT ON TABLE ",
                                            bench.place(), ".import IS 'migrate'"));
  const absl::Status moving = PostgresImporter::Reopen(options).status();
  CHECK(Reason(moving) == "store.import_unfinished");
  CHECK(absl::StrContains(moving.message(), "run muniment migrate again"));
  PostgresServer::Get()->Query(absl::StrCat("DROP TABLE ", bench.place(), ".import"));
  bench.Reopen();
}

TEST_CASE("what was destroyed between two runs of a move does not stand in the copy") {
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench source(Stores()[0]);
    Fill(source);
    Bench target(to);
    Copies copies(source, target);
    REQUIRE(copies.MoveUpTo(source.Log().size() + 14).ok());
    Commit erase = Change(User("1"), 5);
    erase.erased_subjects = {"1"};
    erase.events[0].releases_claims = true;
    REQUIRE(source.Append(erase).ok());
    const auto moved = copies.Move();
    INFO(moved.status());
    REQUIRE(moved.ok());
    CHECK(target.store().ReadSubjectKeys(kInstance, "1")->keys.empty());
    CHECK(target.store().ReadSubjectKeys(kInstance, "1")->erased);
    CHECK(target.Claims() == source.Claims());
    CHECK_FALSE(copies.TargetHolds("wrapped k2"));
  }
}

TEST_CASE("a move refuses a place that holds a log, or the beginning of another") {
  for (const StoreKind& to : Stores()) {
    INFO(to.name);
    Bench source(Stores()[0]);
    Fill(source);
    Bench target(to);
    REQUIRE(target.Append(Change(User("1"), 0)).ok());
    Copies copies(source, target);
    CHECK(Reason(copies.Move().status()) == "import.not_empty");
    CHECK(target.Log().size() == 1);
  }
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench source(Stores()[0]);
    Fill(source);
    Bench other(Stores()[0]);
    other.clock().Advance(absl::Seconds(1));
    Fill(other);
    Bench target(to);
    REQUIRE(Copies(other, target).MoveUpTo(10).ok());
    CHECK(Reason(Copies(source, target).Move().status()) == "move.other_log");
    CHECK(Copies(other, target).Move().ok());
  }
}

TEST_CASE("a log that grows while it is copied is noticed, and the next run has it all") {
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench source(Stores()[0]);
    Fill(source);
    Bench target(to);
    Copies copies(source, target);
    bool grown = false;
    copies.WhileCopying([&] {
      if (!grown) REQUIRE(source.Append(Change(User("late"), 0)).ok());
      grown = true;
    });
    CHECK(Reason(copies.Move().status()) == "move.moving");
    CHECK(Reason(copies.OpenTarget()) == "store.import_unfinished");
    REQUIRE(copies.Move().ok());
    CheckSame(source, target);
  }
}

TEST_CASE("a copy that is not what was read is not put into use") {
  Bench source(Stores()[0]);
  Fill(source);
  for (const StoreKind& to : DurableStores()) {
    INFO(to.name);
    Bench target(to);
    Copies copies(source, target);
    copies.Alter([](StoredEvent& event) {
      if (event.position == 3) event.created_at += absl::Microseconds(1);
    });
    const auto moved = copies.Move();
    CHECK(Reason(moved.status()) == "move.differs");
    CHECK(absl::StrContains(moved.status().message(), "the main tree of instance 7"));
    CHECK(Reason(copies.OpenTarget()) == "store.import_unfinished");
  }
}

TEST_CASE("nothing is copied from a log without events, or into a folder of other things") {
  Bench empty(Stores()[0]);
  Bench target(Stores()[1]);
  CHECK(Reason(Copies(empty, target).Move().status()) == "store.not_founded");
  const std::string folder = FolderOf(NewPlaceName());
  std::filesystem::create_directory(folder);
  std::ofstream(folder + "/letters.txt") << "dear";
  const auto refused = RocksImporter::Open({.path = folder});
  CHECK(Reason(refused.status()) == "import.not_empty");
  CHECK(std::filesystem::file_size(folder + "/letters.txt") == 4);
  CHECK_FALSE(std::filesystem::exists(folder + "/CURRENT"));
  std::filesystem::remove_all(folder);
}

TEST_CASE("nodes on PostgreSQL and a copy shut each other out") {
  SKIP_WITHOUT_POSTGRES();
  Bench bench(Stores().back());
  REQUIRE(bench.Append(Change(User("1"), 0)).ok());
  const PostgresOptions options = {.url = PostgresServer::Get()->url(), .schema = bench.place()};
  CHECK(Reason(PostgresExporter::Open(options, Use::kSole).status()) == "store.in_use");
  CHECK(Reason(PostgresImporter::Open(options).status()) == "store.in_use");
  CHECK(PostgresExporter::Open(options, Use::kShared).ok());
  bench.Close();
  {
    const auto exporter = PostgresExporter::Open(options, Use::kSole);
    REQUIRE(exporter.ok());
    const auto node = PostgresStore::Open(options);
    CHECK(Reason(node.status()) == "store.unavailable");
    CHECK(absl::StrContains(node.status().message(), "being copied"));
  }
  bench.Reopen();
  CHECK(bench.Append(Change(User("1"), 1)).ok());
}

}  // namespace
}  // namespace muniment::eventstore
