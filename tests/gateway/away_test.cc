// Nodes whose PostgreSQL goes away, comes back, or comes back without its newest events.
#include <signal.h>

#include <catch2/catch.hpp>

#include "base/error.h"
#include "gateway/shared_store.h"
#include "tests/gateway_net/raw_client.h"
#include "zitadel/admin.pb.h"

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

struct Page {
  std::string status, body;
  friend bool operator==(const Page& a, const Page& b) {
    return a.status == b.status && a.body == b.body;
  }
};
std::ostream& operator<<(std::ostream& out, const Page& page) {
  return out << page.status << ": " << page.body;
}

Page Get(Server& node, const std::string& path, const std::string& token = "") {
  const uint16_t port = node.node().port();
  net::RawClient client(port);
  client.Send(absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost:", port,
                           token.empty() ? "" : "\r\nAuthorization: Bearer ", token,
                           "\r\nConnection: close\r\n\r\n"));
  const std::string answer = client.ReadToEnd();
  const size_t body = answer.find("\r\n\r\n");
  REQUIRE(body != std::string::npos);
  return {answer.substr(9, 3), answer.substr(body + 4)};
}

const Page kReady{"200", "ok\n"}, kAway{"503", "store.unavailable\n"};

absl::Status Healthz(Server& node) {
  return node
      .Call<zitadel::admin::v1::HealthzResponse>("zitadel.admin.v1.AdminService/Healthz",
                                                 zitadel::admin::v1::HealthzRequest(), {})
      .status();
}

TEST_CASE("without its database for too long a node answers what proves nobody's rights, and says so") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes(SharedStore::Values{{"Store.MaxStaleness", "4s"}});
  const Headers bearer = {Bearer(nodes.token)};
  // For everybody: what the instance is, with which keys it signs, what stands at the door.
  const std::vector<std::string> open = {"/.well-known/openid-configuration", "/oauth/v2/keys", "/"};
  std::vector<Page> before;
  for (const std::string& path : open) before.push_back(Get(nodes.b, path));
  CHECK_THAT(before[0].body, Catch::Contains("\"issuer\""));
  CHECK_THAT(before[1].body, Catch::Contains("\"kid\""));
  REQUIRE(Get(nodes.b, "/debug/ready") == kReady);
  REQUIRE(Get(nodes.b, "/oidc/v1/userinfo", nodes.token).status == "200");

  Outage outage;
  REQUIRE(Soon([&] { return Get(nodes.b, "/debug/ready") == kAway; }));
  // Tokens of applications are told nothing of that may have ended.
  CHECK(GetUser(nodes.b, nodes.user, bearer).status().message() == "");
  CHECK(Get(nodes.b, "/oidc/v1/userinfo", nodes.token).status == "503");
  REQUIRE(Soon([&] {
    return Reason(GetUser(nodes.b, nodes.user, bearer).status()) == "store.too_stale";
  }));
  for (size_t i = 0; i < open.size(); ++i) CHECK(Get(nodes.b, open[i]) == before[i]);
  CHECK(Get(nodes.b, "/debug/healthz") == kReady);
  CHECK(Healthz(nodes.b).message() == "");
  CHECK(Get(nodes.b, "/debug/ready") == kAway);
  CHECK(Get(nodes.b, "/oidc/v1/userinfo", nodes.token).status == "503");

  outage.End();
  CHECK(Soon([&] { return Get(nodes.b, "/debug/ready") == kReady; }));
  CHECK(Get(nodes.b, "/oidc/v1/userinfo", nodes.token).status == "200");
}

TEST_CASE("how long a node reads without its database counts from when that goes") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes(SharedStore::Values{{"Store.MaxStaleness", "2s"}});
  REQUIRE(GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}).ok());
  // Nobody asks anything for longer than that.
  absl::SleepFor(absl::Seconds(3));
  Outage outage;
  const auto read = GetUser(nodes.b, nodes.user, {Bearer(nodes.token)});
  CHECK(read.status().message() == "");
  CHECK(Soon([&] {
    return Reason(GetUser(nodes.b, nodes.user, {Bearer(nodes.token)}).status()) == "store.too_stale";
  }));
}

