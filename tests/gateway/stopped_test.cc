// What a node still answers when an event comes that it does not understand: nothing that rests on
// what others were told meanwhile, and all that is the same for everybody.
#include <catch2/catch.hpp>
#include <future>

#include "absl/strings/match.h"
#include "base/error.h"
#include "gateway/shared_store.h"
#include "google/protobuf/empty.pb.h"
#include "muniment/event/v1/org.pb.h"
#include "muniment/store/v1/body.pb.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway_net/raw_client.h"

namespace muniment::gateway {
namespace {

using Catch::Contains;
using Catch::StartsWith;

constexpr int kForeignKind = 4000;

// An event of a kind that only a later release writes.
absl::Status AppendForeign(const NodeInside& inside) {
  event::v1::OrgEvent event;
  event.mutable_added()->set_name("later");
  const eventstore::StreamKey stream{inside.instance, 2, AGGREGATE_ORG, "later"};
  ASSIGN_OR_RETURN(eventstore::NewEvent encoded,
                   inside.codec.Encode({stream, 1, "later", "", &event, nullptr}, inside.keys));
  store::v1::Body body;
  REQUIRE(body.ParseFromString(encoded.body));
  body.set_kind(kForeignKind);
  encoded.body = body.SerializeAsString();
  eventstore::Commit commit;
  commit.instance = inside.instance;
  commit.reads = {{stream, 0}};
  commit.events.push_back(std::move(encoded));
  std::promise<absl::Status> done;
  inside.store.Append(std::move(commit), [&done](const auto& committed) {
    done.set_value(committed.status());
  });
  return done.get_future().get();
}

NodeInside InsideOf(Server& server) {
  return *server.node().Inside([] { return absl::OkStatus(); });
}

uint64_t EndOfLog(const NodeInside& inside) { return inside.store.ReadLogHead()->position; }

struct Asked {
  std::string method, path, body;
  bool page = false;
};

std::string Ask(Server& server, const Asked& asked) {
  net::RawClient client(server.node().port());
  client.Send(absl::StrCat(asked.method, " ", asked.path,
                           " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                           "Content-Type: application/x-www-form-urlencoded\r\n"
                           "Content-Length: ", asked.body.size(), "\r\n\r\n", asked.body));
  return client.ReadToEnd();
}

std::string Get(Server& server, const std::string& path) {
  return Ask(server, {"GET", path, ""});
}

// All that proves somebody's rights, or is the beginning of it.
const std::vector<Asked>& Guarded() {
  static const std::vector<Asked> all = {
      {"GET", "/oauth/v2/authorize?client_id=1&response_type=code", "", true},
      {"POST", "/oauth/v2/authorize", "client_id=1&response_type=code", true},
      {"GET", "/oauth/v2/authorize/answer", "", true},
      {"POST", "/oauth/v2/token", "grant_type=authorization_code&code=1"},
      {"POST", "/oauth/v2/introspect", "token=1"},
      {"POST", "/oauth/v2/revoke", "token=1"},
      {"POST", "/oauth/v2/device_authorization", "client_id=1"},
      {"GET", "/device", "", true},
      {"GET", "/oidc/v1/userinfo", ""},
      {"POST", "/oidc/v1/userinfo", ""},
      {"GET", "/oidc/v1/end_session", "", true},
      {"GET", "/ui/v2/login", "", true},
      {"GET", "/ui/v2/login/login", "", true},
      {"POST", "/ui/v2/login/password", "", true}};
  return all;
}

// The methods that everybody may call.
absl::Status Healthz(Server& server) {
  return server
      .Call<google::protobuf::Empty>("zitadel.admin.v1.AdminService/Healthz",
                                     google::protobuf::Empty(), {})
      .status();
}

void CheckRefused(const absl::Status& status) {
  INFO(status);
  CHECK(absl::IsUnavailable(status));
  CHECK(Reason(status) == "models.stopped");
}

TEST_CASE("a node that no more follows its log proves nobody's rights, and answers the rest") {
  const DataDir data;
  Server server(*data.Load());
  const Server::Headers admin = {Bearer(data.token())};
  const auto user = AddHuman(server, "ada", admin);
  REQUIRE(user.ok());
  for (const Asked& asked : Guarded()) {
    INFO(asked.method << " " << asked.path);
    const std::string answer = Ask(server, asked);
    CHECK_THAT(answer, StartsWith("HTTP/1.1 ") && !StartsWith("HTTP/1.1 404") &&
                           !StartsWith("HTTP/1.1 5"));
  }
  const std::string keys = Get(server, "/oauth/v2/keys");
  CHECK_THAT(keys, StartsWith("HTTP/1.1 200"));

  const NodeInside inside = InsideOf(server);
  REQUIRE(AppendForeign(inside).message() == "");
  for (int i = 0; i < 1000 && server.node().Ready().ok(); ++i) {
    absl::SleepFor(absl::Milliseconds(10));
  }
  const uint64_t end = EndOfLog(inside);

  SECTION("calls are refused, whoever makes them, and change nothing") {
    CheckRefused(GetUser(server, *user, admin).status());
    CheckRefused(server.ListUsers(admin).status());
    CheckRefused(AddHuman(server, "eve", admin).status());
    CheckRefused(server.ListUsers({}).status());
    CHECK(Healthz(server).message() == "");
    CHECK(EndOfLog(inside) == end);
  }
  SECTION("so are sign-ins and whoever shows a token, each in its own protocol") {
    for (const Asked& asked : Guarded()) {
      INFO(asked.method << " " << asked.path);
      const std::string answer = Ask(server, asked);
      CHECK_THAT(answer, StartsWith("HTTP/1.1 503") && Contains("temporarily_unavailable"));
      CHECK(absl::StrContains(answer, "<html") == asked.page);
      CHECK_THAT(answer, !Contains(absl::StrCat(kForeignKind)));
    }
    CHECK(EndOfLog(inside) == end);
  }
  SECTION("metadata and keys are answered, and the node says what is wrong") {
    CHECK_THAT(Get(server, "/.well-known/openid-configuration"),
               StartsWith("HTTP/1.1 200") && Contains("\"token_endpoint\""));
    CHECK(Get(server, "/oauth/v2/keys").substr(0, 12) == "HTTP/1.1 200");
    CHECK_THAT(Get(server, "/debug/healthz"), StartsWith("HTTP/1.1 200"));
    CHECK_THAT(Get(server, "/debug/ready"),
               StartsWith("HTTP/1.1 503") && Contains("\r\n\r\nstore.kind_unknown\n"));
    CHECK(Reason(server.node().Ready()) == "store.kind_unknown");
  }
}

TEST_CASE("a node that starts on a log it does not understand serves nobody, and says why") {
  const DataDir data;
  const Config config = *data.Load();
  {
    Server server(config);
    REQUIRE(AppendForeign(InsideOf(server)).message() == "");
  }
  auto node = Node::Open(config, {});
  REQUIRE(node.status().message() == "");
  REQUIRE((*node)->MakeFirstInstance().ok());
  REQUIRE((*node)->Serve().ok());
  CHECK(Reason((*node)->Ready()) == "store.kind_unknown");
  const JsonClient client((*node)->port(), data.token());
  const auto refused = client.Call("zitadel.user.v2.UserService/ListUsers", "{}");
  INFO(refused.body);
  CHECK(refused.code == 503);
  CHECK_THAT(refused.body, Contains("unavailable") && !Contains(absl::StrCat(kForeignKind)));
}

}  // namespace
}  // namespace muniment::gateway
