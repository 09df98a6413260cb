// Names of users move on a node that serves: while clients make users, through the death of the process,
// and what is told of it.
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/error.h"
#include "gateway/cli/generic_call.h"
#include "tests/gateway/json_client.h"
#include "tests/gateway/people.h"
#include "tests/gateway/program.h"
#include "tests/gateway/served_node.h"
#include "tests/gateway/v1_story.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::gateway {
namespace {

using google::protobuf::Struct;

constexpr char kSettings[] = "zitadel.settings.v2.SettingsService/";
constexpr char kUsers[] = "zitadel.user.v2.UserService/";

std::string Acme(const std::string& id, const std::string& more = "") {
  return absl::StrCat(R"({"organizationId":")", id, "\"", more, "}");
}

std::string Scoped(const std::string& id, bool scoped) {
  return Acme(id, absl::StrCat(R"(,"organizationScopedUsernames":)", scoped ? "true" : "false"));
}

std::string AddOrganization(const JsonClient& admin, const std::string& name) {
  return admin
      .Must("zitadel.org.v2.OrganizationService/AddOrganization",
            absl::StrCat(R"({"name":")", name, "\"}"))
      .Text("organizationId");
}

std::string Told(const JsonClient& admin, const std::string& org) {
  return admin.Must("muniment.api.policy.v1.NameService/GetNameScope", Acme(org)).body;
}

// Until the last move of the organization's names is over.
void AwaitMoved(const JsonClient& admin, const std::string& org, const std::string& state) {
  std::string told;
  for (int i = 0; i < 12000; ++i) {
    told = Told(admin, org);
    if (absl::StrContains(told, state)) return;
    absl::SleepFor(absl::Milliseconds(10));
  }
  FAIL(told);
}

// Makes machines of an organization, one after the other, until it is told to stop or the server is
// gone. No assertion of a test stands in it: it has a thread of its own.
class Maker {
 public:
  Maker(uint16_t port, std::string token, std::string org, std::string letter)
      : channel_(*OpenChannel(absl::StrCat("http://127.0.0.1:", port), "")),
        token_(std::move(token)),
        org_(std::move(org)),
        letter_(std::move(letter)) {}

  void Run(const std::atomic<bool>& stop, int most) {
    for (int i = 0; i < most && !stop.load(); ++i) {
      const absl::Status made = Make(absl::StrCat(letter_, i));
      if (!made.ok()) {
        last_ = made;
        return;
      }
      ++made_;
    }
  }
  // That were answered for.
  int made() const { return made_; }
  const absl::Status& last() const { return last_; }

 private:
  absl::Status Make(const std::string& name) {
    zitadel::user::v2::CreateUserRequest request;
    request.set_organization_id(org_);
    request.set_username(name);
    request.mutable_machine()->set_name("m");
    GenericRequest call;
    call.path = absl::StrCat("/", kUsers, "CreateUser");
    call.headers = {Bearer(token_)};
    call.message = request.SerializeAsString();
    return CallMethod(channel_, call, [](absl::string_view) { return absl::OkStatus(); }, nullptr);
  }

  std::shared_ptr<grpc::Channel> channel_;
  const std::string token_, org_, letter_;
  int made_ = 0;
  absl::Status last_;
};

uint64_t UsersOf(const JsonClient& admin, const std::string& org) {
  const auto reply = admin.Must(
      absl::StrCat(kUsers, "ListUsers"),
      absl::StrCat(R"({"query":{"limit":1},"queries":[{"organizationIdQuery":)", Acme(org), "}]}"));
  const Struct json = reply.Json();
  uint64_t total = 0;
  REQUIRE(absl::SimpleAtoi(
      json.fields().at("details").struct_value().fields().at("totalResult").string_value(),
      &total));
  return total;
}

