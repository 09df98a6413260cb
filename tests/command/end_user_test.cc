// What is left of somebody who was removed: nothing that counts at once, nothing at all after his
// sweep, and no key by which anything of his could be read.
#include "command/user/end_user.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/session/session.h"
#include "command/user/factors.h"
#include "command/work/works.h"
#include "eventstore/verify.h"
#include "tests/command/given.h"

namespace muniment::command {
namespace {

using zitadel::session::v2::CreateSessionResponse;

constexpr char kBob[] = "user_id: 'bob'";

struct Ending : Given {
  // In the order of the log.
  Strings Sweep(const std::string& user, size_t most = eventstore::kMaxCommitEvents,
                bool all = true) {
    const uint64_t before = store.ReadLogHead()->position;
    bool done = false;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(done, SweepUser(unit, user, most));
      return absl::OkStatus();
    });
    CHECK(done == all);
    Strings events;
    for (const auto& event : lookup.Events(1, before)) {
      events.push_back(absl::StrCat(event.meta.type, " ", event.meta.stream.id));
    }
    return events;
  }
  std::string Session(const std::string& request) {
    const Then then = When("root", "CreateSession", request);
    REQUIRE(then.reason == "");
    return then.response<CreateSessionResponse>().session_id();
  }
  eventstore::SubjectKeys KeysOf(const std::string& subject) {
    return *store.ReadSubjectKeys(1, subject);
  }
  // How many events can be read in which the text stands.
  size_t Telling(absl::string_view text) {
    const auto events = lookup.Events(1, 0);
    return std::count_if(events.begin(), events.end(), [text](const auto& event) {
      return absl::StrContains(event.event->DebugString(), text);
    });
  }
  size_t Claims() {
    size_t claims = 0;
    REQUIRE(store.ReadClaims([&](const auto&, auto, auto) { return ++claims, true; }).ok());
    return claims;
  }
  // A security key or a passkey, as its registration leaves it.
  template <class Added, class Verified>
  void Credential(const std::string& user, const std::string& token) {
    Added added;
    added.mutable_registration()->set_token_id(token);
    Fact<UserFactors>(UserScope(user), added);
    Verified verified;
    verified.mutable_credential()->set_token_id(token);
    verified.mutable_credential()->set_credential_id("credential " + token);
    Fact<UserFactors>(UserScope(user), verified);
  }
};

std::string OwnKey(const std::string& session) { return absl::StrCat("/30/4/", session); }

TEST_CASE("a sweep ends a removed user's sessions and credentials and destroys his keys") {
  Ending given;
  const size_t claims = given.Claims();
  // One that was begun before its user was known, one of his from the start, one of somebody else.
  const std::string late = given.Session("user_agent { ip: '192.0.2.1' }");
  REQUIRE(given.When("root", "SetSession",
                     absl::StrCat("session_id: '", late, "' checks { user { ", kBob, " } }")).ok());
  const std::string whole =
      given.Session(absl::StrCat("user_agent { ip: '192.0.2.2' } checks { user { ", kBob, " } }"));
  const std::string other = given.Session("checks { user { user_id: 'clerk' } }");
  given.Credential<event::v1::PasskeyAdded, event::v1::PasskeyVerified>("bob", "p");
  given.Credential<event::v1::U2fAdded, event::v1::U2fVerified>("bob", "u");
  CHECK(given.Claims() == claims + 2);
  CHECK(given.KeysOf(OwnKey(late)).keys.size() == 1);
  CHECK(given.KeysOf(OwnKey(whole)).keys.empty());
  const Strings told = {"192.0.2.1", "192.0.2.2", "bob@example.org"};
  for (const std::string& text : told) REQUIRE(given.Telling(text) > 0);

  const Then removed = given.When("ann", "DeleteUser", kBob);
  CHECK(removed.events == Strings{"user.removed bob", "user.human.passwordless.token.removed bob",
                                  "user.human.mfa.u2f.token.removed bob"});
  CHECK(given.Claims() == claims - 2);  // of his name and his id as well
  CHECK_FALSE(given.KeysOf("bob").erased);
  CHECK(given.When("root", "SetSession", absl::StrCat("session_id: '", whole, "'")).reason ==
        "user.not_found");

  Strings events = given.Sweep("bob");
  Strings expected = {"session.terminated " + late, "session.terminated " + whole,
                      "user.erased bob"};
  std::sort(expected.begin(), expected.begin() + 2);
  std::sort(events.begin(), events.end() - 1);
  CHECK(events == expected);
  for (const std::string& subject : {std::string("bob"), OwnKey(late)}) {
    CHECK(given.KeysOf(subject).erased);
    CHECK(given.KeysOf(subject).keys.empty());
  }
  // What had no key of its own is not marked.
  CHECK_FALSE(given.KeysOf(OwnKey(whole)).erased);
  CHECK_FALSE(given.KeysOf("clerk").erased);
  CHECK(given.When("root", "SetSession", absl::StrCat("session_id: '", other, "'")).ok());
  CHECK(given.Sweep("bob").empty());
  for (const std::string& text : told) CHECK(given.Telling(text) == 0);
}

