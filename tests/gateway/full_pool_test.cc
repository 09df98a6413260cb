// What a node with one thread for hashes answers while it has more passwords to check than it can:
// those that are too many are refused before their deadline, and what needs no hash is served.
#include <catch2/catch.hpp>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "base/redirect.h"
#include "gateway/browser.h"
#include "gateway/people.h"
#include "gateway/served_node.h"
#include "zitadel/session/v2/session_service.pb.h"

namespace muniment::gateway {
namespace {

using zitadel::session::v2::CreateSessionRequest;
using zitadel::session::v2::CreateSessionResponse;

constexpr char kCreateSession[] = "zitadel.session.v2.SessionService/CreateSession";
// Brought along from elsewhere: takes some seconds to check, and is nobody's password.
constexpr char kDearHash[] = "$2b$16$abcdefghijklmnopqrstuuJ4QZ3Xn6vS1yQ0b8m2c7d5e9f1g3h5i";
// No call of these tests waits longer, unless for a hash.
constexpr absl::Duration kAtOnce = absl::Seconds(3);

CreateSessionRequest SignIn(const std::string& user) {
  CreateSessionRequest request;
  request.mutable_checks()->mutable_user()->set_user_id(user);
  request.mutable_checks()->mutable_password()->set_password(kPassword);
  return request;
}

struct World {
  World() : server(*data.Load({{"Workers.Hash", "1"}})), admin(port(), data.token()) {
    const auto users = server.ListUsers({Bearer(data.token())});
    REQUIRE(users.ok());
    organization = users->result(0).details().resource_owner();
    ada = AddPerson(admin, organization, "ada");
  }
  // Somebody whose hash is dear.
  std::string AddDear(const std::string& name) {
    zitadel::user::v2::AddHumanUserRequest request;
    request.set_username(name);
    request.mutable_profile()->set_given_name(name);
    request.mutable_profile()->set_family_name("Test");
    request.mutable_email()->set_email(name + "@example.org");
    request.mutable_email()->set_is_verified(true);
    request.mutable_hashed_password()->set_hash(kDearHash);
    const auto added = server.Call<zitadel::user::v2::AddHumanUserResponse>(
        "zitadel.user.v2.UserService/AddHumanUser", request, {Bearer(data.token())});
    REQUIRE(added.status().message() == "");
    return added->user_id();
  }
  uint16_t port() { return server.node().port(); }
  // By a client that waits a second for it.
  absl::Status SignInSoon() {
    GenericRequest call;
    call.path = absl::StrCat("/", kCreateSession);
    call.headers = {Bearer(data.token())};
    call.message = SignIn(ada).SerializeAsString();
    call.timeout = absl::Seconds(1);
    const auto channel = OpenChannel(absl::StrCat("http://127.0.0.1:", port()), "");
    REQUIRE(channel.ok());
    return CallMethod(*channel, call, [](absl::string_view) { return absl::OkStatus(); });
  }

  const DataDir data;
  Server server;
  const JsonClient admin;
  std::string organization, ada;
};

// Until the check that somebody asked for holds the only thread.
void AwaitTaken(World& world) {
  for (int i = 0; i < 500; ++i) {
    if (Reason(world.SignInSoon()) == "command.hash_queue_full") return;
    absl::SleepFor(absl::Milliseconds(10));
  }
  FAIL("The thread for hashes was never taken.");
}

TEST_CASE("with the hash pool full who signs in is refused in time, and cheap calls are served") {
  World world;
  const std::string slow = world.AddDear("slow");
  std::thread first([&] {
    (void)world.server.Call<CreateSessionResponse>(kCreateSession, SignIn(slow),
                                                   {Bearer(world.data.token())});
  });
  AwaitTaken(world);
  // Who would wait a second for it; over gRPC and, as JSON, with HTTP's own status.
  const absl::Time began = absl::Now();
  for (int i = 0; i < 20; ++i) {
    const absl::Status refused = world.SignInSoon();
    CHECK(absl::IsResourceExhausted(refused));
    CHECK(Reason(refused) == "command.hash_queue_full");
  }
  const JsonClient::Reply reply =
      world.admin.With({{"Connect-Timeout-Ms", "1000"}})
          .Call(kCreateSession, absl::StrCat(R"({"checks":{"user":{"userId":")", world.ada,
                                             R"("},"password":{"password":")", kPassword,
                                             "\"}}}"));
  CHECK(reply.code == 429);
  // What needs no hash.
  for (int i = 0; i < 20; ++i) {
    CHECK(world.admin
              .Call("zitadel.user.v2.UserService/GetUserByID",
                    absl::StrCat(R"({"userId":")", world.ada, "\"}"))
              .code == 200);
    CHECK(world.admin
              .Call(kCreateSession,
                    absl::StrCat(R"({"checks":{"user":{"userId":")", world.ada, "\"}}}"))
              .code == 200);
  }
  CHECK(absl::Now() - began < kAtOnce);
  first.join();
  // And who comes when it is free again signs in.
  CHECK(world.server
            .Call<CreateSessionResponse>(kCreateSession, SignIn(world.ada),
                                         {Bearer(world.data.token())})
            .ok());
}

TEST_CASE("with the hash pool full the hosted login says so in time, on a page of status 429") {
  World world;
  Browser browser(world.port());
  std::vector<std::string> forms;
  for (int i = 0; i < 5; ++i) {
    const std::string name = absl::StrCat("slow", i);
    world.AddDear(name);
    forms.push_back(browser.FormFor(name));
  }
  // The hosted login waits half a minute: so many of these are let in as end within it.
  std::vector<std::thread> waiting;
  std::vector<std::string> answers(forms.size());
  const absl::Time began = absl::Now();
  std::vector<absl::Duration> took(forms.size());
  for (size_t i = 0; i < forms.size(); ++i) {
    waiting.emplace_back([&, i] {
      Browser one = browser;
      answers[i] = one.Post("/ui/v2/login/password", forms[i]);
      took[i] = absl::Now() - began;
    });
  }
  for (std::thread& thread : waiting) thread.join();
  int judged = 0, refused = 0;
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].empty()) continue;  // let in, and longer under way than this client waits
    const std::string status = answers[i].substr(9, 3);
    CHECK((status == "422" || status == "429"));
    judged += status == "422" ? 1 : 0;
    if (status != "429") continue;
    ++refused;
    CHECK(took[i] < kAtOnce);
    CHECK(absl::StrContains(answers[i], "name=\"password\""));  // to try again
  }
  CHECK(judged >= 1);
  CHECK(refused >= 1);
}

}  // namespace
}  // namespace muniment::gateway
