// An organization's domains: added, proved, taken from others' names, removed.
#include <catch2/catch.hpp>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/error_facts.h"
#include "command/org/claim_usernames.h"
#include "command/org/domains.h"
#include "command/policy/settings.h"
#include "muniment/event/v1/org.pb.h"
#include "tests/command/given.h"
#include "zitadel/user/v2/user_service.pb.h"

namespace muniment::command {
namespace {

using event::v1::DOMAIN_PROOF_DNS;
using event::v1::DOMAIN_PROOF_HTTP;
using event::v1::DOMAIN_PROOF_NONE;
using event::v1::OrgDomainVerified;
using zitadel::org::v2::GenerateOrganizationDomainValidationResponse;

constexpr char kDns[] = " type: DOMAIN_VALIDATION_TYPE_DNS";
constexpr char kHttp[] = " type: DOMAIN_VALIDATION_TYPE_HTTP";

std::string Of(const std::string& org, const std::string& domain) {
  return absl::StrCat("organization_id: '", org, "' domain: '", domain, "'");
}

// Where domains have to be proved.
class Proving : public Given {
 public:
  Proving() { MustProve(true); }
  void MustProve(bool must) {
    event::v1::DomainPolicyChanged changed;
    changed.mutable_policy()->set_validate_org_domains(must);
    Fact<DomainPolicy>(InstanceScope(), changed);
  }
  Then Add(const std::string& org, const std::string& domain) {
    return When("root", "AddOrganizationDomain", Of(org, domain));
  }
  // The new token.
  std::string Generate(const std::string& org, const std::string& domain,
                       const std::string& type = kDns) {
    const Then then = When("root", "GenerateOrganizationDomainValidation", Of(org, domain) + type);
    REQUIRE(then.ok());
    return then.response<GenerateOrganizationDomainValidationResponse>().token();
  }
  Then Verify(const std::string& org, const std::string& domain) {
    return When("root", "VerifyOrganizationDomain", Of(org, domain));
  }
  // The organization has proved the domain.
  void Prove(const std::string& org, const std::string& domain) {
    REQUIRE(Add(org, domain).ok());
    prover.Show(domain, DOMAIN_PROOF_DNS, Generate(org, domain));
    REQUIRE(Verify(org, domain).ok());
  }
  Strings Claim(const std::string& org, const Strings& users) {
    const uint64_t before = store.ReadSequence(1).value();
    AsSystem([&](Unit& unit) { return ClaimUsernames(unit, org, users); });
    Strings names;
    for (const auto& event : lookup.Events(1, before)) {
      const auto& claimed = As<event::v1::UserDomainClaimed>(KindOf(event));
      names.push_back(absl::StrCat(claimed.username(), " of ", claimed.domain()));
    }
    return names;
  }
};

TEST_CASE("a domain counts once it shows the token that was asked for") {
  Proving given;
  const Then added = given.When("ann", "AddOrganizationDomain", Of("acme", "acme.com"));
  CHECK(added.events == Strings{"org.domain.added acme"});
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_validation_missing");

  const Then asked =
      given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", "acme.com") + kDns);
  CHECK(asked.events == Strings{"org.domain.verification.added acme"});
  const auto& answer = asked.response<GenerateOrganizationDomainValidationResponse>();
  CHECK(answer.url() == "_zitadel-challenge.acme.com");
  CHECK(answer.token().size() == 32);
  CHECK(asked.fact<event::v1::OrgDomainVerificationAdded>(0).token() == answer.token());
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, answer.token());

