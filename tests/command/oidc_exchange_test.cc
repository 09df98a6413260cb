// Token exchange (RFC 8693): for whom, by whom and for what a token is given for another, and that it
// ends with everything that stands behind it.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "base/oauth_error.h"
#include "base/timestamp.h"
#include "command/oidc/acting.h"
#include "command/oidc/exchange.h"
#include "command/oidc/revoke.h"
#include "command/oidc/token.h"
#include "command/policy/settings.h"
#include "tests/command/oidc_world.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {
namespace {

constexpr char kAccess[] = "urn:ietf:params:oauth:token-type:access_token";
constexpr char kIdToken[] = "urn:ietf:params:oauth:token-type:id_token";
constexpr char kJwt[] = "urn:ietf:params:oauth:token-type:jwt";
constexpr char kUserId[] = "urn:zitadel:params:oauth:token-type:user_id";

std::string Refusal(const absl::Status& status) {
  return absl::StrCat(OauthErrorOf(status).name, " ", ErrorFact(status, kFailedCheck));
}

struct ExchangeWorld : OidcWorld {
  Form Asks(const Form& changes = {}) const {
    return With({{"grant_type", std::string(kTokenExchange)},
                 {"subject_token", "shown"},
                 {"subject_token_type", kAccess}},
                changes);
  }
  oidc::v1::Request OfAccessToken(const oidc::v1::Issued& issued, const Form& changes = {}) const {
    oidc::v1::Request request = RequestOf(Asks(changes), basic);
    auto* shown = request.mutable_subject()->mutable_access_token();
    shown->set_instance(1);
    shown->set_family_id(issued.family_id());
    shown->set_token_id(issued.access_token_id());
    return request;
  }
  oidc::v1::Request OfIdToken(const oidc::v1::Issued& issued, const Form& changes = {}) {
    oidc::v1::Request request =
        RequestOf(With(Asks({{"subject_token_type", kIdToken}}), changes), basic);
    auto* shown = request.mutable_subject()->mutable_id_token();
    shown->set_family_id(issued.family_id());
    shown->set_client_id(client_id);
    *shown->mutable_expiration() = ToTimestamp(clock.Now() + absl::Hours(1));
    return request;
  }
  oidc::v1::Request OfUser(const std::string& user, const Form& changes = {}) const {
    return RequestOf(With(Asks({{"subject_token_type", kUserId},
                                {"subject_token", user},
                                {"actor_token", "shown"},
                                {"actor_token_type", kAccess}}),
                          changes),
                     basic);
  }
  absl::StatusOr<oidc::v1::Issued> By(const Caller& caller, const oidc::v1::Request& request) {
    oidc::v1::Issued issued;
    const absl::Status status = TryAs(caller, [&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(issued, GrantTokens(unit, request));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return issued;
  }
  Caller Of(const std::string& user, const std::string& organization) {
    const Then added = When("", "AddPersonalAccessToken",
                            absl::StrCat("user_id: '", user, "' expiration_date { seconds: ",
                                         absl::ToUnixSeconds(clock.Now()) + 86400, " }"));
    Caller caller;
    caller.user_id = user;
    caller.organization_id = organization;
    if (added.ok()) {
      caller.token_id =
          added.response<zitadel::user::v2::AddPersonalAccessTokenResponse>().token_id();
    }
    return caller;
  }
  void Permit() {
    event::v1::SecurityPolicySet set;
    set.mutable_policy()->set_enable_impersonation(true);
    Fact<SecurityPolicy>({AGGREGATE_INSTANCE, "1"}, set);
  }
  bool Stands(const std::string& family_id) {
    bool stands = false;
    AsSystem([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(family_id));
      ASSIGN_OR_RETURN(stands, GrantStands(unit, family));
      return absl::OkStatus();
    });
    return stands;
  }
};

TEST_CASE("an access token is exchanged for one of no more, which ends with it") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  const auto issued = given.Token(given.OfAccessToken(subject, {{"scope", "profile"}}));
  INFO(issued.status().ToString());
  REQUIRE(issued.ok());
  CHECK(issued->family().user_id() == "bob");
  CHECK(issued->family().parent_id() == subject.family_id());
  CHECK(issued->family().session_id() == given.bob_session);
  CHECK(issued->family().exchanges() == 1);
  CHECK(issued->family().actor_size() == 0);
  CHECK(issued->scope_size() == 1);
  CHECK(issued->issued_token_type() == kAccess);
  CHECK(issued->refresh_token_id().empty());
  CHECK(!issued->has_id_token_lifetime());
  CHECK(given.Stands(issued->family_id()));
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(subject.family_id()));
    EndFamily(unit, family, event::v1::REVOCATION_REASON_CLIENT);
    return absl::OkStatus();
  });
  CHECK(!given.Stands(issued->family_id()));
}

