// Names of users go to where they are to count, while others are made and renamed, or stay where they
// are.
#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "base/error_facts.h"
#include "command/org/claim_usernames.h"
#include "command/org/domains.h"
#include "tests/command/names_world.h"
#include "zitadel/settings/v2/settings_service.pb.h"

namespace muniment::command {
namespace {

using event::v1::DomainPolicyMoveRefused;
using event::v1::DomainPolicyMoveStarted;

TEST_CASE("a domain policy that leaves names where they are stands at once") {
  Names given;
  CHECK(given.SetMustBeDomain("acme", false, true).events ==
        Strings{"org.policy.domain.added acme"});
  CHECK(given.SetMustBeDomain("acme", false, true).events.empty());
  CHECK(given.SetMustBeDomain("acme", false).events == Strings{"org.policy.domain.changed acme"});
  CHECK(given.Reset("acme").events == Strings{"org.policy.domain.removed acme"});
  CHECK(given.Reset("acme").reason == "policy.domain.not_found");
  CHECK(given.SetMustBeDomain("", false, true).events ==
        Strings{"instance.policy.domain.changed 1"});
  CHECK(given.Where("acme") == "=");
  CHECK(given.Claims("bob") == Strings{""});
}

TEST_CASE("names of an organization come to count in it when all of them are claimed there") {
  Names given;
  CHECK(given.SetMustBeDomain("acme", true).events ==
        Strings{"org.policy.domain.move.started acme"});
  CHECK(given.Where("acme") == "/acme=");
  CHECK(given.Where("home") == "=");
  // Whoever comes now is in both, whoever was there waits for the job.
  CHECK(given.AddMachine("acme", "new", "new").events ==
        Strings{"user.machine.added new", "user.username.claimed new"});
  CHECK(given.Claims("new") == Strings{"", "acme"});
  CHECK(given.Claims("bob") == Strings{""});
  CHECK(given.Rename("bob", "bob").events ==
        Strings{"user.username.changed bob", "user.username.claimed bob"});
  CHECK(given.Claims("bob") == Strings{"", "acme"});
  CHECK(given.AddMachine("home", "other", "other").events == Strings{"user.machine.added other"});

  CHECK(given.Settle({"ann", "bob", "robot", "clerk", "new", "other", "nobody"}).events ==
        Strings{"user.username.claimed ann", "user.username.claimed robot",
                "user.username.claimed clerk"});
  CHECK(given.Settle(AcmeUsers()).events.empty());
  CHECK(given.conflicts.total == 0);
  CHECK(given.Complete("acme").events ==
        Strings{"org.policy.domain.moved acme", "org.policy.domain.added acme"});
  CHECK(given.Where("acme") == "acme");

  // Until they are given back names are taken in the instance.
  CHECK(given.AddMachine("home", "two", "new").reason == "user.username_taken");
  CHECK(given.AddMachine("acme", "late", "late").events == Strings{"user.machine.added late"});
  CHECK(given.Claims("late") == Strings{"acme"});
  // But the one before a new name is free with it.
  CHECK(given.Rename("bob", "bobby").events ==
        Strings{"user.username.changed bob", "user.username.released bob"});
  CHECK(given.AddMachine("home", "three", "bob").ok());
  CHECK(given.Settle({"ann", "bob", "robot", "clerk", "new", "late"}).events ==
        Strings{"user.username.released ann", "user.username.released robot",
                "user.username.released clerk", "user.username.released new"});
  CHECK(given.End("acme").events == Strings{"org.policy.domain.move.ended acme"});
  CHECK(given.End("acme").events.empty());
  CHECK(given.Claims("ann") == Strings{"acme"});
  CHECK(given.AddMachine("home", "two", "new").ok());
  CHECK(given.AddMachine("acme", "four", "NEW").reason == "user.username_taken");
}

TEST_CASE("names that come back to the instance are claimed there, or the move is refused") {
  Names given;
  given.LoginMustBeDomain();
  REQUIRE(given.AddMachine("acme", "a", "same").ok());
  REQUIRE(given.AddMachine("home", "h", "same").ok());
  REQUIRE(given.SetMustBeDomain("acme", false).events ==
          Strings{"org.policy.domain.move.started acme"});
  CHECK(given.Where("acme") == "acme/+");
  // Those of home still count there alone.
  CHECK(given.Settle({"a"}).events == Strings{"user.username.claimed a"});
  NameConflicts why;
  why.Add({"a", /*taken=*/true, "h"});
  for (int i = 0; i < 25; ++i) why.Add({absl::StrCat("u", i)});
  CHECK(why.total == 26);
  const auto refused = given.Refuse("acme", why);
  CHECK(refused.events == Strings{"org.policy.domain.move.refused acme"});
  const auto fact = given.lookup.Events(1, given.store.ReadSequence(1).value() - 1);
  const auto& said = As<DomainPolicyMoveRefused>(KindOf(fact.at(0)));
  CHECK(said.conflicts() == 26);
  REQUIRE(said.first_size() == 20);
  CHECK(said.first(0).reason() == event::v1::NAME_CONFLICT_REASON_TAKEN);
  CHECK(said.first(19).reason() == event::v1::NAME_CONFLICT_REASON_DOMAIN);
  // It is decided once.
  CHECK(given.Complete("acme").events.empty());
  CHECK(given.Where("acme") == "acme");
  CHECK(given.Settle({"a"}).events == Strings{"user.username.released a"});
  CHECK(given.End("acme").events.size() == 1);
  CHECK(given.Claims("a") == Strings{"acme"});

  // The whole instance at once.
  REQUIRE(given.SetMustBeDomain("", false).events ==
          Strings{"instance.policy.domain.move.started 1"});
  CHECK(given.Settle({"a"}).reason.empty());
  CHECK(given.Settle({"h"}).reason == "user.username_taken");
  CHECK(given.Claims("h") == Strings{"home"});
}

TEST_CASE("while names are on the move nobody sends them elsewhere") {
  Names given;
  REQUIRE(given.SetMustBeDomain("acme", true, true).reason.empty());
  // The same again is what happens already.
  CHECK(given.SetMustBeDomain("acme", true, true).events.empty());
  CHECK(given.SetMustBeDomain("acme", true, true).reason.empty());
  CHECK(given.SetMustBeDomain("acme", true, false).reason == "policy.domain.moving");
  CHECK(given.SetMustBeDomain("acme", false).reason == "policy.domain.moving");
  CHECK(given.SetScoped("root", "acme", true).reason == "policy.domain.moving");
  CHECK(given.SetScoped("root", "acme", false).reason == "policy.domain.moving");
  CHECK(given.SetScoped("root", "home", true).events ==
        Strings{"org.policy.domain.move.started home"});
  REQUIRE(given.Settle(AcmeUsers()).reason.empty());
  REQUIRE(given.Complete("acme").reason.empty());
  CHECK(given.SetMustBeDomain("acme", false).reason == "policy.domain.moving");
  CHECK(given.Reset("acme").reason == "policy.domain.moving");
  REQUIRE(given.End("acme").reason.empty());
  CHECK(given.SetMustBeDomain("acme", true, false).events ==
        Strings{"org.policy.domain.changed acme"});
}

TEST_CASE("while the instance moves an organization may not turn away from it or to it") {
  Names given;
  REQUIRE(given.SetMustBeDomain("home", false).events == Strings{"org.policy.domain.added home"});
  REQUIRE(given.SetMustBeDomain("", true).events ==
          Strings{"instance.policy.domain.move.started 1"});
  CHECK(given.SetMustBeDomain("", true).events.empty());
  CHECK(given.Where("acme") == "/acme=");
  CHECK(given.Where("home") == "=");
  CHECK(given.SetMustBeDomain("acme", false).reason == "policy.domain.moving");
  CHECK(given.SetMustBeDomain("home", true).reason == "policy.domain.moving");
  CHECK(given.Reset("home").reason == "policy.domain.moving");
  CHECK(given.SetScoped("root", "home", true).reason == "policy.domain.moving");
  // What says nothing of names is no matter.
  CHECK(given.SetMustBeDomain("home", false, true).events ==
        Strings{"org.policy.domain.changed home"});
  CHECK(given.Settle({"ann", "bob", "robot", "clerk", "root", "maker"}).events.size() == 4);
  // A new organization has none of its own.
  REQUIRE(given.When("", "AddOrganization", "name: 'Third' organization_id: 'third'").ok());
  REQUIRE(given.AddMachine("third", "t", "t").ok());
  CHECK(given.Claims("t") == Strings{"", "third"});
  CHECK(given.Complete("").events ==
        Strings{"instance.policy.domain.moved 1", "instance.policy.domain.changed 1"});
  CHECK(given.Where("acme") == "acme");
  CHECK(given.Where("home") == "=");
}

TEST_CASE("two moves that meet leave every name where it counts, however they end") {
  for (const bool organization_first : {true, false}) {
    for (const bool refused : {true, false}) {
      Names given;
      INFO(organization_first << refused);
      REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
      REQUIRE(given.SetMustBeDomain("", true).reason.empty());
      REQUIRE(given.Settle(AcmeUsers()).events.size() == 4);
      const std::string first = organization_first ? "acme" : "";
      const std::string second = organization_first ? "" : "acme";
      NameConflicts why;
      why.Add({"bob"});
      const auto decided = refused ? given.Refuse(first, why) : given.Complete(first);
      REQUIRE(decided.reason.empty());
      // What the first gives back is not what the second needs.
      REQUIRE(given.Settle(AcmeUsers()).reason.empty());
      REQUIRE(given.End(first).reason.empty());
      const Strings claims = given.Claims("bob");
      CHECK(std::find(claims.begin(), claims.end(), "acme") != claims.end());
      CHECK((!refused || claims.size() == 2));
      REQUIRE(given.Complete(second).reason.empty());
      REQUIRE(given.Settle(AcmeUsers()).reason.empty());
      REQUIRE(given.End(second).reason.empty());
      CHECK(given.Where("acme") == "acme");
      CHECK(given.Claims("bob") == Strings{"acme"});
    }
  }
}

TEST_CASE("an organization's settings scope its names, whatever login names carry") {
  Names given;
  const Then set = given.SetScoped("root", "acme", true);
  CHECK(set.events == Strings{"org.policy.domain.move.started acme"});
  CHECK(set.fact<DomainPolicyMoveStarted>(0).to_organization());
  CHECK_FALSE(set.fact<DomainPolicyMoveStarted>(0).alone());
  CHECK(set.response<zitadel::settings::v2::SetOrganizationSettingsResponse>().has_set_date());
  CHECK(given.SetScoped("root", "acme", true).events.empty());
  CHECK(given.DeleteSettings("root", "acme").reason == "policy.domain.moving");
  REQUIRE(given.Settle(AcmeUsers()).reason.empty());
  CHECK(given.Complete("acme").events ==
        Strings{"org.policy.domain.moved acme", "org.settings.set acme"});
  REQUIRE(given.Settle(AcmeUsers()).reason.empty());
  REQUIRE(given.End("acme").reason.empty());
  CHECK(given.Where("acme") == "acme=");
  CHECK(given.Claims("bob") == Strings{"acme"});
  // Login names may carry a domain or not: names stay where they are.
  CHECK(given.SetMustBeDomain("acme", true).events == Strings{"org.policy.domain.added acme"});
  CHECK(given.SetScoped("root", "acme", false).events == Strings{"org.settings.set acme"});
  CHECK(given.DeleteSettings("root", "acme").events == Strings{"org.settings.removed acme"});
  CHECK(given.DeleteSettings("root", "acme").events.empty());
  CHECK(given.SetScoped("root", "acme", true).events == Strings{"org.settings.set acme"});
  // The domain goes from behind them, so they may be in others' now, which takes a look at each.
  CHECK(given.Reset("acme").events == Strings{"org.policy.domain.move.started acme"});
  CHECK(given.Where("acme") == "acme+");
}

TEST_CASE("only who manages the instance says where names count") {
  Names given;
  for (const char* stranger : {"bob", "clerk", "ann"}) {
    CHECK(given.SetScoped(stranger, "acme", true).code == absl::StatusCode::kNotFound);
    CHECK(given.DeleteSettings(stranger, "acme").code == absl::StatusCode::kNotFound);
  }
  CHECK(given.SetScoped("root", "nowhere", true).reason == "org.not_found");
  CHECK(given.SetScoped("anonymous", "acme", true).code == absl::StatusCode::kUnauthenticated);
  // Whoever may set what else an organization has may not set this.
  Caller ann;
  ann.user_id = "ann";
  ann.organization_id = "acme";
  const absl::Status status = given.TryAs(
      ann, [](Unit& unit) { return SetDomainPolicy(unit, OrgScope("acme"), {}); });
  CHECK(Reason(status) == "auth.permission_denied");
  CHECK(Reason(given.TryAs(ann, [](Unit& unit) { return ResetDomainPolicy(unit, "acme"); })) ==
        "auth.permission_denied");
}

TEST_CASE("names that could not count there are refused at once, and told to who may read them") {
  Names given;
  event::v1::OrganizationSettingsSet scoped;
  scoped.mutable_settings()->set_organization_scoped_usernames(true);
  given.Fact<OrganizationSettings>(OrgScope("acme"), scoped);
  REQUIRE(given.AddMachine("acme", "a", "Same").ok());
  REQUIRE(given.AddMachine("home", "h", "same").ok());
  given.lookup.name_conflicts.total = 7;
  given.lookup.name_conflicts.first = {
      {"a", true, "h"}, {"a", true, "gone"}, {"h", true, "a"}, {"bob", false}};
  const Then refused = given.DeleteSettings("root", "acme");
  CHECK(refused.reason == "policy.domain.names_taken");
  CHECK(refused.code == absl::StatusCode::kFailedPrecondition);
  CHECK(refused.events.empty());
  // Of what a hint says the log confirms one: home's is not moved, bob has no other's domain.
  CHECK(ErrorFact(refused.status, "conflicts") == "4");
  CHECK(ErrorFact(refused.status, "user_ids") == "a");
  CHECK(ErrorFact(refused.status, "names") == "Same");
  // A hint of which nothing is true refuses nothing.
  REQUIRE(given.Rename("h", "another").ok());
  CHECK(given.DeleteSettings("root", "acme").events ==
        Strings{"org.policy.domain.move.started acme"});
}

TEST_CASE("who may not read the users is told how many there are, and no name") {
  Names given;
  event::v1::OrganizationSettingsSet scoped;
  scoped.mutable_settings()->set_organization_scoped_usernames(true);
  given.Fact<OrganizationSettings>(OrgScope("acme"), scoped);
  REQUIRE(given.AddMachine("acme", "a", "same").ok());
  REQUIRE(given.AddMachine("home", "h", "same").ok());
  given.lookup.name_conflicts.Add({"a", true, "h"});
  REQUIRE(given
              .When("root", "CreateRole",
                    "resource { instance: true } level: ROLE_LEVEL_INSTANCE name: 'SETTER' "
                    "permissions: 'iam.policy.delete'")
              .reason == "");
  given.Member(InstanceScope(), "robot", {"SETTER"});
  const Then refused = given.DeleteSettings("robot", "acme");
  CHECK(refused.reason == "policy.domain.names_taken");
  CHECK(ErrorFact(refused.status, "conflicts") == "1");
  CHECK(ErrorFact(refused.status, "names").empty());
  CHECK(ErrorFact(refused.status, "user_ids").empty());
}

// Organization home holds the domain for good.
void Prove(Names& given, const std::string& domain) {
  event::v1::OrgDomainAdded added;
  added.set_domain(domain);
  given.Fact<OrgDomains>(OrgScope("home"), added);
  event::v1::OrgDomainVerified verified;
  verified.set_domain(domain);
  verified.set_proved_by(event::v1::DOMAIN_PROOF_DNS);
  given.Fact<OrgDomains>(OrgScope("home"), verified);
}

TEST_CASE("a name that would be a login name in another's domain is a conflict") {
  Names given;
  given.LoginMustBeDomain();
  Prove(given, "home.example");
  // With acme's domain behind it, it is one of acme's.
  REQUIRE(given.AddMachine("acme", "a", "a@home.example").ok());
  REQUIRE(given.SetMustBeDomain("acme", false).reason.empty());
  CHECK(given.AddMachine("acme", "b", "b@home.example").reason == "user.username_domain_claimed");
  CHECK(given.Settle({"a", "bob"}).events == Strings{"user.username.claimed bob"});
  REQUIRE(given.conflicts.total == 1);
  CHECK(given.conflicts.first.at(0).user_id == "a");
  CHECK_FALSE(given.conflicts.first.at(0).taken);
}

TEST_CASE("a domain that is proved while names move takes them when they stand alone") {
  Names given;
  given.LoginMustBeDomain();
  REQUIRE(given.AddMachine("acme", "a", "a@home.example").ok());
  REQUIRE(given.AddMachine("home", "own", "own@home.example").ok());
  REQUIRE(given.SetMustBeDomain("acme", false).reason.empty());
  REQUIRE(given.Settle({"a", "ann", "bob", "robot", "clerk"}).reason.empty());
  REQUIRE(given.conflicts.total == 0);
  Prove(given, "home.example");
  REQUIRE(given.Complete("acme").reason.empty());
  CHECK(given.SettleLogins({"a", "bob", "own"}).events ==
        Strings{"user.username.released a", "user.username.released bob",
                "user.domain.claimed a"});
  CHECK(given.Username("a") == "a@temporary.example.test");
  CHECK(given.Claims("a") == Strings{""});
  CHECK(given.Username("own") == "own@home.example");
  CHECK(given.SettleLogins({"a", "bob", "own"}).events.empty());
}

TEST_CASE("who loses his name to a domain while names move has the new one in both scopes") {
  Names given;
  REQUIRE(given.AddMachine("acme", "a", "a@home.example").ok());
  REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
  REQUIRE(given.Settle({"a"}).reason.empty());
  Prove(given, "home.example");
  CHECK(given.Do([](Unit& unit) { return ClaimUsernames(unit, "home", {"a"}); }).events ==
        Strings{"user.domain.claimed a", "user.username.claimed a"});
  CHECK(given.Claims("a") == Strings{"", "acme"});
  REQUIRE(given.AddMachine("home", "h", "a@home.example").ok());
}

TEST_CASE("a user who goes gives his name back wherever it is claimed") {
  Names given;
  REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
  REQUIRE(given.AddMachine("acme", "a", "same").ok());
  REQUIRE(given.When("root", "DeleteUser", "user_id: 'a'").ok());
  CHECK(given.Claims("a").empty());
  CHECK(given.AddMachine("home", "h", "same").ok());
  CHECK(given.AddMachine("acme", "b", "same").reason == "user.username_taken");
  REQUIRE(given.When("root", "DeleteUser", "user_id: 'h'").ok());
  CHECK(given.AddMachine("acme", "b", "same").ok());
  CHECK(given.Settle({"a", "h"}).events.empty());
}

TEST_CASE("a move of an organization that is removed ends without what was wanted") {
  Names given;
  REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'acme'").ok());
  CHECK(given.Complete("acme").events.empty());
  CHECK(given.Refuse("acme", {}).events.empty());
  CHECK(given.End("acme").events == Strings{"org.policy.domain.move.ended acme"});
}

TEST_CASE("a step of an earlier move decides nothing of a later one") {
  Names given;
  REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
  const uint64_t first = given.Move("acme").number;
  NameConflicts why;
  why.Add({"bob"});
  REQUIRE(given.Refuse("acme", why).reason.empty());
  REQUIRE(given.End("acme").reason.empty());
  REQUIRE(given.SetMustBeDomain("acme", true).reason.empty());
  CHECK(given.Move("acme").number == first + 1);
  CHECK(given.Do([&](Unit& unit) { return CompleteNameMove(unit, OrgScope("acme"), first); })
            .events.empty());
  CHECK(given.Where("acme") == "/acme=");
}

TEST_CASE("who is made while a move begins is in both scopes, or was there before it") {
  for (int round = 0; round < 20; ++round) {
    Names given;
    std::vector<Given::Asked> calls = {
        {"root", "SetOrganizationSettings",
         "organization_id: 'acme' organization_scoped_usernames: true"}};
    for (int i = 0; i < 6; ++i) {
      calls.push_back({"", "CreateUser",
                       absl::StrCat("organization_id: 'acme' user_id: 'n", i, "' username: 'n", i,
                                    "' machine { name: 'm' }")});
    }
    const std::vector<Then> thens = given.Race(calls);
    REQUIRE(thens[0].ok());
    bool begun = false;
    std::map<std::string, bool> made;  // and whether the move had begun
    for (const std::string& event : thens[0].events) {
      begun = begun || event == "org.policy.domain.move.started acme";
      const absl::string_view added = "user.machine.added ";
      if (absl::StartsWith(event, added)) made[event.substr(added.size())] = begun;
    }
    REQUIRE(begun);
    REQUIRE(made.size() == 6);
    for (const auto& [user, late] : made) {
      CHECK(given.Claims(user) == (late ? Strings{"", "acme"} : Strings{""}));
    }
  }
}

}  // namespace
}  // namespace muniment::command