  // The one before counts no more, wherever it stands.
  const std::string second = given.Generate("acme", "acme.com", kHttp);
  CHECK(second != answer.token());
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_not_proved");
  given.prover.Show("acme.com", DOMAIN_PROOF_HTTP, second);
  const Then verified = given.When("ann", "VerifyOrganizationDomain", Of("acme", "acme.com"));
  CHECK(verified.events == Strings{"org.domain.verified acme"});
  CHECK(verified.fact<OrgDomainVerified>(0).proved_by() == DOMAIN_PROOF_HTTP);
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_already_verified");
  CHECK(given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", "acme.com") + kDns)
            .reason == "org.domain_already_verified");
  CHECK(given.prover.asked().size() == 2);
  CHECK(given.prover.asked()[1].whom == "1/acme");
}

TEST_CASE("a file's place names its token") {
  Proving given;
  REQUIRE(given.Add("acme", "acme.com").ok());
  const Then then =
      given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", "acme.com") + kHttp);
  const auto& answer = then.response<GenerateOrganizationDomainValidationResponse>();
  CHECK(answer.url() == absl::StrCat("https://acme.com/.well-known/zitadel-challenge/",
                                     answer.token(), ".txt"));
  CHECK(given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", "acme.com")).reason ==
        "request.type.zero");
  // Of 63 bytes in A-labels, so that four of them leave no room before them.
  const std::string label = "日月火水木金土山川田人口目耳手足力男女";
  const std::string longest = absl::StrCat(label, ".", label, ".", label, ".", label.substr(0, 54));
  REQUIRE(given.Add("acme", longest).ok());
  CHECK(given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", longest) + kDns)
            .reason == "org.domain_too_long");
  CHECK(given.When("ann", "GenerateOrganizationDomainValidation", Of("acme", longest) + kHttp)
            .ok());
}

TEST_CASE("a new person's organization may be named by a domain that it proved, and by no other") {
  Proving given;
  given.Prove("acme", "acme.com");
  REQUIRE(given.Add("acme", "unproved.com").ok());
  const auto make = [&](const std::string& caller, const std::string& domain) {
    return given.When(caller, "AddHumanUser",
                      absl::StrCat("organization { org_domain: '", domain,
                                   "' } username: 'dora' profile { given_name: 'd' family_name: "
                                   "'d' } email { email: 'd@example.org' is_verified: true }"));
  };
  for (const char* domain : {"unproved.com", "nobody.com", "not a domain"}) {
    CHECK(make("ann", domain).reason == "org.not_found");
  }
  CHECK(make("bob", "acme.com").reason == "org.not_found");
  CHECK(make("anonymous", "acme.com").reason == "auth.required");
  // One that counts without a proof is anybody's to say.
  given.MustProve(false);
  REQUIRE(given.Add("acme", "said.com").ok());
  CHECK(make("ann", "said.com").reason == "org.not_found");
  CHECK(make("ann", "").code == absl::StatusCode::kInvalidArgument);
  given.MustProve(true);
  const Then made = make("ann", "Acme.Com");
  REQUIRE(made.ok());
  CHECK(made.response<zitadel::user::v2::AddHumanUserResponse>().details().resource_owner() ==
        "acme");
}

TEST_CASE("a domain is one name, however it is written") {
  Proving given;
  const Then added = given.Add("acme", "B\303\274cher.Example");
  REQUIRE(added.ok());
  CHECK(added.fact<event::v1::OrgDomainAdded>(0).domain() == "xn--bcher-kva.example");
  CHECK(given.Add("acme", "xn--bcher-kva.example").reason == "org.domain_exists");
  const std::string token = given.Generate("acme", "B\303\234CHER.example");
  given.prover.Show("xn--bcher-kva.example", DOMAIN_PROOF_DNS, token);
  CHECK(given.Verify("acme", "b\303\274cher.example").ok());
  CHECK(given.When("root", "DeleteOrganizationDomain", Of("acme", "B\303\274CHER.EXAMPLE"))
            .events == Strings{"org.domain.removed acme"});
}

TEST_CASE("what is no domain of somebody's own is refused") {
  Proving given;
  for (const char* name :
       {"localhost", "com", "192.0.2.1", "[2001:db8::1]", "2001:db8::1", "::ffff:192.0.2.1",
        "1.2.3", "a_b.example", "-a.example", "a..example", "a.example.", ".example", "a b.example",
        "a.example/x", "a.example:443", "user@a.example", "https://a.example", "*.example",
        "a\\nb.example"}) {
    INFO(name);
    const Then then = given.Add("acme", name);
    CHECK(then.reason == "org.domain_invalid");
    CHECK(then.code == absl::StatusCode::kInvalidArgument);
    CHECK(then.events.empty());
  }
  for (const char* name : {"example.test", "shop.example.test", "A.B.Example.Test"}) {
    INFO(name);
    CHECK(given.Add("acme", name).reason == "org.domain_reserved");
  }
  CHECK(given.Add("acme", "notexample.test").ok());
  CHECK(given.Add("acme", std::string(201, 'a')).reason == "request.domain.too_long");
  CHECK(given.Add("nowhere", "acme.com").reason == "org.not_found");
  for (const char* method : {"VerifyOrganizationDomain", "DeleteOrganizationDomain"}) {
    INFO(method);
    CHECK(given.When("ann", method, Of("acme", "nobody.com")).reason == "org.domain_not_found");
    CHECK(given.When("ann", method, Of("home", "nobody.com")).reason == "org.not_found");
    CHECK(given.When("bob", method, Of("acme", "acme.example.test")).reason == "org.not_found");
  }
}

TEST_CASE("an organization has so many domains and no more") {
  Proving given;
  for (int i = 0; i < 199; ++i) REQUIRE(given.Add("acme", absl::StrCat("d", i, ".com")).ok());
  const Then then = given.Add("acme", "one-too-many.com");
  CHECK(then.reason == "org.too_many_domains");
  CHECK(then.code == absl::StatusCode::kResourceExhausted);
}

TEST_CASE("where nobody asks for a proof a domain counts at once, once, and takes no names") {
  Proving given;
  given.MustProve(false);
  const Then added = given.Add("acme", "example.org");
  CHECK(added.events == Strings{"org.domain.added acme", "org.domain.verified acme"});
  CHECK(added.fact<OrgDomainVerified>(1).proved_by() == DOMAIN_PROOF_NONE);
  // Another's has to be proved.
  CHECK(given.Add("home", "example.org").events == Strings{"org.domain.added home"});
  CHECK(given.Claim("acme", {"root", "maker"}).empty());
  // Who has it may prove it all the same, and then it does.
  given.prover.Show("example.org", DOMAIN_PROOF_DNS, given.Generate("acme", "example.org"));
  CHECK(given.Verify("acme", "example.org").events == Strings{"org.domain.verified acme"});
  CHECK(given.Claim("acme", {"maker"}) == Strings{"maker@temporary.example.test of example.org"});
  // The instance's own need none.
  CHECK(given.When("ann", "GenerateOrganizationDomainValidation",
                   Of("acme", "acme.example.test") + kDns)
            .reason == "org.domain_already_verified");
}

TEST_CASE("a try that finds nothing is counted before it is told, and there are few of them") {
  Proving given;
  REQUIRE(given.Add("acme", "acme.com").ok());
  REQUIRE(given.Add("acme", "other.com").ok());
  const std::string token = given.Generate("acme", "acme.com");
  given.Generate("acme", "other.com");
  for (int i = 0; i < 10; ++i) {
    const Then then = given.Verify("acme", "acme.com");
    CHECK(then.reason == "org.domain_not_proved");
    CHECK(then.code == absl::StatusCode::kInvalidArgument);
    CHECK(then.events == Strings{"org.domain.verification.failed acme"});
    given.clock.Advance(absl::Seconds(1));
  }
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, token);
  // Neither a new token nor the domain anew gives more of them.
  const Then limited = given.Verify("acme", "acme.com");
  CHECK(limited.reason == "org.domain_tried_too_often");
  CHECK(limited.code == absl::StatusCode::kResourceExhausted);
  CHECK(ErrorFacts(limited.status) ==
        std::vector<std::pair<std::string, std::string>>{{std::string(kRetryAfter), "50"}});
  CHECK(limited.events.empty());
  REQUIRE(given.When("root", "DeleteOrganizationDomain", Of("acme", "acme.com")).ok());
  REQUIRE(given.Add("acme", "acme.com").ok());
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, given.Generate("acme", "acme.com"));
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_tried_too_often");
  CHECK(given.prover.asked().size() == 10);
  // Of another domain there are others.
  CHECK(given.Verify("acme", "other.com").reason == "org.domain_not_proved");
  given.clock.Advance(absl::Seconds(51));
  CHECK(given.Verify("acme", "acme.com").ok());
}