TEST_CASE("what is asked of an exchange is held against its own rule") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  const struct {
    Form changes;
    const char* refusal;
  } kCases[] = {
      {{{"subject_token", ""}}, "invalid_request exchange_asked"},
      {{{"subject_token_type", ""}}, "invalid_request exchange_asked"},
      {{{"subject_token_type", "urn:ietf:params:oauth:token-type:saml2"}},
       "invalid_request exchange_asked"},
      {{{"actor_token", "x"}}, "invalid_request exchange_asked"},
      {{{"actor_token_type", kAccess}}, "invalid_request exchange_asked"},
      {{{"actor_token", "x"}, {"actor_token_type", kIdToken}}, "invalid_request exchange_asked"},
      {{{"requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"}},
       "invalid_request exchange_asked"},
      {{{"requested_token_type", kUserId}}, "invalid_request exchange_asked"},
      {{{"resource", "https://api.example"}}, "invalid_target exchange_asked"},
      {{{"scope", "openid email"}}, "invalid_scope exchange_scope"},
      {{{"scope", "openid unheard"}}, "invalid_scope exchange_scope"},
      {{{"audience", "elsewhere"}}, "invalid_target target_served"},
      {{{"actor_token", "x"}, {"actor_token_type", kAccess}}, "invalid_request actor_may"},
      {{{"subject_token_type", kIdToken}}, "invalid_request subject_stands"},
      {{{"subject_token_type", kUserId}}, "invalid_request subject_stands"},
  };
  for (const auto& each : kCases) {
    INFO(each.refusal << " " << each.changes[0].first << "=" << each.changes[0].second);
    CHECK(Refusal(given.Token(given.OfAccessToken(subject, each.changes)).status()) ==
          each.refusal);
  }
  // None of ours.
  CHECK(Refusal(given.Token(given.Asks()).status()) == "invalid_request subject_stands");
  CHECK(Refusal(given.Token(given.Asks({{"subject_token_type", kJwt}})).status()) ==
        "invalid_request subject_stands");
}

TEST_CASE("a token that counts no more is exchanged for nothing") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  SECTION("its time is over") { given.clock.Advance(absl::Hours(12)); }
  SECTION("its session was ended") {
    REQUIRE(given.When("", "DeleteSession", absl::StrCat("session_id: '", given.bob_session, "'"))
                .ok());
  }
  SECTION("its user is locked") {
    REQUIRE(given.When("", "LockUser", "user_id: 'bob'").ok());
  }
  CHECK(Refusal(given.Token(given.OfAccessToken(subject)).status()) ==
        "invalid_request subject_stands");
}

TEST_CASE("an exchange is for the form that is asked for, and for whom it names") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  const auto id = given.Token(given.OfAccessToken(subject, {{"requested_token_type", kIdToken}}));
  REQUIRE(id.ok());
  CHECK(id->access_token_id().empty());
  CHECK(id->has_id_token_lifetime());
  CHECK(id->issued_token_type() == kIdToken);
  const auto jwt = given.Token(given.OfAccessToken(
      subject, {{"requested_token_type", kJwt}, {"audience", given.project_id}}));
  REQUIRE(jwt.ok());
  CHECK(jwt->access_type() == event::v1::OIDC_TOKEN_TYPE_JWT);
  REQUIRE(jwt->family().audience_size() == 1);
  CHECK(jwt->family().audience(0) == given.project_id);
  CHECK(jwt->has_id_token_lifetime());
}

