#include <fstream>

#include "projections/replay.h"
#include "tests/projections/fixture.h"

namespace muniment::projections {
namespace {

namespace fs = std::filesystem;
using event::v1::EmailChanged;
using event::v1::HumanAdded;
using event::v1::MetadataEvent;
using event::v1::MetadataSet;
using event::v1::UserEvent;
using event::v1::UserLocked;
using event::v1::UsernameChanged;
using event::v1::UserRemoved;

std::unique_ptr<google::protobuf::Message> NewRow(const TablePlan& table) {
  auto* factory = google::protobuf::MessageFactory::generated_factory();
  return std::unique_ptr<google::protobuf::Message>(factory->GetPrototype(table.row())->New());
}

TEST_CASE("read models rebuilt from the log equal the live ones byte for byte") {
  const uint32_t seed = GENERATE(1u, 2u, 3u);
  TempDir dir;
  Log log;
  auto live = OpenAll(dir / "live");
  {
    // Live: folded as it comes, in batches of every size.
    auto runner = Runner::Start(log.source(), AllProjections(), *live, {.batch_events = 7});
    REQUIRE(runner.ok());
    Script(log, seed).Raise(1500);
    Outcome applied;
    (*runner)->Applied(log.store().ReadLogHead()->position, applied.Done());
    REQUIRE(applied.Wait().ok());
  }
  RequireRebuilt(log, *live, dir / "rebuilt");
}

TEST_CASE("a comparison names the first entry that differs") {
  TempDir dir;
  Log log;
  Script(log, 9).Raise(200);
  auto live = OpenAll(dir / "live");
  REQUIRE(CatchUp(log, *live).ok());
  auto rebuilt = Replay(log.source(), AllProjections(), dir / "rebuilt");
  REQUIRE(rebuilt.ok());
  Batch batch(**rebuilt);
  batch.Begin(1, 1000);
  row::v1::Metadata foreign;
  foreign.set_aggregate(AGGREGATE_USER);
  foreign.set_resource_id("nobody");
  batch.Put(1, foreign);
  REQUIRE(batch.Commit((*rebuilt)->checkpoint()).ok());
  const View a = live->Read();
  const View b = (*rebuilt)->Read();
  const auto comparison = Compare(a, b);
  REQUIRE(comparison.ok());
  CHECK_FALSE(comparison->equal());
  int differing = 0;
  for (const Part& part : comparison->parts) {
    if (part.equal()) continue;
    ++differing;
    CHECK(part.table == "muniment.row.v1.Metadata");
    CHECK_FALSE(part.first_difference.empty());
  }
  CHECK(differing == 2);  // the row and its index entry
}

// As a crash leaves it: files as they are, the end of the log of writes missing.
void CopyTorn(const std::string& from, const std::string& to, std::mt19937& random) {
  fs::copy(from, to, fs::copy_options::recursive);
  fs::path newest;
  for (const auto& entry : fs::directory_iterator(to)) {
    if (entry.path().extension() == ".log" && (newest.empty() || entry.path() > newest)) {
      newest = entry.path();
    }
  }
  REQUIRE_FALSE(newest.empty());
  const uint64_t size = fs::file_size(newest);
  fs::resize_file(newest, size == 0 ? 0 : random() % size);
}

TEST_CASE("however much of the last writes a crash took, each event counts exactly once") {
  TempDir dir;
  Log log;
  std::mt19937 random(5);
  Script script(log, 11);
  auto live = OpenAll(dir / "live");
  // A copy of files is a crash's only while none of them comes or goes.
  RunnerOptions options;
  options.batch_events = 5;
  options.purge.soon = options.purge.after = absl::Hours(1);
  auto runner = Runner::Start(log.source(), AllProjections(), *live, options);
  REQUIRE(runner.ok());
  for (int crash = 0; crash < 12; ++crash) {
    script.Raise(60);
    Outcome applied;
    (*runner)->Applied(log.store().ReadLogHead()->position, applied.Done());
    REQUIRE(applied.Wait().ok());
    const std::string torn = dir / absl::StrCat("torn", crash);
    CopyTorn(dir / "live", torn, random);
    auto reopened = OpenAll(torn);
    INFO(reopened->checkpoint().position);
    REQUIRE(CatchUp(log, *reopened).ok());
    const View a = live->Read();
    const View b = reopened->Read();
    const auto comparison = Compare(a, b);
    REQUIRE(comparison.ok());
    INFO(Describe(*comparison));
    CHECK(comparison->equal());
  }
}

TEST_CASE("indexes and counters are what the rows say") {
  TempDir dir;
  Log log;
  Script(log, 21).Raise(1200);
  auto live = OpenAll(dir / "live");
  REQUIRE(CatchUp(log, *live, {.batch_events = 13}).ok());
  View view = live->Read();
  for (const TablePlan* table : live->tables()) {
    for (uint64_t instance = 0; instance <= 3; ++instance) {
      std::map<std::string, std::vector<std::string>> entries;
      std::map<std::pair<int, std::string>, uint64_t> counts;
      const std::unique_ptr<google::protobuf::Message> row = NewRow(*table);
      RowCursor rows = view.ScanRows(instance, *table, "");
      for (; rows.Valid(); rows.Next()) {
        REQUIRE(rows.Row(row.get()).ok());
        for (const IndexPlan& index : table->indexes()) {
          std::string entry;
          if (!index.AppendEntry(*row, rows.row_key(), &entry)) continue;
          std::vector<std::string>& all = entries[index.name()];
          // No two rows claim it.
          if (index.unique()) REQUIRE(std::find(all.begin(), all.end(), entry) == all.end());
          all.push_back(std::move(entry));
        }
        for (const CounterPlan& counter : table->counters()) {
          ++counts[{counter.ordinal(), counter.KeyOf(*row)}];
        }
      }
      REQUIRE(rows.status().ok());
      for (const IndexPlan& index : table->indexes()) {
        auto& expected = entries[index.name()];
        std::sort(expected.begin(), expected.end());
        if (index.unique()) continue;
        std::vector<std::string> found;
        IndexCursor cursor = view.Scan(instance, *table, index, {});
        for (; cursor.Valid(); cursor.Next()) found.emplace_back(cursor.entry());
        REQUIRE(cursor.status().ok());
        CHECK(found == expected);
      }
      if (table->row() == row::v1::User::descriptor()) {
        for (const auto& [key, count] : counts) {
          if (key.first != table->counter("org").ordinal()) continue;
          absl::string_view org = key.second;
          org.remove_suffix(2);
          CHECK(*view.Count<row::v1::User>(instance, "org", {org}) == count);
        }
      }
    }
  }
}

TEST_CASE("the past of a row, asked for at each sequence, is the fold up to there") {
  TempDir dir;
  Log log;
  Script script(log, 31);
  script.Raise(350);
  auto live = OpenAll(dir / "live");
  REQUIRE(CatchUp(log, *live).ok());
  View now = live->Read();
  const uint64_t head = log.store().ReadLogHead()->position;
  for (uint64_t position = 7; position <= head; position += 29) {
    auto then = Replay(log.source(), AllProjections(), dir / "then", {.until = position});
    REQUIRE(then.ok());
    View past = (*then)->Read();
    for (uint64_t instance = 1; instance <= 3; ++instance) {
      const uint64_t sequence = past.sequence(instance);
      for (const TablePlan* table : live->tables()) {
        if (!table->history()) continue;
        const auto rows = now.ScanAt(*table, instance, "", sequence);
        REQUIRE(rows.ok());
        size_t at = 0;
        const std::unique_ptr<google::protobuf::Message> row = NewRow(*table);
        for (RowCursor cursor = past.ScanRows(instance, *table, ""); cursor.Valid();
             cursor.Next(), ++at) {
          REQUIRE(at < rows->size());
          REQUIRE(cursor.Row(row.get()).ok());
          // What was erased since is gone from the past too.
          table->ClearPersonal(row.get());
          table->ClearPersonal((*rows)[at].get());
          CHECK(row->SerializeAsString() == (*rows)[at]->SerializeAsString());
          std::unique_ptr<google::protobuf::Message> one(row->New());
          CHECK(*now.GetAt(*table, instance, cursor.row_key(), sequence, one.get()));
        }
        CHECK(at == rows->size());
      }
    }
  }
}

TEST_CASE(
    "an erased subject leaves no personal value in rows, past or index, and a rebuild agrees") {
  TempDir dir;
  Log log;
  auto live = OpenAll(dir / "live");
  auto runner = Runner::Start(log.source(), AllProjections(), *live);
  REQUIRE(runner.ok());
  HumanAdded added;
  added.set_organization_id("org");
  added.set_username("SecretName");
  added.mutable_profile()->set_display_name("SecretDisplay");
  added.set_email("secret@example.com");
  log.Raise<UserEvent>(1, "7", added);
  UsernameChanged changed;
  changed.set_username("SecretNewName");
  log.Raise<UserEvent>(1, "7", changed);
  MetadataSet set;
  set.set_key("k");
  set.set_value("SecretValue");
  log.Raise<MetadataEvent>(1, "7", set, AGGREGATE_USER);
  log.Raise<UserEvent>(1, "7", UserLocked());
  Outcome before;
  (*runner)->Applied(4, before.Done());
  REQUIRE(before.Wait().ok());
  CHECK(live->Read().Get<row::v1::User>(1, {"7"})->value().username() == "SecretNewName");

  SECTION("while he stands") {}
  SECTION("after he was removed") { log.Raise<UserEvent>(1, "7", UserRemoved()); }
  const auto erased = log.EraseSubject(1, "7");
  // Written after: without a key its personal fields are never there.
  EmailChanged email;
  email.set_email("secret2@example.com");
  log.Raise<UserEvent>(1, "7", email);
  Outcome after;
  (*runner)->Applied(erased.position + 1, after.Done());
  REQUIRE(after.Wait().ok());

  View view = live->Read();
  const auto history =
      view.History(TablePlan::Of<row::v1::User>(), 1, TablePlan::Of<row::v1::User>().Key({"7"}));
  REQUIRE(history.ok());
  CHECK(history->size() >= 3);
  for (const RowVersion& version : *history) {
    CHECK(version.row->ShortDebugString().find("ecret") == std::string::npos);
  }
  for (const IndexPlan& index : TablePlan::Of<row::v1::User>().indexes()) {
    IndexCursor cursor = view.Scan(1, TablePlan::Of<row::v1::User>(), index, {});
    for (; cursor.Valid(); cursor.Next()) {
      CHECK(cursor.entry().find("ecret") == absl::string_view::npos);
    }
  }
  const auto metadata = view.Get<row::v1::Metadata>(1, {AGGREGATE_USER, "7", "k"});
  REQUIRE(metadata.ok());
  if (metadata->has_value()) CHECK((*metadata)->value().empty());
  RequireRebuilt(log, *live, dir / "rebuilt");
}

}  // namespace
}  // namespace muniment::projections