TEST_CASE("of an organization's domains together thirty tries may fail in a minute") {
  OrgDomains domains;
  const absl::Time begin = absl::FromUnixSeconds(1'700'000'000);
  const auto fail = [&](const std::string& domain, absl::Time when) {
    event::v1::OrgDomainVerificationFailed failed;
    failed.set_domain(domain);
    failed.mutable_failed_at()->set_seconds(absl::ToUnixSeconds(when));
    Fold(domains, failed);
  };
  for (int i = 0; i < 29; ++i) fail(absl::StrCat("d", i, ".com"), begin + absl::Seconds(i));
  const absl::Time now = begin + absl::Seconds(30);
  CHECK(PauseBeforeTry(domains, "new.com", now) == absl::ZeroDuration());
  fail("d29.com", begin + absl::Seconds(29));
  CHECK(PauseBeforeTry(domains, "new.com", now) == absl::Seconds(30));
  CHECK(PauseBeforeTry(domains, "new.com", begin + absl::Minutes(1)) == absl::ZeroDuration());
  for (int i = 0; i < 1000; ++i) fail("d.com", begin + absl::Seconds(30));
  CHECK(domains.failures.size() == 30);
}

TEST_CASE("when nothing can be looked for nothing is counted") {
  Proving given;
  REQUIRE(given.Add("acme", "acme.com").ok());
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, given.Generate("acme", "acme.com"));
  given.prover.Refuse(
      Error(absl::StatusCode::kResourceExhausted, "domain_proof.busy", "Too many."));
  const Then then = given.Verify("acme", "acme.com");
  CHECK(then.reason == "domain_proof.busy");
  CHECK(then.events.empty());
  given.prover.Refuse(absl::OkStatus());
  CHECK(given.Verify("acme", "acme.com").ok());
}

