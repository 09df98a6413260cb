// Several nodes over one log in PostgreSQL.
#include <catch2/catch.hpp>
#include <set>
#include <thread>

#include "base/error.h"
#include "gateway/shared_store.h"
#include "gateway/storage.h"

namespace muniment::gateway {
namespace {

TEST_CASE("of nodes that start at the same moment on an empty database one makes the instance") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[3];
  std::unique_ptr<Node> nodes[3];
  std::optional<FirstStart> first[3];
  std::string failed[3];
  std::vector<std::thread> starting;
  for (int i = 0; i < 3; ++i) {
    starting.emplace_back([&, i, config = store.Load(data[i])] {
      auto node = Node::Open(config, {});
      failed[i] = std::string(node.status().message());
      if (!node.ok()) return;
      nodes[i] = *std::move(node);
      const auto made = nodes[i]->MakeFirstInstance();
      failed[i] = std::string(made.status().message());
      if (made.ok() && made->has_value()) first[i].emplace(**made);
    });
  }
  for (std::thread& thread : starting) thread.join();
  int founders = 0;
  for (int i = 0; i < 3; ++i) {
    CHECK(failed[i] == "");
    founders += first[i].has_value() ? 1 : 0;
    // Nobody keeps a token that opens nothing.
    CHECK(ReadPrivateFile(data[i].path() + "/admin.pat").ok() == first[i].has_value());
    CHECK_FALSE(ReadPrivateFile(data[i].path() + "/new.pat").ok());
  }
  CHECK(founders == 1);
  CHECK(store.Query("SELECT count(DISTINCT instance) FROM log") ==
        std::vector<std::string>{"2"});
}

TEST_CASE("what one node was told every other one serves, and their ids never meet") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[2];
  Server a(store.Load(data[0])), b(store.Load(data[1]));
  REQUIRE(a.first().has_value());
  CHECK_FALSE(b.first().has_value());
  const std::string token = data[0].token();
  std::set<std::string> ids;
  for (int i = 0; i < 10; ++i) {
    Server& node = i % 2 == 0 ? a : b;
    const auto added = AddHuman(node, absl::StrCat("user", i), {Bearer(token)});
    REQUIRE(added.status().message() == "");
    ids.insert(*added);
  }
  CHECK(ids.size() == 10);
  CHECK(store.Query("SELECT count(DISTINCT number) FROM nodes") == std::vector<std::string>{"2"});
}

TEST_CASE("a number is free again when its node has left, and goes to nobody else before") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  const Config config = store.Load(data);
  const auto one = Storage::Open(config, {});
  REQUIRE(one.ok());
  // All others are taken by nodes that live; one of them was last seen two hours ago.
  store.Query("INSERT INTO nodes (node, batch, void, number) SELECT sha256(i::text::bytea), 0, true,"
              " i FROM generate_series(1, 4094) i");
  CHECK(Reason(Storage::Open(config, {}).status()) == "store.unavailable");
  store.Query("UPDATE nodes SET seen = now() - interval '2 hours' WHERE number = 77");
  {
    const auto two = Storage::Open(config, {});
    REQUIRE(two.ok());
    CHECK(store.Query("SELECT count(*) FROM nodes WHERE number = 77 AND seen > now() - interval "
                      "'1 minute'") == std::vector<std::string>{"1"});
    CHECK(Reason(Storage::Open(config, {}).status()) == "store.unavailable");
  }
  CHECK(Storage::Open(config, {}).ok());
}

TEST_CASE("a node with another master key, or with none, is told so and changes nothing") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data[2];
  REQUIRE(Storage::Open(store.Load(data[0]), {}).ok());
  const Config other = store.Load(data[1], {{"MasterKey", HexEncode(RandomBytes(32))}});
  CHECK(Reason(Node::Open(other, {}).status()) == "master_key.other");
  const Config none = store.Load(data[1], {{"MasterKey", ""}});
  CHECK(Reason(Node::Open(none, {}).status()) == "master_key.missing");
  // It would be one that no other node has.
  CHECK_FALSE(ReadPrivateFile(data[1].path() + "/master.key").ok());
  CHECK(store.Query("SELECT position FROM head") == std::vector<std::string>{"1"});
}

TEST_CASE("read models of another log neither serve nor raise the epoch of this one") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store, elsewhere;
  const DataDir data[2];
  { Server long_log(elsewhere.Load(data[0])); }
  { Server short_log(store.Load(data[1])); }
  Server moved(store.Load(data[0], {{"MasterKey", ""},
                                    {"MasterKey", store.Load(data[1]).Text(Key::kMasterKey)}}));
  CHECK_FALSE(moved.first().has_value());
  CHECK(moved.ListUsers({Bearer(data[1].token())}).ok());
  CHECK_FALSE(moved.ListUsers({Bearer(data[0].token())}).ok());
  CHECK(store.Query("SELECT epoch FROM head") == std::vector<std::string>{"1"});
}

TEST_CASE("a read-only storage founds nothing and enters no node") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  StorageOptions following;
  following.follow = true;
  CHECK(Reason(Storage::Open(store.Load(data), following).status()) == "store.not_founded");
  const auto node = Storage::Open(store.Load(data), {});
  REQUIRE(node.ok());
  CHECK(Storage::Open(store.Load(data), following).ok());
  CHECK(store.Query("SELECT count(*) FROM nodes") == std::vector<std::string>{"1"});
}

}  // namespace
}  // namespace muniment::gateway
