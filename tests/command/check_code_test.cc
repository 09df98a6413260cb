#include "command/user/check_code.h"

#include "base/timestamp.h"
#include "tests/command/checked_world.h"

namespace muniment::command {
namespace {

absl::Status Check(Unit& unit, const Ref<User>& user, const std::string& typed) {
  return CheckCode(unit, user, event::v1::CODE_PURPOSE_EMAIL, typed);
}

void Send(CheckedWorld& world, const std::string& text, const std::string& address,
          absl::Duration age = absl::ZeroDuration()) {
  event::v1::EmailCodeAdded added;
  event::v1::Code& code = *added.mutable_code();
  code.set_code(text);
  code.set_address(address);
  code.set_channel(event::v1::CODE_CHANNEL_EMAIL);
  *code.mutable_issued_at() = ToTimestamp(absl::Now() - age);
  code.mutable_lifetime()->set_seconds(3600);
  REQUIRE(world
              .AsSystem([&](Unit& unit) -> absl::Status {
                ASSIGN_OR_RETURN(const auto codes, unit.LoadAny<UserCodes>("ada"));
                RETURN_IF_ERROR(unit.LoadAny<User>("ada").status());
                unit.Raise(codes, added);
                return absl::OkStatus();
              })
              .ok());
}

TEST_CASE("a code works once, typed as people type") {
  CheckedWorld world(Check);
  Send(world, "K7Q2ZD", "ada@example.org");
  CHECK(Reason(world.Type("K7Q2ZX")) == "code.invalid");
  CHECK(world.Type(" k7q-2zd").ok());
  CHECK(Reason(world.Type("K7Q2ZD")) == "code.invalid");
}

TEST_CASE("where a code has lower case, case counts") {
  CheckedWorld world(Check);
  Send(world, "aB3dE6", "ada@example.org");
  CHECK(Reason(world.Type("AB3DE6")) == "code.invalid");
  CHECK(world.Type("aB3dE6").ok());
}

TEST_CASE("a code that was replaced, expired, or is another purpose's proves nothing") {
  CheckedWorld world(Check);
  Send(world, "FIRST1", "ada@example.org");
  Send(world, "SECOND", "ada@example.org");
  CHECK(Reason(world.Type("FIRST1")) == "code.invalid");
  Send(world, "OLD123", "ada@example.org", absl::Hours(1));
  CHECK(Reason(world.Type("WRONG1")) == "code.invalid");
  CHECK(Reason(world.Type("OLD123")) == "code.expired");
  CHECK(Reason(world.Type("")) == "code.invalid");

  CheckedWorld other([](Unit& unit, const Ref<User>& user, const std::string& typed) {
    return CheckCode(unit, user, event::v1::CODE_PURPOSE_PASSWORD, typed);
  });
  Send(other, "K7Q2ZD", "ada@example.org");
  CHECK(Reason(other.Type("K7Q2ZD")) == "code.invalid");
}

TEST_CASE("the code for the old address proves nothing of the new one") {
  CheckedWorld world(Check);
  Send(world, "K7Q2ZD", "ada@example.org");
  event::v1::EmailChanged changed;
  changed.set_email("ada@example.net");
  REQUIRE(World::OnUser(*world.router, "ada", changed).ok());
  CHECK(Reason(world.Type("K7Q2ZD")) == "code.invalid");
  CHECK(world.Of<UserCodes>().pending.at(event::v1::CODE_PURPOSE_EMAIL).failures == 0);
}

TEST_CASE("who is locked or inactive proves nothing meanwhile, and his code is not used up") {
  CheckedWorld world(Check);
  Send(world, "K7Q2ZD", "ada@example.org");
  REQUIRE(World::OnUser(*world.router, "ada", event::v1::UserLocked()).ok());
  CHECK(Reason(world.Type("K7Q2ZD")) == "user.locked");
  REQUIRE(World::OnUser(*world.router, "ada", event::v1::UserDeactivated()).ok());
  CHECK(Reason(world.Type("K7Q2ZD")) == "user.not_active");
  REQUIRE(World::OnUser(*world.router, "ada", event::v1::UserReactivated()).ok());
  CHECK(world.Type("K7Q2ZD").ok());
}

TEST_CASE("the sixth wrong try voids a code") {
  CheckedWorld world(Check);
  Send(world, "K7Q2ZD", "ada@example.org");
  for (int i = 0; i < kMaxCodeFailures; ++i) CHECK(Reason(world.Type("WRONG1")) == "code.invalid");
  CHECK(Reason(world.Type("K7Q2ZD")) == "code.invalid");
  // Tries at nothing are no events.
  const uint64_t events = world.Events();
  CHECK(Reason(world.Type("WRONG1")) == "code.invalid");
  CHECK(world.Events() == events);
}

TEST_CASE("fifty guesses at once are six tries, and fifty right ones one success") {
  CheckedWorld world(Check);
  Send(world, "K7Q2ZD", "ada@example.org");
  uint64_t events = world.Events();
  std::vector<std::string> guesses(50, "WRONG1");
  CHECK(Count(world.TypeAtOnce(guesses), "code.invalid") == 50);
  CHECK(world.Events() == events + kMaxCodeFailures);
  CHECK_FALSE(world.Of<UserCodes>().exists());

  Send(world, "Q2ZDK7", "ada@example.org");
  events = world.Events();
  const auto reasons = world.TypeAtOnce(std::vector<std::string>(50, "Q2ZDK7"));
  CHECK(Count(reasons, "") == 1);
  CHECK(Count(reasons, "code.invalid") == 49);
  CHECK(world.Events() == events + 1);
}

}  // namespace
}  // namespace muniment::command