TEST_CASE("of two organizations that prove one domain at once one has it") {
  Proving given;
  for (const char* org : {"home", "acme"}) {
    REQUIRE(given.Add(org, "shared.com").ok());
    given.prover.Show("shared.com", DOMAIN_PROOF_DNS, given.Generate(org, "shared.com"));
  }
  const auto thens = given.Race({{"root", "VerifyOrganizationDomain", Of("home", "shared.com")},
                                 {"root", "VerifyOrganizationDomain", Of("acme", "shared.com")}});
  CHECK(thens[0].ok() != thens[1].ok());
  const Then& lost = thens[0].ok() ? thens[1] : thens[0];
  CHECK(lost.reason == "org.domain_taken");
  CHECK(lost.code == absl::StatusCode::kAlreadyExists);
  CHECK(lost.events == Strings{absl::StrCat("org.domain.verified ",
                                            thens[0].ok() ? "home" : "acme")});
  // Whoever lost is told so from then on, and without a look at the domain once the node has heard.
  const std::string loser = thens[0].ok() ? "acme" : "home";
  const std::string winner = thens[0].ok() ? "home" : "acme";
  CHECK(given.Verify(loser, "shared.com").reason == "org.domain_taken");
  const size_t asked = given.prover.asked().size();
  CHECK(given.Verify(loser, "shared.com").reason == "org.domain_taken");
  CHECK(given.prover.asked().size() == asked);
  // What is given up is free.
  REQUIRE(given.When("root", "DeleteOrganizationDomain", Of(winner, "shared.com")).ok());
  CHECK(given.Verify(loser, "shared.com").ok());
}

TEST_CASE("tries at once count one after the other") {
  Proving given;
  REQUIRE(given.Add("acme", "acme.com").ok());
  given.Generate("acme", "acme.com");
  const auto thens = given.Race("root", "VerifyOrganizationDomain",
                                Strings(15, Of("acme", "acme.com")));
  int looked = 0, limited = 0;
  for (const Then& then : thens) {
    looked += then.reason == "org.domain_not_proved";
    limited += then.reason == "org.domain_tried_too_often";
  }
  CHECK(looked == 10);
  CHECK(limited == 5);
}