TEST_CASE("a sweep in steps destroys the keys with the last of them") {
  Ending given;
  for (int i = 0; i < 5; ++i) given.Session(absl::StrCat("checks { user { ", kBob, " } }"));
  REQUIRE(given.When("ann", "DeleteUser", kBob).ok());
  CHECK(given.Sweep("bob", 3, false).size() == 2);
  CHECK_FALSE(given.KeysOf("bob").erased);
  CHECK(given.Sweep("bob", 3, false).size() == 2);
  CHECK(given.Sweep("bob", 3).size() == 2);
  CHECK(given.KeysOf("bob").erased);
}

TEST_CASE("who stands is not swept, nor erased, and nobody is purged before he is erased") {
  Ending given;
  CHECK(given.Sweep("bob").empty());
  CHECK(given.Sweep("nobody").empty());
  CHECK_FALSE(given.KeysOf("bob").erased);
  const auto purge = [&] {
    const uint64_t before = *given.store.ReadSequence(1);
    given.AsSystem([](Unit& unit) { return RaiseUserPurged(unit, "bob", false); });
    return *given.store.ReadSequence(1) - before;
  };
  CHECK(purge() == 0);
  REQUIRE(given.When("ann", "DeleteUser", kBob).ok());
  CHECK(purge() == 0);
  given.Sweep("bob");
  CHECK(purge() == 1);
  CHECK(purge() == 0);
}

TEST_CASE("what is said of an erased person afterwards is kept without his part") {
  Ending given;
  REQUIRE(given.When("ann", "DeleteUser", kBob).ok());
  given.Sweep("bob");
  event::v1::WorkFailed failed;
  failed.set_work("mail");
  failed.set_reason("bob@example.org is not known");
  given.Fact<Works>(UserScope("bob"), failed);
  const auto events = given.lookup.Events(1, 0);
  CHECK(As<event::v1::WorkFailed>(KindOf(events.back())).reason().empty());
  CHECK(events.back().complete);
  CHECK(given.KeysOf("bob").keys.empty());
}

TEST_CASE("signing out makes unreadable what a session held before its user was known") {
  Ending given;
  const std::string session = given.Session("user_agent { ip: '192.0.2.1' }");
  REQUIRE(given.KeysOf(OwnKey(session)).keys.size() == 1);
  REQUIRE(given.Telling("192.0.2.1") > 0);
  REQUIRE(given.When("root", "DeleteSession", absl::StrCat("session_id: '", session, "'")).ok());
  CHECK(given.KeysOf(OwnKey(session)).erased);
  CHECK(given.Telling("192.0.2.1") == 0);
}

TEST_CASE("a sign-in that meets a removal leaves no session of an erased person") {
  const std::string signing = absl::StrCat("checks { user { ", kBob, " } }");
  for (int round = 0; round < 10; ++round) {
    Ending given;
    const size_t claims = given.Claims();
    const auto thens = given.Race({{"root", "CreateSession", signing},
                                   {"ann", "DeleteUser", kBob},
                                   {"root", "CreateSession", signing}});
    REQUIRE(thens[1].reason == "");
    const Strings& log = thens[1].events;  // of all three
    const auto removed = std::find(log.begin(), log.end(), "user.removed bob");
    REQUIRE(removed != log.end());
    Strings begun;
    for (const Then* then : {&thens[0], &thens[2]}) {
      // After the removal there is no such user; what came before stands before it.
      if (!then->ok()) {
        CHECK(then->reason == "user.not_found");
        continue;
      }
      begun.push_back(then->response<CreateSessionResponse>().session_id());
      CHECK(std::find(log.begin(), removed, "session.user.checked " + begun.back()) != removed);
    }
    CHECK(std::count_if(log.begin(), log.end(), [](const std::string& event) {
            return absl::StartsWith(event, "session.added ");
          }) == static_cast<int>(begun.size()));
    CHECK(given.Sweep("bob").size() == begun.size() + 1);
    CHECK(given.KeysOf("bob").erased);
    CHECK(given.KeysOf("bob").keys.empty());
    CHECK(given.Claims() == claims - 2);
    CHECK(given.Telling("bob@example.org") == 0);
    CHECK(given.lookup.SessionsOf(1, "bob", 10)->empty());
    for (const std::string& session : begun) {
      CHECK(given.When("root", "SetSession", absl::StrCat("session_id: '", session, "'")).reason ==
            "session.not_found");
    }
    CHECK(given.When("root", "CreateSession", signing).reason == "user.not_found");
  }
}

TEST_CASE("a log with erased people is sound") {
  Ending given;
  given.Credential<event::v1::PasskeyAdded, event::v1::PasskeyVerified>("bob", "p");
  given.Session(absl::StrCat("checks { user { ", kBob, " } }"));
  REQUIRE(given.When("ann", "SetUserMetadata",
                     absl::StrCat(kBob, " metadata { key: 'k' value: 'v' }")).ok());
  REQUIRE(given.When("ann", "DeleteUser", kBob).ok());
  given.Sweep("bob");
  const auto report = eventstore::Verify(given.store, given.codec, given.keys);
  REQUIRE(report.ok());
  CHECK(report->faults.empty());
  CHECK(report->shredded > 0);
  CHECK(report->unknowable_claims == 0);
}

}  // namespace
}  // namespace muniment::command
