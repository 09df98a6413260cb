// Nodes whose PostgreSQL goes away, comes back, or comes back without its newest events.
#include <catch2/catch.hpp>

#include "base/error.h"
#include "gateway/shared_store.h"

namespace muniment::gateway {
namespace {

using Headers = Server::Headers;

// Tries for 10 s at most.
template <typename Condition>
bool Soon(Condition condition) {
  for (int i = 0; i < 200; ++i) {
    if (condition()) return true;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return false;
}

// Ends the server as a crash does; it is back at the latest when this goes.
class Outage {
 public:
  Outage() { SharedStore::server().Stop(true); }
  ~Outage() { End(); }
  void End() {
    if (!ended_) SharedStore::server().Start();
    ended_ = true;
  }

 private:
  bool ended_ = false;
};

TEST_CASE("without its database a node reads for a while, says how old that is, and changes nothing") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes(SharedStore::Values{{"Store.MaxStaleness", "4s"}});
  REQUIRE(GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}).ok());
  Outage outage;
  REQUIRE(Soon([&] { return !nodes.b.node().Ready().ok(); }));
  CHECK(Reason(nodes.b.node().Ready()) == "store.unavailable");

  Headers answered;
  const auto read = GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}, &answered);
  CHECK(read.status().message() == "");
  const std::string age = HeaderOf(answered, "x-muniment-age");
  CHECK((age == "1" || age == "2" || age == "3" || age == "4"));
  const absl::Time began = absl::Now();
  const auto refused = AddHuman(nodes.b, "late", {Bearer(nodes.token)});
  CHECK(absl::IsUnavailable(refused.status()));
  CHECK(absl::Now() - began < absl::Seconds(2));

  REQUIRE(Soon([&] { return !GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}).ok(); }));
  const auto stale = GetUser(nodes.b, nodes.user, {Bearer(nodes.token)});
  CHECK(absl::IsUnavailable(stale.status()));

  outage.End();
  CHECK(Soon([&] { return AddHuman(nodes.b, "late", {Bearer(nodes.token)}).ok(); }));
  CHECK(Soon([&] { return nodes.a.node().Ready().ok() && nodes.b.node().Ready().ok(); }));
  answered.clear();
  CHECK(GetUser(nodes.a, nodes.user, {Bearer(nodes.token)}, &answered).ok());
  CHECK(HeaderOf(answered, "x-muniment-age") == "");
}

TEST_CASE("a session that the database ends costs a reader nothing but a moment") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  for (int i = 0; i < 5; ++i) {
    nodes.store.Query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = "
        "'muniment'");
    Headers answered;
    CHECK(GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}, &answered).status().message() == "");
    CHECK(HeaderOf(answered, "x-muniment-age") == "");
  }
}

// What a standby is that was promoted before it had the newest events: the log ends at `position`,
// and all sessions are new.
void LoseTail(const SharedStore& store, uint64_t position) {
  store.Query(absl::StrCat(
      "BEGIN; SELECT lock_log_v1();"
      "DELETE FROM log WHERE position > ", position, ";"
      "UPDATE head SET position = ", position, ";"
      "DELETE FROM heads; INSERT INTO heads SELECT stream, max(version) FROM log GROUP BY stream;"
      "DELETE FROM sequences;"
      "INSERT INTO sequences SELECT instance, max(sequence) FROM log GROUP BY instance;"
      "DELETE FROM claims c WHERE NOT EXISTS (SELECT FROM heads h WHERE h.stream = c.stream);"
      "COMMIT;"
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muniment'"));
}

TEST_CASE("a database that lost its newest events gets a new epoch, and all nodes follow") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  const Headers bearer = {Bearer(nodes.token)};
  const std::string head = nodes.store.Query("SELECT position FROM head").front();
  const auto lost = AddHuman(nodes.a, "lost", bearer);
  REQUIRE(GetUser(nodes.b, *lost, bearer).ok());
  LoseTail(nodes.store, std::stoull(head));

  // Neither serves what is gone; both serve what stands.
  for (Server* node : {&nodes.a, &nodes.b}) {
    CHECK(Soon([&] { return absl::IsNotFound(GetUser(*node, *lost, bearer).status()); }));
    CHECK(GetUser(*node, nodes.user, bearer).status().message() == "");
  }
  CHECK(nodes.store.Query("SELECT epoch > 1 FROM head") == std::vector<std::string>{"t"});
  // The name is free again, on either node, and what is written now is read by both.
  const auto again = AddHuman(nodes.b, "lost", bearer);
  REQUIRE(again.status().message() == "");
  CHECK(GetUser(nodes.a, *again, bearer).status().message() == "");
  CHECK(absl::IsAlreadyExists(AddHuman(nodes.a, "lost", bearer).status()));
}

TEST_CASE("a node that was stopped while the log lost its end starts on what is left") {
  SKIP_WITHOUT_POSTGRES();
  const SharedStore store;
  const DataDir data;
  std::string head, lost, kept, token;
  {
    Server node(store.Load(data));
    token = data.token();
    kept = *AddHuman(node, "kept", {Bearer(token)});
    head = store.Query("SELECT position FROM head").front();
    lost = *AddHuman(node, "lost", {Bearer(token)});
  }
  LoseTail(store, std::stoull(head));
  Server node(store.Load(data));
  CHECK(absl::IsNotFound(GetUser(node, lost, {Bearer(token)}).status()));
  CHECK(GetUser(node, kept, {Bearer(token)}).status().message() == "");
  CHECK(AddHuman(node, "lost", {Bearer(token)}).status().message() == "");
}

TEST_CASE("a node that has other models than the log folds what is there before it serves") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  for (int i = 0; i < 300; ++i) {
    REQUIRE(AddHuman(nodes.a, absl::StrCat("user", i), {Bearer(nodes.token)}).ok());
  }
  const DataDir fresh;
  auto node = Node::Open(nodes.store.Load(fresh), {});
  REQUIRE(node.ok());
  REQUIRE((*node)->Serve().ok());
  // Either it is not ready, or it has all.
  const auto channel = OpenChannel(absl::StrCat("http://127.0.0.1:", (*node)->port()), "");
  bool served = false;
  for (int i = 0; i < 2000 && !served; ++i) {
    const bool ready = (*node)->Ready().ok();
    GenericRequest call;
    call.path = "/zitadel.user.v2.UserService/ListUsers";
    call.headers = {Bearer(nodes.token)};
    ListUsersResponse users;
    const absl::Status status = CallMethod(*channel, call, [&users](absl::string_view bytes) {
      return users.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))
                 ? absl::OkStatus()
                 : absl::InternalError("no message");
    });
    served = status.ok();
    if (served) {
      CHECK(users.details().total_result() == 303);
    } else {
      CHECK_FALSE(ready);
      CHECK(absl::IsUnavailable(status));
      absl::SleepFor(absl::Milliseconds(5));
    }
  }
  CHECK(served);
}

}  // namespace
}  // namespace muniment::gateway