TEST_CASE("the primary domain and the one of its name stay, all others may go") {
  Proving given;
  given.Prove("acme", "acme.com");
  const Then primary =
      given.When("ann", "DeleteOrganizationDomain", Of("acme", "acme.example.test"));
  CHECK(primary.reason == "org.domain_is_primary");
  CHECK(primary.code == absl::StatusCode::kFailedPrecondition);
  event::v1::OrgDomainPrimarySet set;
  set.set_domain("acme.com");
  given.Fact<OrgDomains>(OrgScope("acme"), set);
  CHECK(given.When("ann", "DeleteOrganizationDomain", Of("acme", "acme.com")).reason ==
        "org.domain_is_primary");
  CHECK(given.When("ann", "DeleteOrganizationDomain", Of("acme", "acme.example.test")).reason ==
        "org.domain_is_default");
  set.set_domain("acme.example.test");
  given.Fact<OrgDomains>(OrgScope("acme"), set);
  CHECK(given.When("ann", "DeleteOrganizationDomain", Of("acme", "acme.com")).events ==
        Strings{"org.domain.removed acme"});
  // With it went the proof.
  REQUIRE(given.Add("acme", "acme.com").ok());
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_validation_missing");
}

TEST_CASE("a proved domain takes the names of others that end in it, and those are free") {
  Proving given;
  given.Prove("home", "example.org");
  CHECK(given.Claim("home", {"ann", "bob", "root", "robot", "nobody"}) ==
        Strings{"ann@temporary.example.test of example.org",
                "bob@temporary.example.test of example.org"});
  // Once is enough.
  CHECK(given.Claim("home", {"ann", "bob"}).empty());
  const auto make = [&](const std::string& org, const std::string& id, const std::string& name) {
    return given
        .When("", "CreateUser",
              absl::StrCat("organization_id: '", org, "' user_id: '", id, "' username: '", name,
                           "' machine { name: 'm' }"))
        .reason;
  };
  CHECK(make("home", "m1", "ann@example.org") == "");
  CHECK(make("acme", "m2", "new@EXAMPLE.org") == "user.username_domain_claimed");
  CHECK(make("acme", "m2", "new@elsewhere.org") == "");
  // A name of one's own choice is no temporary one any more.
  REQUIRE(given.When("root", "UpdateUser", "user_id: 'bob' username: 'bob'").ok());
  User bob, ann;
  given.AsSystem([&](Unit& unit) -> absl::Status {
    ASSIGN_OR_RETURN(const auto first, unit.LoadAny<User>("bob"));
    ASSIGN_OR_RETURN(const auto second, unit.LoadAny<User>("ann"));
    bob = *first;
    ann = *second;
    return absl::OkStatus();
  });
  CHECK(bob.claimed_domain.empty());
  CHECK(ann.claimed_domain == "example.org");
}

TEST_CASE("a domain in another script is the same in a user name") {
  Proving given;
  REQUIRE(given.When("", "CreateUser",
                     "organization_id: 'acme' user_id: 'm' username: 'm@B\303\274cher.example' "
                     "machine { name: 'm' }")
              .ok());
  given.Prove("home", "xn--bcher-kva.example");
  CHECK(given.Claim("home", {"m"}) ==
        Strings{"m@temporary.example.test of xn--bcher-kva.example"});
  CHECK(given.When("", "CreateUser",
                   "organization_id: 'acme' username: 'n@b\303\274cher.example' "
                   "machine { name: 'n' }")
            .reason == "user.username_domain_claimed");
}

TEST_CASE("a name that its organization's domain extends carries no other") {
  Proving given;
  given.Prove("home", "example.org");
  event::v1::DomainPolicyAdded own;
  own.mutable_policy()->set_user_login_must_be_domain(true);
  given.Fact<DomainPolicy>(OrgScope("acme"), own);
  CHECK(given.Claim("home", {"ann", "bob"}).empty());
}

