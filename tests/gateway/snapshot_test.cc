// Read models that go from one node to another in a sealed file.
#include "projections/snapshot.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "gateway/master_key.h"
#include "gateway/models.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"
#include "projections/projection.h"
#include "projections/replay.h"

namespace muniment::gateway {
namespace {

namespace fs = std::filesystem;
using projections::SnapshotInfo;
using projections::TakeSnapshot;

void Write(const std::string& path, const std::string& content) {
  std::ofstream(path, std::ios::binary) << content;
}

MasterKey MasterOf(const Config& config) { return *LoadMasterKey(config, true); }

// Of a node that runs.
SnapshotInfo Written(const Config& config, const std::string& file) {
  const auto scratch = ScratchFolder::Make();
  REQUIRE(scratch.ok());
  uint64_t told = 0;
  const auto info = projections::WriteSnapshot(
      ModelsPath(config), (*scratch)->path(), MasterOf(config), file,
      [&told](uint64_t done, uint64_t total) {
        CHECK(done <= total);
        told = done;
      });
  REQUIRE(info.status().message() == "");
  CHECK(told == info->entries);
  return *info;
}

// An embedded node with a few people, its snapshot and what stands in it.
struct Source {
  Source() : config(*data.Load()), node(config), file(data.path() + "/snapshot") {
    for (int i = 0; i < 20; ++i) {
      REQUIRE(AddHuman(node, absl::StrCat("user", i), {Bearer(data.token())}).ok());
    }
    info = Written(config, file);
  }
  DataDir data;
  Config config;
  Server node;
  std::string file;
  SnapshotInfo info;
};

std::unique_ptr<projections::Database> OpenReadOnly(const std::string& path,
                                                    const projections::Projections& tables) {
  auto opened = projections::Database::Open({.path = path, .read_only = true},
                                            projections::PlansOf(tables));
  REQUIRE(opened.status().message() == "");
  return *std::move(opened);
}

TEST_CASE("a snapshot beside a running server holds its read models byte for byte") {
  Source source;
  const DataDir other;
  const std::string models = other.path() + "/models";
  REQUIRE(TakeSnapshot(source.file, MasterOf(source.config), models).message() == "");
  const auto tables = projections::AllProjections();
  const auto present = OpenReadOnly(ModelsPath(source.config), tables);
  const auto taken = OpenReadOnly(models, tables);
  CHECK(taken->checkpoint() == present->checkpoint());
  CHECK(taken->checkpoint().position == source.info.position);
  const auto same = projections::Compare(taken->Read(), present->Read());
  REQUIRE(same.ok());
  CHECK(same->equal());
  CHECK((fs::status(source.file).permissions() & fs::perms(077)) == fs::perms::none);
  // Nobody is told names without the key.
  CHECK(Content(source.file).find("user1") == std::string::npos);
}

TEST_CASE("a snapshot that was changed or cut off anywhere leaves nothing behind") {
  Source source;
  const DataDir other;
  const std::string models = other.path() + "/models";
  const std::string bad = other.path() + "/bad";
  const std::string whole = Content(source.file);
  for (size_t i = 0; i < 12; ++i) {
    const size_t at = whole.size() * i / 12;
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    for (const std::string& content : {changed, whole.substr(0, at), whole + whole.substr(at)}) {
      INFO(at);
      if (content == whole) continue;
      Write(bad, content);
      const absl::Status refused = TakeSnapshot(bad, MasterOf(source.config), models);
      CHECK((Reason(refused) == "snapshot.damaged" || Reason(refused) == "master_key.other"));
      CHECK_FALSE(fs::exists(models));
      CHECK_FALSE(fs::exists(models + ".part"));
    }
  }
}

TEST_CASE("a snapshot under another master key is refused, one where models stand too") {
  Source source;
  const DataDir other;
  const std::string models = other.path() + "/models";
  CHECK(Reason(TakeSnapshot(source.file, MasterKey::Generate(), models)) == "master_key.other");
  CHECK(Reason(TakeSnapshot(source.file, MasterOf(source.config), ModelsPath(source.config))) ==
        "snapshot.exists");
  CHECK(Reason(TakeSnapshot(other.path() + "/none", MasterOf(source.config), models)) ==
        "file.unreadable");
}

TEST_CASE("a fresh node starts from another's snapshot, and from the log where it is of no use") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const std::string file = nodes.data[0].path() + "/snapshot";
  // The newest is looked at by every node.
  nodes.store.Query("CREATE TABLE kept AS SELECT position, body FROM log ORDER BY 1 DESC LIMIT 1");
  REQUIRE(AddHuman(nodes.a, "earlier", {Bearer(nodes.token)}).ok());
  Written(nodes.store.Load(nodes.data[0]), file);
  // Who folded the log from its beginning would stop at this one, which the snapshot holds.
  nodes.store.Query(
      "UPDATE log SET body = '\\x00' WHERE position = (SELECT position FROM kept)");
  const auto later = AddHuman(nodes.a, "later", {Bearer(nodes.token)});
  REQUIRE(later.ok());
  {
    const DataDir data;
    Server fresh(nodes.store.Load(data, {{"Snapshot", file}}));
    CHECK(GetUser(fresh, nodes.user, {Bearer(nodes.token)}).status().message() == "");
    CHECK(GetUser(fresh, *later, {Bearer(nodes.token)}).status().message() == "");
  }
  nodes.store.Query("UPDATE log SET body = kept.body FROM kept WHERE log.position = kept.position");
  {
    const DataDir data;
    Write(file + ".cut", Content(file).substr(0, 1000));
    Server fresh(nodes.store.Load(data, {{"Snapshot", file + ".cut"}}));
    CHECK(GetUser(fresh, *later, {Bearer(nodes.token)}).status().message() == "");
  }
  // Of another store under the same master key.
  const SharedStore elsewhere;
  const DataDir data;
  const std::string key = nodes.store.Load(data).Text(Key::kMasterKey);
  Server founder(elsewhere.Load(data, {{"MasterKey", key}, {"Snapshot", file}}));
  REQUIRE(founder.first().has_value());
  CHECK(founder.ListUsers({Bearer(data.token())})->details().total_result() == 2);
  CHECK(elsewhere.Query("SELECT epoch FROM head") == std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace muniment::gateway