// A node's own role in the database, whose sessions can be counted out.
class LimitedRole {
 public:
  LimitedRole() : name_("limited" + HexEncode(RandomBytes(4))) {
    Query(absl::StrCat("CREATE ROLE ", name_, " LOGIN; GRANT CREATE ON DATABASE ", Database(),
                       " TO ", name_));
  }
  ~LimitedRole() { Query(absl::StrCat("DROP OWNED BY ", name_, " CASCADE; DROP ROLE ", name_)); }
  const std::string& name() const { return name_; }
  std::string url() const {
    return absl::StrCat(SharedStore::server().url(), " user=", name_);
  }
  // No session beyond those that are.
  void Close() const {
    Query(absl::StrCat("ALTER ROLE ", name_, " CONNECTION LIMIT 1"));
  }
  void Open() const { Query(absl::StrCat("ALTER ROLE ", name_, " CONNECTION LIMIT -1")); }
  // Of the processes that serve its sessions.
  std::vector<pid_t> Pids(const std::string& which) const {
    std::vector<pid_t> pids;
    for (const std::string& pid : Query(absl::StrCat(
             "SELECT pid FROM pg_stat_activity WHERE usename = '", name_, "' AND ", which))) {
      pids.push_back(std::stoi(pid));
    }
    return pids;
  }
  void End(const std::string& which) const {
    Query(absl::StrCat("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '",
                       name_, "' AND ", which));
  }

 private:
  static std::vector<std::string> Query(const std::string& sql) {
    return SharedStore::server().Query(sql);
  }
  static std::string Database() { return Query("SELECT current_database()").front(); }
  const std::string name_;
};

TEST_CASE("a node whose database takes no further connection says so, and needs no call to recover") {
  SKIP_WITHOUT_POSTGRES();
  const LimitedRole role;
  const SharedStore store;
  const DataDir data;
  Server node(store.Load(data, {{"Store.Postgres.URL", role.url()}}));
  const Headers bearer = {Bearer(data.token())};
  const auto ada = AddHuman(node, "ada", bearer);
  REQUIRE(ada.status().message() == "");
  REQUIRE(node.node().Ready().ok());

  // Its listener stays: where the log ends is known, and reads go on.
  role.Close();
  role.End("query NOT LIKE '%read_position%' AND query NOT LIKE '%FROM head%'");
  Soon([&] {
    const auto refused = AddHuman(node, "bob", bearer);
    return absl::IsUnavailable(refused.status());
  });
  const auto refused = AddHuman(node, "bob", bearer);
  CHECK(Reason(refused.status()) == "store.unavailable");
  CHECK_THAT(std::string(refused.status().message()), !Catch::Contains(role.name()));
  CHECK(Reason(node.node().Ready()) == "store.unavailable");
  CHECK_THAT(std::string(node.node().Ready().message()), Catch::Contains("connection"));
  CHECK(GetUser(node, *ada, bearer).status().message() == "");

  role.Open();
  CHECK(Soon([&] { return node.node().Ready().ok(); }));
  CHECK(node.node().Ready().message() == "");
  CHECK(AddHuman(node, "bob", bearer).status().message() == "");
}

TEST_CASE("a database that takes the question and gives no answer proves nothing") {
  SKIP_WITHOUT_POSTGRES();
  const LimitedRole role;
  const SharedStore store;
  const DataDir data;
  Server node(store.Load(data, {{"Store.Postgres.URL", role.url()}}));
  const Headers bearer = {Bearer(data.token())};
  const auto ada = AddHuman(node, "ada", bearer);
  REQUIRE(GetUser(node, *ada, bearer).ok());
  // Its listener's process hangs; the machine is as well as ever.
  const std::vector<pid_t> hung = role.Pids("query LIKE '%FROM head%'");
  REQUIRE_FALSE(hung.empty());
  for (const pid_t pid : hung) REQUIRE(kill(pid, SIGSTOP) == 0);
  absl::SleepFor(absl::Seconds(3));
  Headers answered;
  const auto read = GetUser(node, *ada, bearer, &answered);
  for (const pid_t pid : hung) kill(pid, SIGCONT);
  CHECK(read.status().message() == "");
  // From when it answered last: three seconds, and two more until the question counts as lost.
  CHECK(std::stoi("0" + HeaderOf(answered, "x-muniment-age")) >= 4);
  CHECK(Soon([&] { return node.node().Ready().ok(); }));
}

TEST_CASE("a node does not go on over a log that is being put back") {
  SKIP_WITHOUT_POSTGRES();
  Pair nodes;
  nodes.store.Query(
      "CREATE TABLE import (position bigint);"
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'muniment'");
  const auto refused = AddHuman(nodes.a, "early", {Bearer(nodes.token)});
  CHECK(absl::IsUnavailable(refused.status()));
  CHECK(Soon([&] { return !nodes.a.node().Ready().ok(); }));
  nodes.store.Query("DROP TABLE import");
  CHECK(Soon([&] { return nodes.a.node().Ready().ok() && nodes.b.node().Ready().ok(); }));
  CHECK(AddHuman(nodes.a, "early", {Bearer(nodes.token)}).status().message() == "");
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