TEST_CASE("an organization that is gone, or gave the domain up, takes nothing") {
  Proving given;
  given.Prove("acme", "example.org");
  REQUIRE(given.When("root", "DeleteOrganizationDomain", Of("acme", "example.org")).ok());
  CHECK(given.Claim("acme", {"maker"}).empty());
  given.Prove("acme", "example.org");
  REQUIRE(given.When("root", "DeleteOrganization", "organization_id: 'acme'").ok());
  CHECK(given.Claim("acme", {"maker"}).empty());
}

TEST_CASE("who has a domain without a proof gives way to who proves it, and to nobody else") {
  Proving given;
  given.MustProve(false);
  const Then squatted = given.Add("home", "acme.com");
  CHECK(squatted.events == Strings{"org.domain.added home", "org.domain.verified home"});
  const Then added = given.Add("acme", "acme.com");
  CHECK(added.events == Strings{"org.domain.added acme"});
  const std::string token = given.Generate("acme", "acme.com");
  CHECK(given.Verify("acme", "acme.com").reason == "org.domain_not_proved");
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, token);
  const Then proved = given.Verify("acme", "acme.com");
  CHECK(proved.events == Strings{"org.domain.removed home", "org.domain.verified acme"});
  CHECK(proved.facts[1].meta.owner == "acme");
  // Whoever proved it keeps it.
  CHECK(given.Add("home", "acme.com").events == Strings{"org.domain.added home"});
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, given.Generate("home", "acme.com"));
  CHECK(given.Verify("home", "acme.com").reason == "org.domain_taken");
}

TEST_CASE("a name is in a domain in every way in which names are compared") {
  Proving given;
  given.Prove("acme", "strassex.de");
  for (const char* name : {"max@strassex.de", "max＠strassex.de", "max﹫strassex.de",
                           "max@straßex.de", "MAX@STRASSEX.DE"}) {
    INFO(name);
    const Then then = given.When(
        "", "CreateUser",
        absl::StrCat("organization_id: 'home' username: '", name,
                     "' human { profile { given_name: 'T' family_name: 'T' } "
                     "email { email: 'm@example.org' } }"));
    CHECK_FALSE(then.ok());
    CHECK(then.events.empty());
  }
  // What counts without a proof shuts nobody out.
  given.MustProve(false);
  REQUIRE(given.Add("acme", "mail.com").ok());
  CHECK(given.When("", "CreateUser",
                   "organization_id: 'home' username: 'max@mail.com' human { profile { given_name: "
                   "'T' family_name: 'T' } email { email: 'm@example.org' } }")
            .ok());
}

TEST_CASE("a domain that counts becomes the primary one of whose it is") {
  Proving given;
  REQUIRE(given.Add("acme", "acme.com").ok());
  const auto set = [&](const std::string& caller, const std::string& domain) {
    return given.When(caller, "SetPrimaryOrgDomain", absl::StrCat("domain: '", domain, "'"));
  };
  CHECK(set("ann", "acme.com").reason == "org.domain_not_verified");
  given.prover.Show("acme.com", DOMAIN_PROOF_DNS, given.Generate("acme", "acme.com"));
  REQUIRE(given.Verify("acme", "acme.com").ok());
  REQUIRE(given.Add("acme", "acme.net").ok());
  given.prover.Show("acme.net", DOMAIN_PROOF_DNS, given.Generate("acme", "acme.net"));
  REQUIRE(given.Verify("acme", "acme.net").ok());
  const Then then = set("ann", "ACME.net");
  CHECK(then.events == Strings{"org.domain.primary.set acme"});
  CHECK(then.fact<event::v1::OrgDomainPrimarySet>(0).domain() == "acme.net");
  CHECK(set("ann", "acme.net").events.empty());
  CHECK(set("ann", "other.com").reason == "org.domain_not_found");
  // Nobody of it, and whoever manages but its users.
  for (const char* caller : {"bob", "clerk"}) {
    CHECK(set(caller, "acme.com").reason == "org.not_found");
  }
  // It is asked in the caller's own organization, which has no such domain.
  CHECK(set("root", "acme.com").reason == "org.domain_not_found");
}

}  // namespace
}  // namespace muniment::command
