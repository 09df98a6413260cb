// From where a call came stands with what it did, and is told to whoever holds the keys and asks.
#include <catch2/catch.hpp>

#include "gateway/program.h"
#include "gateway/served_node.h"
#include "tests/gateway/json_client.h"

namespace muniment::gateway {
namespace {

constexpr char kSessions[] = "zitadel.session.v2.SessionService/";

std::string Events(const DataDir& data, const std::string& flags) {
  const Run run = RunProgram("events --data-dir " + data.path() + " " + flags);
  INFO(run.output);
  REQUIRE(run.code == 0);
  return run.output;
}

TEST_CASE("an event says the address and program of the call that made it, and what was reported") {
  const DataDir data;
  Server server(*data.Load());
  const JsonClient client(server.node().port(), data.token(), "Audit/1.0 of-a-test");
  const std::string user =
      client
          .Must("zitadel.user.v2.UserService/AddHumanUser",
                R"({"username":"ada","profile":{"givenName":"Ada","familyName":"Lovelace"},)"
                R"("email":{"email":"ada@example.org","isVerified":true},)"
                R"("password":{"password":"Wood-Lamp-7-River"}})")
          .Text("userId");
  const std::string made = "--id " + user + " --type user.human.added ";
  const std::string called = R"("context":{"ip":"127.0.0.1","userAgent":"Audit/1.0 of-a-test"})";
  CHECK(Events(data, made + "--context").find(called) != std::string::npos);
  CHECK(Events(data, made + "--context").find("Lovelace") == std::string::npos);
  // Nobody is told who does not ask.
  for (const char* flags : {"", "--payload"}) {
    CHECK(Events(data, made + flags).find("Audit") == std::string::npos);
  }

  const std::string created =
      client
          .Must(absl::StrCat(kSessions, "CreateSession"),
                absl::StrCat(R"({"checks":{"user":{"userId":")", user,
                             R"("},"password":{"password":"Wood-Lamp-7-River"}},"userAgent":{)",
                             R"("ip":"2001:db8::7","fingerprintId":"f1",)",
                             R"("description":"a browser"}})"))
          .Text("sessionId");
  const std::string checked =
      Events(data, "--context --id " + user + " --type user.human.password.check.succeeded");
  CHECK(checked.find(called) != std::string::npos);
  CHECK(checked.find(absl::StrCat(R"("reported":{"fingerprintId":"f1","ip":"2001:db8::7",)",
                                  R"("sessionId":")", created, R"(","userAgent":"a browser"})")) !=
        std::string::npos);

  // No more than that is kept of what anybody may send.
  const JsonClient wordy(server.node().port(), data.token(), std::string(501, 'w'));
  wordy.Must("zitadel.user.v2.UserService/LockUser", absl::StrCat(R"({"userId":")", user, R"("})"));
  const std::string locked = Events(data, "--context --id " + user + " --type user.locked");
  CHECK(locked.find(R"("context":{"ip":"127.0.0.1"})") != std::string::npos);
}

}  // namespace
}  // namespace muniment::gateway
