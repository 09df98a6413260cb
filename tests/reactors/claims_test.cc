// The names of others that end in a proved domain are taken from them, however many, and each is
// told once.
#include "gateway/reactors/claims.h"

#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "command/org/domains.h"
#include "command/org/org.h"
#include "command/policy/settings.h"
#include "tests/reactors/mail_world.h"

namespace muniment::gateway {
namespace {

using command::Unit;

// Beside the first instance's organization, of which ada is, "acme" with its proved domain.
struct World : MailWorld {
  World() {
    AddOrg("acme");
    AddOrg("other");
  }
  void AddOrg(const std::string& id) {
    event::v1::OrgAdded added;
    added.set_name(id + " Ltd");
    Fact<command::Org>(id, added);
  }
  void AddPerson(const std::string& id, const std::string& org, const std::string& username,
                 bool verified = true) {
    event::v1::HumanAdded added;
    added.set_organization_id(org);
    added.set_username(username);
    added.mutable_profile()->set_display_name(id);
    added.set_email(id + "@mail.test");
    added.set_email_verified(verified);
    Fact<command::User>(id, added);
  }
  void Prove(const std::string& domain, event::v1::DomainProof by = event::v1::DOMAIN_PROOF_DNS) {
    event::v1::OrgDomainAdded added;
    added.set_domain(domain);
    Fact<command::OrgDomains>("acme", added);
    event::v1::OrgDomainVerified verified;
    verified.set_domain(domain);
    verified.set_proved_by(by);
    Fact<command::OrgDomains>("acme", verified);
  }
  void StartBoth() {
    std::vector<Reactor> reactors = Reactors(mail, sms, counts);
    reactors.push_back(ClaimReactor(node.database()));
    node.Start(std::move(reactors));
  }
  void SettleClaims() {
    REQUIRE(Await([&] { return node.Queue("claim.domain") == 0; }));
    Settle();
  }
  std::string Username(const std::string& id) {
    std::string name;
    Do([&](Unit& unit) -> absl::Status {
      ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>(id));
      name = user->username;
      return absl::OkStatus();
    });
    return name;
  }
};

TEST_CASE("who carried a proved domain in his name has another, and word of it") {
  World world;
  world.AddPerson("eve", "other", "Eve@ACME.test");
  world.AddPerson("max", "other", "max@acme.test", /*verified=*/false);
  world.AddPerson("own", "acme", "own@acme.test");
  world.AddPerson("near", "other", "near@not-acme.test");
  world.AddPerson("sub", "other", "sub@mail.acme.test");
  world.Prove("acme.test");
  CHECK(world.node.Queue("claim.domain") == 1);
  world.StartBoth();
  world.SettleClaims();
  CHECK(world.Username("eve") == "eve@temporary.id.example.com");
  CHECK(world.Username("max") == "max@temporary.id.example.com");
  CHECK(world.Username("own") == "own@acme.test");
  CHECK(world.Username("near") == "near@not-acme.test");
  CHECK(world.Username("sub") == "sub@mail.acme.test");
  CHECK(world.node.Events("user.domain.claimed") == 2);
  // Whose address nobody proved is sent nothing.
  REQUIRE(world.Mails().size() == 1);
  const Message mail = world.Mails()[0];
  CHECK(mail.kind == MessageKind::kDomainClaimed);
  CHECK(mail.event_type == "user.domain.claimed");
  CHECK(mail.to == "eve@mail.test");
  CHECK(mail.values.at("TempUsername") == "eve@temporary.id.example.com");
  CHECK(mail.values.at("Domain") == "acme.test");
  CHECK(absl::StrContains(PlainBody(mail), "eve@temporary.id.example.com"));
  CHECK(mail.url == "https://id.example.com/ui/console?login_hint=eve%40temporary.id.example.com");
  CHECK(world.node.Events("user.domain.claimed.sent") == 1);
  CHECK(world.counts.withheld == 1);
}

TEST_CASE("a domain that counts without a proof takes no names") {
  World world;
  world.AddPerson("eve", "other", "eve@acme.test");
  world.Prove("acme.test", event::v1::DOMAIN_PROOF_NONE);
  CHECK(world.node.Queue("claim.domain") == 0);
  world.StartBoth();
  world.SettleClaims();
  CHECK(world.Username("eve") == "eve@acme.test");
}

TEST_CASE("whoever chose another name before he was told is told nothing") {
  World world;
  world.AddPerson("eve", "other", "eve@acme.test");
  event::v1::UserDomainClaimed claimed;
  claimed.set_username("eve@temporary.id.example.com");
  claimed.set_domain("acme.test");
  world.Fact<command::User>("eve", claimed);
  event::v1::UsernameChanged changed;
  changed.set_username("eve");
  world.Fact<command::User>("eve", changed);
  world.StartBoth();
  world.SettleClaims();
  CHECK(world.Mails().empty());
  CHECK(world.counts.withheld == 1);
}

TEST_CASE("a temporary name that somebody took before is told apart") {
  World world;
  world.AddPerson("eve", "other", "eve@acme.test");
  world.AddPerson("mallory", "other", "eve@temporary.id.example.com");
  world.Prove("acme.test");
  world.StartBoth();
  world.SettleClaims();
  const std::string name = world.Username("eve");
  CHECK(absl::StartsWith(name, "eve-"));
  CHECK(absl::EndsWith(name, "@temporary.id.example.com"));
  CHECK(world.Username("mallory") == "eve@temporary.id.example.com");
}

TEST_CASE("more carriers than a commit holds, in two scripts, and none whose name says more") {
  World world;
  world.AddOrg("suffixed");
  event::v1::DomainPolicyAdded policy;
  policy.mutable_policy()->set_user_login_must_be_domain(true);
  world.Do([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto ref,
                     unit.LoadAny<command::DomainPolicy>(command::OrgScope("suffixed")));
    unit.Raise(ref, policy);
    return absl::OkStatus();
  });
  world.AddPerson("long", "suffixed", "long@b\303\274cher.test");
  constexpr int kCarriers = 450;
  for (int first = 0; first < kCarriers; first += 150) {
    world.Do([&](Unit& unit) -> absl::Status {
      for (int i = first; i < first + 150; ++i) {
        (void)unit.LoadAny<command::User>(absl::StrCat("u", i));
      }
      for (int i = first; i < first + 150; ++i) {
        ASSIGN_OR_RETURN(const auto user, unit.LoadAny<command::User>(absl::StrCat("u", i)));
        event::v1::MachineAdded added;
        added.set_organization_id("other");
        added.set_username(
            absl::StrCat("u", i, i % 2 == 0 ? "@b\303\274cher.test" : "@xn--bcher-kva.test"));
        unit.Raise(user, std::move(added));
      }
      return absl::OkStatus();
    });
  }
  world.Prove("xn--bcher-kva.test");
  world.StartBoth();
  world.SettleClaims();
  CHECK(world.node.Events("user.domain.claimed") == kCarriers);
  CHECK(world.Username("u449") == "u449@temporary.id.example.com");
  CHECK(world.Username("long") == "long@b\303\274cher.test");
  CHECK(world.node.Letters().empty());
}

}  // namespace
}  // namespace muniment::gateway