TEST_CASE("a chain of exchanges has an end, and all of it ends with its beginning") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  auto last = subject;
  for (uint32_t i = 0; i < kMaxExchanges; ++i) {
    const auto next = given.Token(given.OfAccessToken(last));
    REQUIRE(next.ok());
    last = *next;
  }
  CHECK(Refusal(given.Token(given.OfAccessToken(last)).status()) ==
        "invalid_request subject_stands");
  CHECK(given.Stands(last.family_id()));
  REQUIRE(given.When("", "DeleteSession", absl::StrCat("session_id: '", given.bob_session, "'"))
              .ok());
  CHECK(!given.Stands(last.family_id()));
}

TEST_CASE("who may act for others does, where the instance permits it, and the log says so") {
  ExchangeWorld given;
  const Caller robot = given.Of("robot", "acme");
  CHECK(Refusal(given.By(robot, given.OfUser("bob")).status()) == "invalid_request actor_may");
  given.Permit();
  CHECK(Refusal(given.By(robot, given.OfUser("bob")).status()) == "invalid_request actor_may");
  given.Member({AGGREGATE_ORG, "acme"}, "robot", {"ORG_END_USER_IMPERSONATOR"});
  const uint64_t before = given.lookup.Events(1, 0).size();
  const auto issued = given.By(robot, given.OfUser("bob", {{"scope", "openid"}}));
  INFO(issued.status().ToString());
  REQUIRE(issued.ok());
  REQUIRE(issued->family().actor_size() == 1);
  CHECK(issued->family().actor(0).user_id() == "robot");
  CHECK(issued->family().user_id() == "bob");
  bool told = false;
  for (const auto& event : given.lookup.Events(1, before)) {
    told = told || event.meta.type == "user.impersonated";
  }
  CHECK(told);
  CHECK(given.Stands(issued->family_id()));

  // Of another organization, and of managers, he may not.
  CHECK(Refusal(given.By(robot, given.OfUser("root")).status()) == "invalid_request actor_may");
  CHECK(Refusal(given.By(robot, given.OfUser("ann")).status()) == "invalid_request actor_may");
  CHECK(Refusal(given.By(robot, given.OfUser("nobody")).status()) ==
        "invalid_request subject_stands");

  REQUIRE(given.When("", "RemovePersonalAccessToken",
                     absl::StrCat("user_id: 'robot' token_id: '", robot.token_id, "'")).ok());
  CHECK(given.By(robot, given.OfUser("bob")).status().code() ==
        absl::StatusCode::kUnauthenticated);
}

TEST_CASE("who acts for managers may do so wherever they manage") {
  ExchangeWorld given;
  given.Permit();
  const Caller robot = given.Of("robot", "acme");
  given.Member({AGGREGATE_ORG, "acme"}, "robot", {"ORG_ADMIN_IMPERSONATOR"});
  CHECK(given.By(robot, given.OfUser("ann")).ok());
  given.Member({AGGREGATE_INSTANCE, "1"}, "ann", {"IAM_OWNER_VIEWER"});
  CHECK(Refusal(given.By(robot, given.OfUser("ann")).status()) == "invalid_request actor_may");
  // A manager of the instance may not be acted for by one of an organization.
  given.Member({AGGREGATE_INSTANCE, "1"}, "robot", {"IAM_ADMIN_IMPERSONATOR"});
  CHECK(given.By(robot, given.OfUser("ann")).ok());
}

TEST_CASE("what somebody got by acting for another is exchanged no more") {
  ExchangeWorld given;
  given.Permit();
  given.Member({AGGREGATE_ORG, "acme"}, "robot", {"ORG_END_USER_IMPERSONATOR"});
  const Caller robot = given.Of("robot", "acme");
  const auto first = given.By(robot, given.OfUser("bob", {{"scope", "openid"}}));
  REQUIRE(first.ok());
  CHECK(Refusal(given.Token(given.OfAccessToken(*first)).status()) ==
        "invalid_request subject_stands");
  CHECK(Refusal(given.Token(given.OfIdToken(*first)).status()) ==
        "invalid_request subject_stands");
  CHECK(Refusal(given.By(robot, given.OfAccessToken(*first, {{"actor_token", "x"},
                                                             {"actor_token_type", kAccess}}))
                    .status()) == "invalid_request subject_stands");
  // Nobody signed in, and it lasts no longer than what the actor showed.
  CHECK(!first->family().has_auth_time());
  CHECK(ToTime(first->access_expiration()) <= given.clock.Now() + absl::Hours(24));
}