TEST_CASE("names move through the death of the server, and no user who was made is lost") {
  constexpr int kBefore = 300;
  const DataDir data;
  std::string acme, other;
  int made = 0, unknown = 0;
  {
    Program server(data);
    const JsonClient admin(server.port(), data.token());
    acme = AddOrganization(admin, "Acme");
    other = AddOrganization(admin, "Other");
    std::vector<std::unique_ptr<Maker>> makers;
    for (const char* letter : {"a", "b", "c", "d"}) {
      makers.push_back(std::make_unique<Maker>(server.port(), data.token(), acme, letter));
    }
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (size_t i = 0; i < makers.size(); ++i) {
      // Two are done before the names move, two go on until the server is gone.
      threads.emplace_back([&stop, &maker = *makers[i], i] {
        maker.Run(stop, i < 2 ? kBefore : 1'000'000);
      });
    }
    threads[0].join();
    threads[1].join();
    admin.Must(absl::StrCat(kSettings, "SetOrganizationSettings"), Scoped(acme, true));
    absl::SleepFor(absl::Milliseconds(30));
    server.Kill();
    stop = true;
    threads[2].join();
    threads[3].join();
    for (const auto& maker : makers) {
      made += maker->made();
      unknown += maker->last().ok() ? 0 : 1;
    }
    CHECK(makers[0]->made() == kBefore);
    CHECK(makers[2]->made() > 0);
  }
  Program server(data);
  const JsonClient admin(server.port(), data.token());
  WARN(Told(admin, acme));
  AwaitMoved(admin, acme, "NAME_MOVE_STATE_DONE");
  const uint64_t users = UsersOf(admin, acme);
  CHECK(users >= static_cast<uint64_t>(made));
  CHECK(users <= static_cast<uint64_t>(made + unknown));
  // Each name is taken in acme, and free everywhere else.
  for (const char* name : {"a0", "a299", "c0", "d0"}) {
    const auto make = [&](const std::string& org) {
      return admin
          .Call(absl::StrCat(kUsers, "CreateUser"),
                Acme(org, absl::StrCat(R"(,"username":")", name, R"(","machine":{"name":"m"})")))
          .code;
    };
    CHECK(make(acme) == 409);
    CHECK(make(other) == 200);
  }
  server.Stop();
  const Run verified = RunProgram("verify --data-dir " + data.path());
  INFO(verified.output);
  CHECK(verified.code == 0);
  const Run replayed = RunProgram("replay --check --data-dir " + data.path());
  INFO(replayed.output);
  CHECK(replayed.code == 0);
}

TEST_CASE("whoever has names moved is told how that goes, and signs people in by organization") {
  const DataDir data;
  Server server(*data.Load());
  const JsonClient admin(server.node().port(), data.token());
  const std::string acme = AddOrganization(admin, "Acme");
  const std::string other = AddOrganization(admin, "Other");
  AddPerson(admin, acme, "vicky");
  CHECK(absl::StrContains(Told(admin, acme), "NAME_SCOPE_INSTANCE"));
  CHECK_FALSE(absl::StrContains(Told(admin, acme), "\"move\""));
  CHECK(admin.Call("muniment.api.policy.v1.NameService/GetNameScope", Acme("nowhere")).code == 404);

  const auto set = admin.Must(absl::StrCat(kSettings, "SetOrganizationSettings"), Scoped(acme, true));
  CHECK_FALSE(set.Text("setDate").empty());
  AwaitMoved(admin, acme, "NAME_MOVE_STATE_DONE");
  CHECK(absl::StrContains(Told(admin, acme), R"("scope":"NAME_SCOPE_ORGANIZATION")"));
  AddPerson(admin, other, "vicky");

  // One name, two people: which of them is said by the organization, or nobody is meant.
  const std::string check = R"({"checks":{"user":{"loginName":"Vicky"}}})";
  const std::string create = "zitadel.session.v2.SessionService/CreateSession";
  CHECK(admin.Call(create, check).code == 404);
  for (const std::string& org : {acme, other}) {
    CHECK(admin.With({{"x-zitadel-orgid", org}}).Call(create, check).code == 200);
  }
  const auto unique = [&](const std::string& org, const std::string& name) {
    return absl::StrContains(admin.With({{"x-zitadel-orgid", org}})
                                 .Must("zitadel.management.v1.ManagementService/IsUserUnique",
                                       absl::StrCat(R"({"userName":")", name, "\"}"))
                                 .body,
                             R"("isUnique":true)");
  };
  const std::string third = AddOrganization(admin, "Third");
  AddPerson(admin, acme, "olga");
  CHECK_FALSE(unique(acme, "vicky"));
  CHECK_FALSE(unique(third, "VICKY"));  // other's counts there as well
  CHECK_FALSE(unique(acme, "Olga"));
  CHECK(unique(third, "olga"));
  const auto lists = [&](const std::string& filter) {
    return admin
        .Must(absl::StrCat(kSettings, "ListOrganizationSettings"),
              absl::StrCat(R"({"filters":[)", filter, "]}"))
        .body;
  };
  const std::string scoped =
      R"({"organizationScopedUsernamesFilter":{"organizationScopedUsernames":true}})";
  CHECK(absl::StrContains(lists(scoped), acme));
  CHECK_FALSE(absl::StrContains(lists(R"({"organizationScopedUsernamesFilter":{}})"), acme));
  CHECK_FALSE(absl::StrContains(
      lists(absl::StrCat(R"({"inOrganizationIdsFilter":{"ids":[")", other, R"("]}})")), acme));

  // The way back is barred while both have it.
  const auto barred = admin.Call(absl::StrCat(kSettings, "DeleteOrganizationSettings"), Acme(acme));
  CHECK(barred.code == 400);
  const auto told = v1::InfoOf(barred);
  CHECK(told.reason() == "policy.domain.names_taken");
  CHECK(told.metadata().at("names") == "vicky");
  CHECK(absl::StrContains(lists(scoped), acme));
}

}  // namespace
}  // namespace muniment::gateway
