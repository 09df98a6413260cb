// Who is told that a session ended: the applications that hold tokens of it and registered where.
#include "command/oidc/session_logout.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "command/oidc/end_session.h"
#include "tests/command/oidc_world.h"

namespace muniment::command {
namespace {

constexpr char kUri[] = "https://app.example/backchannel";

struct LogoutWorld : OidcWorld {
  void Register(const std::string& uri) {
    const Then then = When("", "UpdateApplication",
                           absl::StrCat("project_id: '", project_id, "' application_id: '",
                                        application_stream.substr(project_id.size() + 1),
                                        "' oidc_configuration { back_channel_logout_uri: '", uri,
                                        "' }"));
    INFO(then.reason);
    REQUIRE(then.ok());
  }
  std::vector<DueLogout> Due() {
    std::vector<DueLogout> due;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(due, DueLogouts(unit, bob_session));
      return absl::OkStatus();
    });
    return due;
  }
  Then End() { return When("", "DeleteSession", absl::StrCat("session_id: '", bob_session, "'")); }
};

TEST_CASE("an application that registered a place is told once of a session's end") {
  LogoutWorld given;
  given.Register(kUri);
  given.SignedIn();
  given.SignedIn();
  const Then ended = given.End();
  CHECK(ended.events == Strings{absl::StrCat("session.terminated ", given.bob_session),
                                absl::StrCat("session.work.requested ", given.bob_session)});
  const auto due = given.Due();
  REQUIRE(due.size() == 1);
  CHECK(due[0].client_id == given.client_id);
  CHECK(due[0].uri == kUri);
  CHECK(due[0].user_id == "bob");
  CHECK(due[0].issuer == kIssuer);
  given.AsSystem(
      [&](Unit& unit) { return RaiseLogoutSent(unit, given.bob_session, given.client_id); });
  CHECK(given.Due().empty());
}

TEST_CASE("nobody is told who registered no place, or holds nothing of the session") {
  LogoutWorld given;
  SECTION("no place") { given.SignedIn(); }
  SECTION("nothing of the session") { given.Register(kUri); }
  CHECK(given.End().events == Strings{absl::StrCat("session.terminated ", given.bob_session)});
  CHECK(given.Due().empty());
}

TEST_CASE("nobody is told at a place that was taken back, or who is not active any more") {
  LogoutWorld given;
  given.Register(kUri);
  given.SignedIn();
  SECTION("taken back") { given.Register(""); }
  SECTION("another place") {
    given.Register("https://app.example/elsewhere");
    REQUIRE(given.Due().size() == 1);
    CHECK(given.Due()[0].uri == "https://app.example/elsewhere");
    return;
  }
  SECTION("inactive") {
    REQUIRE(given.When("", "DeactivateApplication",
                       absl::StrCat("project_id: '", given.project_id, "' application_id: '",
                                    given.application_stream.substr(given.project_id.size() + 1),
                                    "'")).ok());
  }
  CHECK(given.Due().empty());
}

TEST_CASE("signing out at the end_session endpoint tells the others too") {
  LogoutWorld given;
  given.Register(kUri);
  given.SignedIn();
  oidc::v1::Request request = given.RequestOf({{"id_token_hint", "x"}});
  request.set_hint_user_id("bob");
  request.set_hint_session_id(given.bob_session);
  request.set_hint_client_id(given.client_id);
  given.AsSystem([&](Unit& unit) { return EndSession(unit, request).status(); });
  CHECK(given.Due().size() == 1);
  CHECK(given.lookup.Events(1, 0).back().meta.type == "session.work.requested");
}

}  // namespace
}  // namespace muniment::command
