#include "command/policy/defaults.h"

#include <catch2/catch.hpp>

#include "tests/command/fixture.h"

namespace muniment::command {
namespace {

TEST_CASE("an older instance gets the defaults that it lacks, once, and keeps what it has") {
  World world;  // with rules for passwords and domains of its own
  const uint64_t before = world.Events();
  REQUIRE(world.AsSystem([](Unit& unit) { return AddMissingDefaults(unit); }).ok());
  // Login with its three factors, lockout, age, notification, sessions, consent, tokens, security, links,
  // and nine generators.
  CHECK(world.Events() == before + 9 + 3 + 9);
  REQUIRE(world.AsSystem([](Unit& unit) { return AddMissingDefaults(unit); }).ok());
  CHECK(world.Events() == before + 21);
  REQUIRE(world.AsSystem([](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto complexity, unit.Policy<PasswordComplexity>("100"));
            ASSIGN_OR_RETURN(const auto login, unit.Policy<LoginPolicy>("100"));
            ASSIGN_OR_RETURN(const auto generators,
                             unit.LoadAny<SecretGenerators>(InstanceScope()));
            CHECK_FALSE(complexity->policy.has_symbol());
            CHECK(login->policy.allow_username_password());
            CHECK(login->second_factors.contains(event::v1::SECOND_FACTOR_TOTP));
            CHECK(login->multi_factors.size() == 1);
            const auto& otp = generators->generators.at(event::v1::GENERATOR_TYPE_OTP_SMS);
            CHECK(otp.length() == 8);
            CHECK(otp.digits());
            CHECK_FALSE(otp.upper_letters());
            return absl::OkStatus();
          }).ok());
}

TEST_CASE("an organization's own setting hides the instance's until it is removed") {
  World world;
  REQUIRE(world.AsSystem([](Unit& unit) { return AddMissingDefaults(unit); }).ok());
  const auto attempts = [&] {
    uint64_t found = 99;
    REQUIRE(world.AsSystem([&](Unit& unit) -> absl::Status {
              ASSIGN_OR_RETURN(const auto lockout, unit.Policy<LockoutPolicy>("100"));
              found = lockout->policy.max_password_attempts();
              return absl::OkStatus();
            }).ok());
    return found;
  };
  CHECK(attempts() == 0);
  REQUIRE(world.AsSystem([](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto own, unit.LoadAny<LockoutPolicy>(OrgScope("100")));
            event::v1::LockoutPolicyAdded added;
            added.mutable_policy()->set_max_password_attempts(5);
            unit.Raise(own, std::move(added));
            return absl::OkStatus();
          }).ok());
  CHECK(attempts() == 5);
  REQUIRE(world.AsSystem([](Unit& unit) -> absl::Status {
            ASSIGN_OR_RETURN(const auto own, unit.LoadAny<LockoutPolicy>(OrgScope("100")));
            unit.Raise(own, event::v1::LockoutPolicyRemoved());
            return absl::OkStatus();
          }).ok());
  CHECK(attempts() == 0);
}

}  // namespace
}  // namespace muniment::command
