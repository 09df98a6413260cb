// Names of users go where they are to count, however many they are and whatever ends a node, or all of
// them stay; and the claims table is what the log says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/error_facts.h"
#include "command/org/domains.h"
#include "gateway/reactors/sweeps.h"
#include "tests/reactors/names_world.h"
#include "zitadel/org/v2/org_service.pb.h"

namespace muniment::gateway {
namespace {

TEST_CASE("names of an organization move into it and back, in commits that fit") {
  constexpr int kUsers = 700;
  NameWorld world;
  world.AddUsers("acme", 0, kUsers);
  world.AddUsers("other", 0, 3, "o", "other ");
  const size_t claims = world.Verified();
  world.Start();
  REQUIRE(world.Set("acme", true).message() == "");
  world.Moved();
  CHECK(world.node.database().owners().NamesInOrganization(kInstance, "acme"));
  CHECK_FALSE(world.node.database().owners().NamesInInstance(kInstance, "acme"));
  CHECK(world.Claims("u", kUsers) == Counts{{"acme", kUsers}});
  CHECK(world.Claims("o", 3) == Counts{{"", 3}});
  CHECK(world.node.Events("user.username.claimed") == kUsers);
  CHECK(world.node.Events("user.username.released") == kUsers);
  CHECK(world.Verified() == claims);
  CHECK(world.Row("acme")->state() == row::v1::NAME_MOVE_STATE_ENDED);
  CHECK_FALSE(world.Row("acme")->has_refused());
  // The names are free where they were, and taken where they are.
  CHECK(world.Create("other", "x", "user 5").message() == "");
  CHECK(Reason(world.Create("acme", "y", "USER 5")) == "user.username_taken");
  // And now one of them is in the way back.
  const absl::Status back = world.Set("acme", false);
  CHECK(Reason(back) == "policy.domain.names_taken");
  CHECK(ErrorFact(back, "names") == "user 5");
  REQUIRE(world.Delete("x").message() == "");
  REQUIRE(world.Set("acme", false).message() == "");
  world.Moved();
  CHECK(world.Claims("u", kUsers) == Counts{{"", kUsers}});
  CHECK(world.Verified() == claims);
  CHECK(world.node.host().counts(kMove).failed == 0);
}

TEST_CASE("what cannot count in the instance is told whole, and nothing of it is claimed") {
  NameWorld world;
  world.MustBeDomain("acme");
  world.AddUsers("acme", 0, 300);
  world.AddUsers("other", 0, 60, "o");  // of the same names
  const absl::Status refused = world.Set("acme", false);
  CHECK(Reason(refused) == "policy.domain.names_taken");
  CHECK(ErrorFact(refused, "conflicts") == "60");
  const std::string told = ErrorFact(refused, "user_ids");
  CHECK(std::count(told.begin(), told.end(), ' ') == 19);
  CHECK_FALSE(world.Row("acme").has_value());

  world.Begin("acme", false);
  const size_t claims = world.Verified();
  world.Start();
  world.Moved();
  const auto row = world.Row("acme");
  CHECK(row->state() == row::v1::NAME_MOVE_STATE_ENDED);
  CHECK(row->refused().conflicts() == 60);
  REQUIRE(row->refused().first_size() == 20);
  CHECK(row->refused().first(0).reason() == event::v1::NAME_CONFLICT_REASON_TAKEN);
  CHECK(world.node.Events("user.username.claimed") == 0);
  CHECK(world.node.database().owners().NamesInOrganization(kInstance, "acme"));
  CHECK(world.Verified() == claims);
}

TEST_CASE("a claim that no read model tells of ends the move, and what was claimed is given back") {
  NameWorld world;
  world.MustBeDomain("acme");
  world.MustBeDomain("other");
  world.AddUsers("acme", 0, 400);
  // Of a user whose organization has its names for itself.
  event::v1::MachineAdded hidden;
  hidden.set_organization_id("other");
  hidden.set_username("USER 301");
  world.Fact<command::User>(command::UserScope("hidden"), hidden);
  const size_t claims = world.Verified();
  world.Start();
  REQUIRE(world.Set("acme", false).message() == "");
  world.Moved();
  const auto row = world.Row("acme");
  CHECK(row->refused().conflicts() == 1);
  REQUIRE(row->refused().first_size() == 1);
  CHECK(row->refused().first(0).user_id() == "u301");
  CHECK(world.node.Events("user.username.claimed") > 0);
  CHECK(world.Claims("u", 400) == Counts{{"acme", 400}});
  CHECK(world.Verified() == claims);
  CHECK(world.node.host().counts(kMove).failed == 0);
}

TEST_CASE("the instance's switch moves all but those who say otherwise") {
  NameWorld world;
  event::v1::DomainPolicyAdded own;
  world.Fact<command::DomainPolicy>(command::OrgScope("other"), own);
  world.AddUsers("acme", 0, 200);
  world.AddUsers("other", 200, 400, "o");
  world.Start();
  REQUIRE(world.Set("", true).message() == "");
  world.Moved();
  CHECK(world.Claims("u", 200) == Counts{{"acme", 200}});
  CHECK(world.node.Events("user.username.claimed") == 201);  // and ada
  // Three have a name of acme's in another organization that follows the instance.
  event::v1::OrgAdded third;
  third.set_name("Third");
  world.Fact<command::Org>(command::OrgScope("third"), third);
  world.AddUsers("third", 0, 3, "t");
  const absl::Status back = world.Set("", false);
  CHECK(Reason(back) == "policy.domain.names_taken");
  CHECK(ErrorFact(back, "conflicts") == "6");
  for (int i = 0; i < 3; ++i) {
    REQUIRE(world.Rename(absl::StrCat("t", i), absl::StrCat("t ", i)).message() == "");
  }
  REQUIRE(world.Set("", false).message() == "");
  world.Moved();
  CHECK(world.Claims("u", 200) == Counts{{"", 200}});
  CHECK(world.Claims("t", 3) == Counts{{"", 3}});
  CHECK_FALSE(world.node.database().owners().NamesInOrganization(kInstance, "acme"));
  world.Verified();
}

TEST_CASE("names in a domain that another proved are conflicts, and those of one that only says so none") {
  NameWorld world;
  world.MustBeDomain("acme");
  world.AddUsers("acme", 0, 30, "u", "a@proved.example ");
  for (const auto& [name, proof] :
       {std::pair{"proved.example", event::v1::DOMAIN_PROOF_DNS},
        std::pair{"said.example", event::v1::DOMAIN_PROOF_NONE}}) {
    event::v1::OrgDomainAdded added;
    added.set_domain(name);
    world.Fact<command::OrgDomains>(command::OrgScope("other"), added);
    event::v1::OrgDomainVerified verified;
    verified.set_domain(name);
    verified.set_proved_by(proof);
    world.Fact<command::OrgDomains>(command::OrgScope("other"), verified);
  }
  for (const auto& [id, name] : {std::pair{"p", "x@proved.example"}, std::pair{"s", "x@said.example"},
                                 std::pair{"n", "x@none.example"}}) {
    event::v1::MachineAdded added;
    added.set_organization_id("acme");
    added.set_username(name);
    added.set_username_scope("acme");
    world.Fact<command::User>(command::UserScope(id), added);
  }
  const absl::Status refused = world.Set("acme", false);
  CHECK(Reason(refused) == "policy.domain.names_taken");
  CHECK(ErrorFact(refused, "conflicts") == "1");
  CHECK(ErrorFact(refused, "names") == "x@proved.example");
  world.Begin("acme", false);
  world.Start();
  world.Moved();
  const auto row = world.Row("acme");
  REQUIRE(row->refused().conflicts() == 1);
  CHECK(row->refused().first(0).user_id() == "p");
  CHECK(row->refused().first(0).reason() == event::v1::NAME_CONFLICT_REASON_DOMAIN);
  REQUIRE(world.Rename("p", "x@own.example").message() == "");
  REQUIRE(world.Set("acme", false).message() == "");
  world.Moved();
  CHECK(world.Claims("u", 30) == Counts{{"", 30}});
  world.Verified();
}

TEST_CASE("a move that is broken off by its node goes on on another, in either half") {
  for (const char* until : {"user.username.claimed", "user.username.released"}) {
    constexpr int kUsers = 900;
    NameWorld world;
    world.AddUsers("acme", 0, kUsers);
    const size_t claims = world.Verified();
    world.Start();
    REQUIRE(world.Set("acme", true).message() == "");
    REQUIRE(Await([&] { return world.node.Events(until) > 0; }));
    world.node.Stop();
    const size_t before = world.node.Events(until);
    WorkNode other(world.store, TestMaster(), world.dir / "other", 2);
    other.Start({NameReactor(other.database())});
    REQUIRE(Await([&] { return other.Queue(kMove) == 0; }, absl::Minutes(5)));
    // Nobody was claimed for twice.
    CHECK(other.Events("user.username.claimed") == kUsers);
    CHECK(other.Events("user.username.released") == kUsers);
    CHECK(other.Events("org.policy.domain.moved") == 1);
    CHECK(world.Verified() == claims);
    other.Stop();
    WARN(before << " of " << kUsers << " were done before");
  }
}

TEST_CASE("an organization that is removed while its names move leaves none of them") {
  constexpr int kUsers = 600;
  NameWorld world;
  const size_t claims = world.Verified();
  world.AddUsers("acme", 0, kUsers);
  world.Fact<command::OrganizationSettings>(command::OrgScope("acme"),
                                            event::v1::OrganizationSettingsSet());
  std::vector<Reactor> reactors = Sweeps(world.node.database());
  reactors.push_back(NameReactor(world.node.database()));
  world.node.Start(std::move(reactors));
  REQUIRE(world.Set("acme", true).message() == "");
  REQUIRE(Await([&] { return world.node.Events("user.username.claimed") > 0; }));
  zitadel::org::v2::DeleteOrganizationRequest request;
  request.set_organization_id("acme");
  REQUIRE(world.node.Call("zitadel.org.v2.OrganizationService/DeleteOrganization", request).ok());
  REQUIRE(Await(
      [&] {
        return world.node.Queue(kMove) + world.node.Queue("sweep.organization") +
                   world.node.Queue("sweep.user") ==
               0;
      },
      absl::Minutes(5)));
  CHECK(world.Claims("u", kUsers) == Counts{{"", kUsers}});  // of nobody, none
  CHECK(world.node.Letters().empty());
  // The organization's own name is free as well.
  CHECK(world.Verified() == claims - 1);
  CHECK_FALSE(world.Row("acme").has_value());
  CHECK(world.node.Events("org.policy.domain.move.ended") == 1);
  CHECK(world.node.Events("org.settings.removed") == 1);
}

}  // namespace
}  // namespace muniment::gateway