TEST_CASE("an ID token is exchanged by the client that it was given to, for no more") {
  ExchangeWorld given;
  const auto subject = given.SignedIn();
  const auto issued = given.Token(given.OfIdToken(subject, {{"scope", "profile"}}));
  INFO(issued.status().ToString());
  REQUIRE(issued.ok());
  CHECK(issued->family().parent_id() == subject.family_id());
  CHECK(issued->family().exchanges() == 1);
  CHECK(Refusal(given.Token(given.OfIdToken(subject, {{"scope", "email"}})).status()) ==
        "invalid_scope exchange_scope");
  oidc::v1::Request another = given.OfIdToken(subject);
  another.mutable_subject()->mutable_id_token()->set_client_id("another");
  CHECK(Refusal(given.Token(another).status()) == "invalid_request subject_stands");
  // By way of an ID token nobody begins anew.
  auto last = given.Token(given.OfIdToken(subject, {{"requested_token_type", kIdToken}}));
  for (uint32_t i = 1; i < kMaxExchanges; ++i) {
    REQUIRE(last.ok());
    last = given.Token(given.OfIdToken(*last, {{"requested_token_type", kIdToken}}));
  }
  REQUIRE(last.ok());
  CHECK(Refusal(given.Token(given.OfIdToken(*last)).status()) ==
        "invalid_request subject_stands");
}

TEST_CASE("nothing that is exchanged is for the platform, and none outlasts what was shown") {
  ExchangeWorld given;
  const auto subject = given.SignedIn(
      {{"scope", "openid urn:zitadel:iam:org:project:id:zitadel:aud "
                 "urn:zitadel:iam:org:project:id:1:aud"}});
  REQUIRE(subject.scope_size() == 3);
  given.clock.Advance(absl::Hours(10));
  const auto issued = given.Token(given.OfAccessToken(subject));
  REQUIRE(issued.ok());
  CHECK(issued->scope_size() == 1);
  CHECK(ToTime(issued->access_expiration()) == ToTime(subject.access_expiration()));
  CHECK(issued->id_token_lifetime().seconds() == 2 * 3600);
  Caller caller;
  caller.user_id = "bob";
  caller.organization_id = "acme";
  caller.oidc_session_id = issued->family_id();
  caller.oidc_token_id = issued->access_token_id();
  CHECK(given.TryAs(caller, [](Unit&) { return absl::OkStatus(); }).code() ==
        absl::StatusCode::kUnauthenticated);
  // With the one token that was shown ends what was got by it, and not by another of its family.
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto family, unit.LoadAny<TokenFamily>(subject.family_id()));
    event::v1::AccessTokenRevoked revoked;
    revoked.set_token_id(subject.access_token_id());
    unit.Raise(family, std::move(revoked));
    return absl::OkStatus();
  });
  CHECK(!given.Stands(issued->family_id()));
}

TEST_CASE("an audience that was narrowed is not widened again") {
  ExchangeWorld given;
  const auto subject = given.SignedIn({{"scope", "openid urn:zitadel:iam:org:project:id:2:aud"}});
  const auto narrow =
      given.Token(given.OfAccessToken(subject, {{"audience", given.client_id}}));
  REQUIRE(narrow.ok());
  const auto again = given.Token(given.OfAccessToken(*narrow));
  REQUIRE(again.ok());
  REQUIRE(again->family().audience_size() == 1);
  CHECK(again->family().audience(0) == given.client_id);
  CHECK(Refusal(given.Token(given.OfAccessToken(*narrow, {{"audience", "2"}})).status()) ==
        "invalid_target target_served");
  const auto elsewhere = given.Token(given.OfAccessToken(subject, {{"audience", "2"}}));
  REQUIRE(elsewhere.ok());
  CHECK(Refusal(given.Token(given.OfAccessToken(*elsewhere)).status()) ==
        "invalid_request subject_stands");
}

TEST_CASE("whoever may not act for others learns nothing of whom there is") {
  ExchangeWorld given;
  const Caller robot = given.Of("robot", "acme");
  const auto known = given.By(robot, given.OfUser("bob")).status();
  const auto unknown = given.By(robot, given.OfUser("nobody")).status();
  CHECK(known.message() == unknown.message());
  CHECK(OauthErrorOf(known).name == OauthErrorOf(unknown).name);
}

}  // namespace
}  // namespace muniment::command
