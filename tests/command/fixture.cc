#include "tests/command/fixture.h"

#include <catch2/catch.hpp>

namespace muniment::command {

namespace {

absl::Status SeedInstance(Unit& unit) {
  ASSIGN_OR_RETURN(const auto instance, unit.LoadAny<Instance>(InstanceScope()));
  event::v1::InstanceAdded added;
  added.set_name("test");
  unit.Raise(instance, std::move(added));
  ASSIGN_OR_RETURN(const auto complexity, unit.LoadAny<PasswordComplexity>(InstanceScope()));
  event::v1::PasswordComplexityAdded rules;
  rules.mutable_policy()->set_min_length(8);
  unit.Raise(complexity, std::move(rules));
  ASSIGN_OR_RETURN(const auto domains, unit.LoadAny<DomainPolicy>(InstanceScope()));
  unit.Raise(domains, event::v1::DomainPolicyAdded());
  return absl::OkStatus();
}

absl::Status SeedOrg(Unit& unit, const std::string& id, const std::string& name) {
  ASSIGN_OR_RETURN(const auto org, unit.LoadOrNew<Org>(id));
  event::v1::OrgAdded added;
  added.set_name(name);
  unit.Raise(org, std::move(added));
  return absl::OkStatus();
}

absl::Status SeedUser(Unit& unit, const std::string& id, const std::string& org) {
  ASSIGN_OR_RETURN(const auto user, unit.LoadOrNew<User>(id));
  event::v1::MachineAdded added;
  added.set_organization_id(org);
  added.set_username(id);
  added.set_name(id);
  unit.Raise(user, std::move(added));
  return absl::OkStatus();
}

}  // namespace

// People of organization 100: owner, viewer, nobody, iam (who owns the instance), robot (with token
// "t1"); of 200: foreign, its owner, and other, nobody.
void World::Seed() {
  REQUIRE(AsSystem(SeedInstance).ok());
  for (const auto& [id, name] :
       std::vector<std::pair<std::string, std::string>>{{"100", "Home"}, {"200", "Away"}}) {
    REQUIRE(
        AsSystem([&, id = id, name = name](Unit& unit) { return SeedOrg(unit, id, name); }).ok());
  }
  for (const auto& [id, org] : std::vector<std::pair<std::string, std::string>>{{"owner", "100"},
                                                                                {"viewer", "100"},
                                                                                {"nobody", "100"},
                                                                                {"iam", "100"},
                                                                                {"robot", "100"},
                                                                                {"foreign", "200"},
                                                                                {"other", "200"}}) {
    REQUIRE(AsSystem([&, id = id, org = org](Unit& unit) { return SeedUser(unit, id, org); }).ok());
  }
  REQUIRE(SetRoles(*router, OrgScope("100"), "owner", {"ORG_OWNER"}).ok());
  REQUIRE(SetRoles(*router, OrgScope("100"), "viewer", {"ORG_OWNER_VIEWER"}).ok());
  REQUIRE(SetRoles(*router, OrgScope("100"), "robot", {"ORG_OWNER"}).ok());
  REQUIRE(SetRoles(*router, OrgScope("200"), "foreign", {"ORG_OWNER"}).ok());
  REQUIRE(SetRoles(*router, InstanceScope(), "iam", {"IAM_OWNER"}).ok());
  REQUIRE(AsSystem([](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto tokens, unit.LoadAny<UserTokens>("robot"));
            event::v1::PersonalAccessTokenAdded added;
            added.set_token_id("t1");
            added.set_organization_id("100");
            unit.Raise(tokens, std::move(added));
            return absl::OkStatus();
          }).ok());
}

}  // namespace muniment::command
